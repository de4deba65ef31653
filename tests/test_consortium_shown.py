"""A round as its page shows it: figures, tables and sentences from made-up results, with enough and with too little."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from page_frames import example
from roots import say_made

from larcnb import consortium, figures, library, national, tables, workbook
from larcnb.consortium.pooling import across
from larcnb.errors import LarcError
from larcnb.root import Root

PARAMS = "slug: {0}\nname: {1}\nround: made\nvintage: larc4\nprice_base: \"{2}\"\npreset: larc\noverrides: {{}}\n"
NAMES = ["Ashby", "Birchley", "Cedarham", "Dellford", "Elmsea", "Fernhill"]


def write_round(folder, authorities=6, copies=1, price_base="2010-11", sent=True, costed=True):
    """A root whose authorities all sent the same families under the same names, each at prices of its own."""
    made = example()
    results = {**made["tables"], "cases": made["cases"], "ledger": made["ledger"]}
    (folder / "params").mkdir(parents=True)
    for n, name in enumerate(NAMES[:authorities]):
        base = price_base if isinstance(price_base, str) else price_base[n]
        slug = f"au-{n}"
        (folder / "params" / f"{slug}.yaml").write_text(PARAMS.format(slug, name, base), encoding="utf-8")
        processed = folder / "data" / "processed" / slug
        processed.mkdir(parents=True)
        for table, frame in results.items():
            again = [frame.assign(case_id=frame["case_id"] + "x" * copy) for copy in range(copies)]
            frame = pd.concat(again, ignore_index=True)
            money = [c for c in frame if frame[c].dtype == "float64" and c not in ("meeting_no", "break_even_share")]
            frame = frame.assign(**(frame[money] * (1 + n / 10)).round(2)) if table in ("cases", "ledger") else frame
            if table == "cases" and not costed:
                frame = frame.assign(costed="no")
            (frame if sent else frame.iloc[:0]).to_parquet(processed / f"{table}.parquet")
        say_made(Root(folder), slug)
    return folder


@pytest.fixture(scope="module")
def enough(tmp_path_factory):
    """Six authorities of eight costed cases."""
    return found_in(write_round(tmp_path_factory.mktemp("enough") / "root", copies=2), pytest.MonkeyPatch())


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Two authorities of four."""
    return found_in(write_round(tmp_path_factory.mktemp("few") / "root", authorities=2), pytest.MonkeyPatch())


def found_in(folder, patch):
    patch.setenv("LARCNB_ROOT", str(folder))
    try:
        return national.National(consortium.open_round("10_consortium", "made"), seed=1)
    finally:
        patch.undo()


def everything(found):
    """All that the page shows of a round, by name."""
    of, context = found.of, found.of.context
    forms = figures.consortium
    larc3 = library.read_published(of.root, "larc3")
    saving = found.across["saving_long"]
    return {
        "process": forms.bands(found.banded("process"), "process", context),
        "support": forms.bands(found.banded("interventions"), "interventions", context),
        "spread": forms.spread(found.cases, context),
        "savings": forms.savings(found.banded("saving_short"), found.banded("saving_long"), context),
        "benchmark": forms.benchmark(found.steps, context),
        "beliefs": forms.beliefs(found.beliefs, context),
        "forest": forms.forest(saving, found.names, context),
        "standing": forms.standing(saving, "au-1", "Birchley", context, 6),
        "means": tables.consortium.means(found.means, context),
        "agreement": tables.consortium.agreement(found.agreement, context),
        "pairs": tables.consortium.pairs(found.pairs, context),
        "pooled": tables.consortium.pooled(found.across.values(), found.labels, context),
        "without": tables.consortium.leave_one_out(saving, found.names, context),
        "shrunken": tables.consortium.shrunken(saving, found.names, context),
        "drivers": tables.consortium.drivers(found.drivers, context),
        "larc3": tables.consortium.larc3(found.banded("inputs"), found.banded("saving_long"), larc3, context),
        "rounds": tables.consortium.rounds(found.rounds, context),
        "sets": tables.consortium.sets(found.sets, {"larc": "LARC4 convention"}, context),
    }


SENTENCES = ("verdict", "sure", "sets", "rates", "why", "sample", "inputs", "drivers", "agreement", "differences", "without",
             "payers", "gaps", "unpriced")  # fmt: skip


@pytest.fixture(scope="module")
def shown(enough):
    return everything(enough)


@pytest.fixture(scope="module")
def little(few):
    return everything(few)


