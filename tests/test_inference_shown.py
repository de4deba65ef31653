"""A round as its page shows it: figures, tables and sentences from made-up results, with enough and with too little."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from page_frames import example

from larcnb import consortium, figures, library, national, tables, workbook
from larcnb.errors import LarcError
from larcnb.inference import across

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
    steps, larc3 = (library.read_published(of.root, name) for name in ("caf_steps", "larc3"))
    saving = found.across["saving_long"]
    return {
        "process": forms.bands(found.banded("process"), "process", context),
        "support": forms.bands(found.banded("interventions"), "interventions", context),
        "spread": forms.spread(found.cases, context),
        "savings": forms.savings(found.banded("saving_short"), found.banded("saving_long"), context),
        "benchmark": forms.benchmark(found.steps, context),
        "beliefs": forms.beliefs(found.beliefs, len(found.cases), context),
        "forest": forms.forest(saving, found.names, context),
        "standing": forms.standing(saving, "au-1", "Birchley", context, 6),
        "means": tables.consortium.means(found.means, context),
        "themes": tables.consortium.shares(found.themes, "Futures that count, by theme", len(found.cases), context),
        "agreement": tables.consortium.agreement(found.agreement, context),
        "pairs": tables.consortium.pairs(found.pairs, context),
        "pooled": tables.consortium.pooled(found.across.values(), found.labels, context),
        "without": tables.consortium.leave_one_out(saving, found.names, context),
        "coverage": tables.consortium.coverage(found.coverage, context),
        "drivers": tables.consortium.drivers(found.drivers, context),
        "larc3": tables.consortium.larc3(found.banded("inputs"), found.banded("saving_long"), larc3, context),
        "rounds": tables.consortium.rounds(found.rounds, context),
        "steps": tables.consortium.benchmark_steps(steps, context),
        "sets": tables.consortium.sets(found.sets, {"larc": "As LARC4"}, context),
    }


SENTENCES = ("verdict", "sure", "sets", "rates", "why", "sample", "inputs", "drivers", "agreement", "differences", "without",
             "coverage", "payers", "gaps", "unpriced")  # fmt: skip


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
        assert "<table" in one._repr_html_(), name
        assert "nan" not in repr(one) and "None" not in repr(one), name


def test_with_too_little_every_figure_and_table_says_so_instead_of_a_number(little):
    assert "too few: 2 authorities, 5 needed" in little["forest"].message
    assert "there is too little to say where that stands" in little["standing"].message
    for name in ("pooled", "without", "agreement"):
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
    assert shown.notes[-1] == "1 authority of the round not shown: no costed case, priced otherwise, or not in yet."


def test_a_funnel_is_drawn_only_where_sizes_differ(enough):
    assert str(enough.funnel("inputs")) == (
        "No funnel plot is drawn: with 8 to 8 costed cases each it would tell nothing."
    )
    cases = pd.DataFrame([(f"a{n:02d}", float((7 * n + 13 * i) % 29)) for n in range(12) for i in range(3 + 2 * n)],
                         columns=["authority", "inputs"]).assign(costed="yes")  # fmt: skip
    found = across(cases, "inputs")
    assert figures.consortium.worth_a_funnel(found)
    assert "of 12 authorities lie outside" in figures.consortium.funnel(found, enough.of.context).message


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
