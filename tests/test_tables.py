"""Tables: what they escape, say and add up to."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from page_frames import CONTEXT, HOSTILE, example

from larcnb import tables
from larcnb.pricing import total
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


def test_the_trace_holds_every_line_of_the_ledger_and_its_sums_are_the_ledgers():
    data = example()
    ledger = data["ledger"]
    table = tables.trace(ledger, data["prices"], data["library"].futures, CONTEXT)
    avoided = ledger["stage"] == "future"
    assert len(table.rows) == len(ledger) + 2
    assert [row[-4] for row in table.rows[-2:]] == [
        f"{total(ledger.loc[~avoided, 'amount']):,.2f}", f"{total(ledger.loc[avoided, 'amount']):,.2f}"
    ]  # fmt: skip
    assert {row[-3] for row in table.rows[:-2]} == set(ledger["source_row"])
    assert "no price" in {row[-4] for row in table.rows}


def test_the_unit_costs_used_carry_the_whole_ledger_and_say_how_sure_they_are():
    data = example()
    table = tables.unit_costs_used(data["ledger"], data["prices"], CONTEXT)
    carried = sum(float(row[3].replace(",", "")) for row in table.rows)
    assert carried == pytest.approx(total(data["ledger"]["amount"]), abs=len(table.rows))
    assert {row[5] for row in table.rows} <= {"Verified", "Recalled", "Assumed"}
    assert re.match(r"Money carried by figures that are verified £[\d,]+; recalled £[\d,]+", table.notes[0])


def test_an_authoritys_own_unit_cost_is_marked():
    data = example()
    prices = data["prices"].assign(own=[item == "teacher" for item in data["prices"].index])
    table = tables.unit_costs_used(data["ledger"], prices, CONTEXT)
    assert [row[5] for row in table.rows if row[0] == "Teacher"] == ["Recalled, authority's own"]


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
    titles = [title for title, _ in found[0].boxes]
    assert titles[0] == "Presenting issues" and titles[2] == "Outcomes"
    assert re.fullmatch(r"CAF process and intervention costs \(£[\d,]+\)", titles[1])
    assert re.fullmatch(r"Futures avoided \(£[\d,]+\)", titles[3])


def test_a_future_without_a_price_stands_among_the_others_with_the_same_weight():
    ash = cards().cards[2]
    futures = dict(ash.boxes)[next(title for title, _ in ash.boxes if title.startswith("Futures"))]
    assert futures[1] == "Family breakdown: no national price"
    assert "<li>Family breakdown: no national price</li>" in ash.html()


def test_a_loss_is_a_result_and_said_so():
    ash = cards().cards[2]
    assert ash.loss and "'loss' over 15 years" in ash.verdict and 'class="verdict loss"' in ash.html()


def test_a_card_says_why_it_underestimates():
    found = cards().cards
    assert found[0].notes == ("An underestimate: the futures of 1 child of the family are not counted.",)
    assert found[1].notes == ("An underestimate: 1 future avoided has no price.",)


def test_the_priced_futures_of_a_card_add_up_to_its_heading():
    card = cards().cards[0]
    title, items = card.boxes[3]
    amounts = [int(re.sub(r"\D", "", item.rpartition("£")[2])) for item in items if "£" in item]
    assert sum(amounts) == pytest.approx(int(re.sub(r"\D", "", title)), abs=len(amounts))


def test_worse_outcomes_are_not_left_out():
    yew = cards().cards[3]
    assert dict(yew.boxes)["Outcomes"] == ("Housing: worse (parent)",)


def test_nothing_of_free_text_reaches_a_card_or_a_table():
    data = example()
    shown = [cards(), tables.trace(data["ledger"], data["prices"], data["library"].futures, CONTEXT)]
    shown.append(tables.futures_told(data["tables"]["futures"], data["tables"]["moderation"],
                                     data["library"].futures, CONTEXT))  # fmt: skip
    assert not any("LARCXSS" in thing._repr_html_() + repr(thing) for thing in shown)


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
