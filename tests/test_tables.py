"""Tables: what they escape, say and add up to."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from page_frames import CONTEXT, HOSTILE, example

from larcnb import tables
from larcnb.costing import total
from larcnb.params import load_preset
from larcnb.root import WORKBOOK, Root
from larcnb.tables import Context, show


def test_everything_from_the_data_is_escaped():
    frame = pd.DataFrame({HOSTILE: [HOSTILE], "n": [1]})
    html = show(frame, HOSTILE, {"n": HOSTILE}, [HOSTILE], ids=['"><b>'])._repr_html_()
    assert "<script" not in html and "<img" not in html and "<b>" not in html
    assert html.count("LARCXSS") == 5  # caption, header, unit, cell, note


def test_a_table_has_caption_scopes_units_and_numbers_to_the_right():
    frame = pd.DataFrame({"case": ["c1"], "inputs": [5500.4], "share": [0.25]})
    html = show(frame, "Inputs", formats={"inputs": "gbp", "share": "share"})._repr_html_()
    assert "<caption>Inputs</caption>" in html
    assert '<th scope="col">Case</th><th scope="col" class="number">Inputs (£)</th>' in html
    assert '<th scope="row">c1</th><td class="number">5,500</td><td class="number">25</td>' in html


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (-3000.0, "gbp", "−3,000"),
        (0.5, "gbp", "1"),
        (-0.4, "gbp", "0"),
        (2.005, "pence", "2.01"),
        (1234567.891, "pence", "1,234,567.89"),
        (12.0, "number", "12"),
        (0.126, "number", "0.13"),
        (7, "count", "7"),
        (None, "count", "[x]"),
        (float("nan"), "gbp", "[x]"),
        (pd.NA, "text", "[x]"),
    ],
)
def test_values_are_written_so(value, kind, text):
    frame = pd.DataFrame({"a": ["x"], "b": pd.Series([value], dtype=object)})
    assert show(frame, "t", formats={"b": kind}).rows[0][1] == text


def test_a_missing_value_is_explained_and_no_cell_is_empty():
    table = show(pd.DataFrame({"a": ["x", None]}), "t")
    assert table.notes == ("[x] means not available.",)


def test_a_total_has_no_dashes_and_no_empty_header():
    frame = pd.DataFrame({"a": ["x", "All"], "b": ["y", ""], "n": [1, 1]})
    html = show(frame, "t", row_headers=2, totals=1)._repr_html_()
    assert '<tfoot><tr><th scope="row">All</th><td></td><td class="number">1</td></tr></tfoot>' in html


def test_a_format_for_no_column_is_a_bug_and_says_so():
    with pytest.raises(ValueError, match=r"No such column or format: b: gbp\. Formats are text, gbp"):
        show(pd.DataFrame({"a": [1]}), "t", formats={"b": "gbp"})


def test_a_wide_table_can_be_scrolled_by_keyboard_and_a_narrow_one_is_no_stop_on_the_way():
    wide, narrow = (show(pd.DataFrame(dict.fromkeys(names, [1])), "t")._repr_html_() for names in ("abcde", "ab"))
    assert 'role="group" tabindex="0" aria-label="t"' in wide
    assert "tabindex" not in narrow


def test_the_plain_text_can_be_compared_and_is_not_endless():
    text = repr(show(pd.DataFrame({"a": range(60)}), "Counting"))
    assert text.startswith("Counting\nA\n0\n1\n") and text.endswith("... and 20 more rows")


def test_the_context_is_named_with_its_notice():
    html = Context("<Ex>", "2010-11", "larc", "Made up & small.")._repr_html_()
    assert html.startswith('<p class="notice">Made up &amp; small.</p>') and "&lt;Ex&gt;" in html


def test_each_case_balances_and_the_total_is_the_sum():
    cases = example()["cases"]
    table = tables.savings(cases, CONTEXT)
    assert [row[0] for row in table.rows] == ["oak", "elm", "ash", "yew", "All cases"]
    assert table.totals == 1
    assert table.rows[-1][-1] == f"{total(cases['saving_long']):,.0f}"
    assert "4 costed cases" in table.caption and "2010-11" in table.caption and "larc" in table.caption


def traced():
    data = example()
    return tables.trace(data["ledger"], data["prices"], data["library"].futures, CONTEXT)


def test_the_trace_holds_every_line_of_the_ledger_with_its_row_of_the_return():
    ledger, shown = example()["ledger"], [table for _, _, of in traced().cases for table in of]
    assert sum(len(table.rows) - 1 for table in shown) == len(ledger)
    place = [table.headers.index("Row of the return") for table in shown]
    rows = [row[at] for table, at in zip(shown, place, strict=True) for row in table.rows[:-1]]
    assert sorted(rows) == sorted(ledger["source_row"])


def test_the_sums_of_the_trace_are_the_ledgers_to_the_penny():
    ledger = example()["ledger"]
    by_stage = dict.fromkeys(("Process", "Support", "Futures avoided"), 0)
    for case_id, _, shown in traced().cases:
        for table in shown:
            at = table.headers.index("Amount (£)")
            pence = [round(float(row[at].replace(",", "")) * 100) for row in table.rows if row[at] != "no price"]
            assert sum(pence[:-1]) == pence[-1]
            stage = table.caption.removeprefix(f"Case {case_id}. ").partition(":")[0]
            by_stage[stage] += pence[-1]
    expected = ledger.groupby("stage")["amount"].agg(total)
    assert list(by_stage.values()) == [round(expected[s] * 100) for s in ("process", "intervention", "future")]


def test_quantity_times_unit_times_share_is_the_amount():
    futures = traced().cases[0][2][-1]
    names = ["Quantity", "Unit cost (£)", "Share counted", "Amount (£)"]
    at = [futures.headers.index(name) for name in names]
    for row in futures.rows[:-1]:
        quantity, unit, share, amount = (float(row[place].replace(",", "")) for place in at)
        assert quantity * unit * share == pytest.approx(amount, abs=0.51)


def test_a_line_leads_to_its_unit_cost_and_a_case_to_its_lines():
    data = example()
    html = traced()._repr_html_()
    assert 'id="pounds-oak"' in html and '<a href="#cost-looked_after_year">' in html
    costs = tables.unit_costs_used(data["ledger"], data["prices"], CONTEXT)._repr_html_()
    assert '<tr id="cost-looked_after_year">' in costs and '<a href="https://' in costs
    assert '<a href="#pounds-oak">' in cards().cards[0].html()
    assert '<a href="#pounds-oak">oak</a>' in tables.savings(data["cases"], CONTEXT)._repr_html_()


def test_a_line_without_a_price_says_so_and_codes_in_notes_are_put_into_words():
    html = traced()._repr_html_()
    assert ">no price</td>" in html and "no national cost" in html
    assert "support not delivered: threshold not met" in html and "threshold_not_met" not in html


@pytest.mark.parametrize("address", ["javascript:alert(1)", "//x.y/z", "data:text/html,x", 'https://a/"onload="x'])
def test_a_cell_leads_nowhere_it_may_not(address):
    table = show(pd.DataFrame({"a": ["x"]}), "t", links={"a": [address]})
    assert "<a" not in table._repr_html_()


def test_the_unit_costs_used_carry_the_whole_ledger_and_say_how_sure_they_are():
    data = example()
    table = tables.unit_costs_used(data["ledger"], data["prices"], CONTEXT)
    carried = sum(float(row[2].replace(",", "")) for row in table.rows)
    assert carried == pytest.approx(total(data["ledger"]["amount"]), abs=len(table.rows))
    assert {row[4] for row in table.rows} <= {"Verified", "Recalled", "Assumed"}
    assert re.match(r"Money carried by figures that are verified £[\d,]+; recalled £[\d,]+", table.notes[0])


def test_an_authoritys_own_unit_cost_is_marked():
    data = example()
    prices = data["prices"].assign(own=[item == "teacher" for item in data["prices"].index])
    table = tables.unit_costs_used(data["ledger"], prices, CONTEXT)
    assert [row[4] for row in table.rows if row[0] == "Teacher (hour)"] == ["Recalled, authority's own"]


def test_gaps_are_what_was_needed_and_not_had():
    data = example()
    table = tables.gaps(data["tables"]["interventions"], data["prices"], CONTEXT)
    assert [(row[0], row[2], row[3]) for row in table.rows] == [
        ("Emotional health and resilience", "Threshold not met", "1"), ("Respite", "Not available", "1")
    ]  # fmt: skip


def cards(**changes):
    data = example()
    return tables.case_cards(
        data["cases"], data["tables"] | changes, data["ledger"], data["prices"], data["library"].futures, CONTEXT
    )


def test_there_is_a_card_for_each_costed_case_in_the_reports_form():
    found = cards().cards
    assert [card.case_id for card in found] == ["oak", "elm", "ash", "yew"]
    titles = [box.title for box in found[0].boxes]
    assert titles[0] == "Presenting issues" and titles[2] == "Outcomes"
    assert re.fullmatch(r"CAF process and intervention costs \(£[\d,]+\)", titles[1])
    assert re.fullmatch(r"Futures avoided \(£[\d,]+\)", titles[3])


def test_what_is_added_for_weak_evidence_is_a_line_of_its_own():
    data = example()
    added = data["cases"].assign(inputs_appraised=data["cases"]["inputs"] + 150.0)
    found = tables.case_cards(
        added, data["tables"], data["ledger"], data["prices"], data["library"].futures, CONTEXT, only=["oak"]
    )
    assert found.cards[0].boxes[1].items[2] == "Added for weak evidence of costs £150, counted in the saving"
    assert "weak evidence" not in str(cards())


def test_the_trace_speaks_of_meetings_as_the_authority_does():
    data = example()
    said = {
        wording: tables.trace(data["ledger"], data["prices"], data["library"].futures,
                              replace(CONTEXT, wording=wording))._repr_html_()
        for wording in ("caf", "early_help")
    }  # fmt: skip
    assert "TAC meeting" in said["caf"] and "TAC" not in said["early_help"] and "TAF meeting" in said["early_help"]


def test_an_authoritys_own_assumption_does_not_carry_the_presets_source():
    preset = load_preset(Root(WORKBOOK), "public_purse")
    used = preset.assumptions.with_overrides({"drop_off": 0.3})
    own = SimpleNamespace(overrides={"drop_off": 0.3}, reasons={})
    rows = {row[0]: row for row in tables.assumptions_log(preset, used, own, CONTEXT).rows}
    assert rows["Drop off"][2:5] == ("this authority's own", "the authority's params, which give no source", "–")
    assert rows["Attribution"][2] == "preset public_purse" and rows["Attribution"][3]


def test_a_future_without_a_price_stands_among_the_others_with_the_same_weight():
    ash = cards().cards[2]
    assert ash.boxes[3].items[1] == "Family breakdown: no national price"
    assert "<li>Family breakdown: no national price</li>" in ash.html()


def test_a_future_told_of_and_not_counted_is_named_with_its_reason():
    assert cards().cards[3].boxes[3].note == (
        "Told of and not added: family homeless (not accepted by the moderators)."
    )


def test_a_loss_is_a_result_and_said_so():
    ash = cards().cards[2]
    assert ash.loss and ash.verdict[0].endswith("'loss' over 15 years") and 'class="verdict loss"' in ash.html()


def test_a_card_says_why_it_underestimates():
    found = cards().cards
    assert found[0].notes == ("An underestimate: the futures of 1 child of the family are not counted.",)
    assert found[1].notes == ("An underestimate: 1 future avoided has no price.",)


def test_the_priced_futures_of_a_card_add_up_to_its_heading():
    box = cards().cards[0].boxes[3]
    amounts = [int(re.sub(r"\D", "", item.rpartition("£")[2])) for item in box.items if "£" in item]
    assert sum(amounts) == pytest.approx(int(re.sub(r"\D", "", box.title)), abs=len(amounts))


def test_every_witness_of_an_outcome_is_heard_and_worse_is_not_left_out():
    found = cards().cards
    assert found[0].boxes[2].items == ("Parenting: much better (parent), better (lead professional)",)
    assert found[3].boxes[2].items == ("Housing: worse (parent)",)


def test_support_is_listed_by_what_it_was_for():
    assert cards().cards[0].boxes[1].items[2:] == (
        "Parenting strategies: health visitor",
        "Emotional health and resilience: cognitive behaviour therapy, course of six sessions",
    )


def test_nothing_of_free_text_reaches_a_card_or_a_table():
    data = example()
    shown = [cards(), tables.trace(data["ledger"], data["prices"], data["library"].futures, CONTEXT)]
    shown.append(tables.futures_told(data["tables"]["futures"], data["tables"]["moderation"],
                                     data["library"].futures, CONTEXT))  # fmt: skip
    assert not any("LARCXSS" in thing._repr_html_() + repr(thing) for thing in shown)


def many(n: int) -> dict:
    """The made-up authority n times over, each family under a name of its own."""
    data = example()

    def over(frame):
        return pd.concat([frame.assign(case_id=frame["case_id"] + f"-{k}") for k in range(n)], ignore_index=True)

    return data | {"tables": {name: over(frame) for name, frame in data["tables"].items()},
                   "cases": over(data["cases"]), "ledger": over(data["ledger"])}  # fmt: skip


def test_a_great_many_cases_make_no_page_too_heavy_to_send():
    data = many(60)
    futures = data["library"].futures
    trace = tables.trace(data["ledger"], data["prices"], futures, CONTEXT)
    assert len(trace.cases) + len(trace.others.rows) == 300 and "results.xlsx" in trace.others.notes[0]
    found = tables.case_cards(data["cases"], data["tables"], data["ledger"], data["prices"], futures, CONTEXT)
    assert len(found.cards) == 40 and found.note.startswith("40 of 240 costed cases, spread evenly")
    assert len({card.case_id for card in found.cards}) == 40 and any(card.loss for card in found.cards)
    assert len((trace._repr_html_() + found._repr_html_()).encode()) < 1_200_000


def test_an_authority_that_sent_nothing_has_tables_too():
    data = example()
    none = {name: frame.iloc[:0] for name, frame in data["tables"].items()}
    cases, ledger = data["cases"].iloc[:0], data["ledger"].iloc[:0]
    shown = [
        tables.families(cases, none["children"], CONTEXT), tables.savings(cases, CONTEXT),
        tables.gaps(none["interventions"], data["prices"], CONTEXT), tables.outcomes(none["outcomes"], cases, CONTEXT),
        tables.futures_told(none["futures"], none["moderation"], data["library"].futures, CONTEXT),
        tables.unit_costs_used(ledger, data["prices"], CONTEXT),
        tables.trace(ledger, data["prices"], data["library"].futures, CONTEXT),
        tables.case_cards(cases, none, ledger, data["prices"], data["library"].futures, CONTEXT),
    ]  # fmt: skip
    for thing in shown:
        assert thing._repr_html_() and repr(thing)