def test_families_of_the_same_name_in_several_authorities_are_several_families(enough):
    assert len(enough.cases) == 60 and enough.cases["case_id"].nunique() == 60
    assert enough.of.tables["needs"]["case_id"].iloc[0] == "au-0/oak"
    needs = figures.needs(enough.of.tables["needs"], enough.cases, enough.of.context)
    assert "24 of 60 families" in needs.message  # behaviour: oak and elm, twice in each of six


def test_pounds_by_payer_are_the_sums_of_all_ledgers(enough):
    assert enough.payers["paid"].sum() == pytest.approx(enough.costed["inputs_appraised"].sum(), abs=0.6)
    assert enough.payers["avoided_long"].sum() == pytest.approx(enough.costed["avoided_long"].sum(), abs=0.6)
    assert enough.by_future["amount"].sum() == pytest.approx(enough.costed["avoided_long"].sum(), abs=0.6)


def test_every_figure_and_table_shows_itself_with_words(shown):
    for name, one in shown.items():
        assert getattr(one, "empty", False) or "<table" in one._repr_html_(), name
        assert "nan" not in repr(one) and "None" not in repr(one), name


def test_with_too_little_every_figure_and_table_says_so_instead_of_a_number(little):
    assert "too few: 2 authorities, 5 needed" in little["forest"].message
    assert "there is too little to say where that stands" in little["standing"].message
    for name in ("pooled", "without", "shrunken", "agreement"):
        assert "too few" in repr(little[name]), name
    assert "Not fitted, too few" in repr(little["drivers"])
    assert not any("nan" in repr(one) for one in little.values())


def test_every_sentence_is_said_with_enough_and_with_too_little(enough, few):
    for found in (enough, few):
        for name in SENTENCES:
            text = str(found.sentence(name))
            assert text and "nan" not in text and "{" not in text, name


def test_the_verdict_gives_the_round_its_own_pounds(enough):
    spent, saving = (f"£{enough.costed[name].sum():,.0f}" for name in ("inputs_appraised", "saving_long"))
    assert spent in str(enough.sentence("verdict")) and saving in str(enough.sentence("verdict"))
    assert "no sample of a population" in str(enough.sentence("sample"))
    assert "no comparison group" in str(enough.sentence("sure"))


def test_each_set_of_assumptions_is_added_over_authorities_once_all_have_their_study(tmp_path, monkeypatch):
    folder = write_round(tmp_path / "root", authorities=2)
    for n, losses in enumerate((1, 2)):
        values = {"inputs": 100.1, "avoided_long": 40.0 + n, "saving_short": -90.0, "saving_long": -60.1 + n,
                  "losses": losses, "years": 10}  # fmt: skip
        rows = [("scenarios", of, measure, value) for measure, value in values.items() for of in ("cautious", "own")]
        study = pd.DataFrame(rows, columns=["result", "of", "measure", "value"]).astype({"value": "float64"})
        study.to_parquet(folder / f"data/processed/au-{n}/sensitivity.parquet")
        say_made(Root(folder), f"au-{n}")
        found = found_in(folder, monkeypatch)
        if n == 0:
            assert found.sets.empty and "is not known" in str(found.sentence("sets"))
    assert found.sets.values.tolist() == [["cautious", 200.2, 81.0, -180.0, -119.2, 3, 10]]
    assert "Cautious \N{MINUS SIGN}£119. 0 of 1 set " in str(found.sentence("sets"))


def test_a_standing_names_one_authority_and_no_other(shown):
    text = repr(shown["standing"]) + shown["standing"].numbers.html()
    assert "Birchley" in text and not any(name in text for name in NAMES if name != "Birchley")


def test_an_authority_alone_or_without_cases_has_a_standing_too(enough):
    context, cases = enough.of.context, enough.cases
    found = across(cases[cases["authority"] == "au-0"], "inputs")
    alone = figures.consortium.standing(found, "au-0", "Ashby", context, 6)
    assert "no other authority's results are here" in alone.message and alone.notes[-1].startswith("5 authorities")
    absent = figures.consortium.standing(enough.across["inputs"], "au-9", "Gorsedene", context)
    assert absent.message == "Gorsedene costed no case, so it has no place among the others."


def test_an_authoritys_own_page_sets_it_beside_those_priced_alike(tmp_path, monkeypatch):
    bases = ["2010-11"] * 5 + ["2012-13"]
    monkeypatch.setenv("LARCNB_ROOT", str(write_round(tmp_path / "root", copies=2, price_base=bases)))
    others = national.neighbours(workbook.open_run("05_standing", "au-1"))
    assert repr(others) == "The round has 5 other authorities; 4 of them are here with results priced alike."
    shown = others.standing("inputs")
    assert "of all 5 authorities" in shown.message and "Birchley" in shown.message
    assert "A further authority like these would average" in shown.notes[0]
    assert {"Drawn towards all", "Drawn from", "Drawn to"} <= {part.split(" (")[0] for part in repr(shown.numbers).split(" | ")}
    assert shown.notes[-1] == "1 authority of the round not shown: no costed case, priced otherwise, or not in yet."


def test_very_many_authorities_are_drawn_without_names(enough):
    cases = pd.DataFrame([(f"a{n:03d}", float(n * i % 17)) for n in range(60) for i in range(1, 4)],
                         columns=["authority", "inputs"]).assign(costed="yes")  # fmt: skip
    found = across(cases, "inputs")
    drawn = figures.consortium.forest(found, {slug: slug for slug in found.means["authority"]}, enough.of.context)
    assert len(drawn.picture) < 60_000 and len(drawn.numbers.rows) == 60


def test_what_is_written_can_be_read_by_others(enough, tmp_path):
    results = national.results(enough)
    found = json.loads(json.dumps(results.pop("findings"), allow_nan=False))
    assert found["costed"] == 48 and len(found["verdict"]) >= 5
    assert {one["measure"] for one in found["pooled"]} == {"process", "inputs", "saving_short", "saving_long"}
    for name, frame in results.items():
        frame.to_parquet(tmp_path / f"{name}.parquet")
        assert len(pd.read_parquet(tmp_path / f"{name}.parquet")) == len(frame)


def test_pounds_of_different_years_are_not_added(tmp_path, monkeypatch):
    folder = write_round(tmp_path / "root", authorities=2, price_base=("2010-11", "2012-13"))
    with pytest.raises(LarcError, match=r"priced unlike: larc4 at 2010-11 prices, larc4 at 2012-13 prices\. Pounds"):
        found_in(folder, monkeypatch)


@pytest.mark.parametrize(("sent", "said"), [
    (True, "10 cases came in, none of them costed"), (False, "No cases came in"),
])  # fmt: skip
def test_a_round_without_costed_cases_has_a_page_too(tmp_path, monkeypatch, sent, said):
    found = found_in(write_round(tmp_path / "root", authorities=2, sent=sent, costed=False), monkeypatch)
    assert said in str(found.sentence(*SENTENCES))
    for name, one in everything(found).items():
        assert one._repr_html_() and "nan" not in repr(one), name
    json.dumps(national.to_json(found), allow_nan=False)


def test_no_coefficient_of_agreement_is_printed_without_its_value_by_chance(enough):
    context = enough.of.context
    frame = enough.agreement.assign(why_not="", kappa=-0.001, share=0.68, share_low=0.6, share_high=0.75,
                                    share_shuffled=0.51, kappa_low=-0.2, kappa_high=0.2, kappa_shuffled=-0.0004)  # fmt: skip
    text = repr(tables.consortium.agreement(frame, context))
    assert "68% (60% to 75%); shuffled 51%" in text
    assert "0.00 (\N{MINUS SIGN}0.20 to 0.20); shuffled 0.00" in text
    said = str(enough.sentence("agreement"))
    assert "shuffled" in said or "too little" in said
    enough.__dict__["agreement"], kept = frame, enough.agreement
    said = str(enough.sentence("agreement"))
    enough.__dict__["agreement"] = kept
    assert "68% of the time (60% to 75%); answers shuffled among futures would agree 51% of the time" in said
    assert "is 0.00 (-0.20 to 0.20; shuffled 0.00)" in said


def test_where_reml_gives_no_spread_the_page_says_it_cannot_be_estimated_and_what_a_further_authority_may_average(enough):
    pooled = enough.across["saving_long"].pooled
    text = str(enough.sentence("differences"))
    assert ("cannot be estimated" in text) == (pooled.tau2 == 0)
    assert f"\N{POUND SIGN}{pooled.next_high:,.0f} an episode" in text
    assert "further one" in repr(figures.consortium.forest(enough.across["saving_long"], enough.names, enough.of.context))
    assert ("cannot be estimated" in repr(tables.consortium.pooled(enough.across.values(), enough.labels, enough.of.context))) == any(
        one.pooled.tau2 == 0 for one in enough.across.values()
    )


def test_children_are_set_beside_children_on_the_page(enough):
    looked_after = enough.beliefs.set_index("futures")
    assert (looked_after.loc[looked_after["person"] == "child", "persons"] == len(enough.of.tables["children"])).all()
    shown = figures.consortium.beliefs(enough.beliefs, enough.of.context)
    assert "the spread of these families" in shown.notes[0]
    assert "At most, by the counts" in repr(shown.numbers)
