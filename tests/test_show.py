"""What readers are shown: charts, tables, cards and sentences say their figures to everybody, whatever the data."""

from __future__ import annotations

import math
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from page_frames import HOSTILE, example
from test_publish import Seen, code, notebook

from larcnb import show
from larcnb.publish import render_page
from larcnb.publish.clean import clean_html

CONTEXT = show.Context("Exampleshire", "2010-11", "larc", short_years=1, long_years=15, cases=4)
RUN = SimpleNamespace(context=CONTEXT, prices=example()["prices"], library=example()["library"])
RESULTS = pd.DataFrame(
    {"point": [394.0, 121, -13], "low": [49.0, 21, math.nan], "high": [382.0, 196, math.nan]},
    index=["As LARC4", "Central", "Cautious"],
)
MOVES = pd.DataFrame(
    [
        ("Duration", "half", 172, "double", 600),
        ("Deadweight", "0%", 394, "60%", 146),
        ("Weighting", "a", 394, "b", -20),
    ]
    + [(f"Minor {n}", "a", 394, "b", 394 + n) for n in range(5)],
    columns=["label", "low_value", "low", "high_value", "high"],
)
GRID = pd.DataFrame(
    np.outer(np.linspace(0, 1, 11), np.linspace(0, 1, 11)) * 120_000 - 18_890,
    index=pd.Index(np.linspace(0, 1, 11), name="chance"),
    columns=pd.Index(np.linspace(0, 1, 11), name="prevented"),
)
COSTS = pd.Series({"Contact": 1106.5, "Meetings": 522.4, "Review": -90.0}, name="cost")
GROUPS = pd.Series(
    [100.0, 200, 300, 40, 50, 60, 7000], index=["Oak"] * 3 + ["Elm"] * 4, name="cost"
)
YEARS = pd.DataFrame(
    {"median": [-18.0, 40, 90], "low95": [-30.0, 10, 20], "high95": [-5.0, 80, 170]},
    index=pd.Index([0, 1, 2], name="year"),
)


def kinds(run=RUN) -> dict[str, show.Figure]:
    """One chart of each kind."""
    two = pd.DataFrame({"paid": [10.0, 5], "avoided": [300.0, 0]}, index=["NHS", "Police"])
    return {
        "bars": show.bars(COSTS, "Contact costs most", unit="GBP a case", run=run),
        "stacked": show.stacked(two, unit="GBP", run=run),
        "paired": show.paired(two, unit="GBP", run=run),
        "intervals": show.intervals(RESULTS, unit="GBP", what="Saving", run=run),
        "tornado": show.tornado(MOVES, base=394, run=run),
        "lines": show.lines(
            YEARS, unit="GBP", bands=[("low95", "high95", "95% of simulations")], run=run
        ),
        "contour": show.contour(GRID, run=run),
        "dots": show.dots(GROUPS, unit="GBP", mark=[True] + [False] * 6, run=run),
        "box": show.box(GROUPS, unit="GBP", run=run),
    }


@pytest.fixture(scope="module")
def charts() -> dict[str, show.Figure]:
    return kinds()


@pytest.mark.parametrize(
    ("kind", "figures"),
    [
        (
            "bars",
            "Bar chart of cost, £ a case: 3 bars. Contact costs most. Contact: £1,107; Meetings: £522; Review: −£90.",
        ),
        ("stacked", "NHS: £310: paid £10, avoided £300"),
        ("paired", "NHS: paid £10, avoided £300"),
        (
            "intervals",
            "As LARC4: £394 (£49 to £382), the point outside its interval; Central: £121 (£21 to £196); Cautious: −£13.",
        ),
        ("tornado", "Duration: £172 at half to £600 at double"),
        ("lines", "Median: −£18 at 0, £90 at 2"),
        ("contour", "prevented 100%, chance 100%: £101,110"),
        ("dots", "Elm: 4 values, £40 to £7,000, median £55"),
        ("box", "Oak: 3 values, £100 to £300, median £200"),
    ],
)
def test_the_alt_text_says_type_message_and_figures(charts, kind, figures):
    assert figures in charts[kind].alt
    assert charts[kind].message.rstrip(".") in charts[kind].alt
    assert charts[kind].alt.lower().startswith(kind[:3])


def test_the_caption_says_unit_price_base_whose_scenario_and_cases(charts):
    for kind, chart in charts.items():
        assert re.search(
            r"£( a case)? at 2010-11 prices\. Exampleshire, scenario LARC4 convention, 4 costed cases\.$",
            chart.measure,
        ), kind


def test_overrides_are_in_every_caption():
    run = show.Context(
        "Exampleshire", "2010-11", "larc", overrides={"drop_off": 0.1, "weighting": "expected"}
    )
    for chart in kinds(run).values():
        assert (
            "scenario LARC4 convention with drop off 10% and weighting expected." in chart.caption
        )


def test_the_numbers_drawn_are_a_table_with_caption_and_headers(charts):
    for kind, chart in charts.items():
        html = chart._repr_html_()
        assert "<summary>The numbers drawn</summary>" in html and "<caption>" in html, kind
        assert '<th scope="col"' in html and '<th scope="row"' in html, kind


def test_plain_text_is_caption_alt_and_notes(charts):
    for chart in charts.values():
        assert repr(chart).splitlines() == [chart.caption, chart.alt, *chart.notes]


def test_a_series_and_a_title_are_enough():
    chart = show.bars(example()["ledger"].groupby("element")["amount"].sum().nlargest(2), "Mine")
    assert chart.caption == "Mine. Amount."
    assert (
        "looked after" in chart.alt.lower()
        and 'role="img" aria-label="Bar chart' in chart._repr_html_()
    )


def test_codes_are_written_in_words_by_the_name_of_the_index():
    by = example()["ledger"].query("stage == 'process'").groupby(["item"])["amount"].sum()
    assert "Social worker, children's services" in show.bars(by, unit="GBP", run=RUN).alt
    early = SimpleNamespace(context=show.Context("A", wording="early_help"))
    assert (
        "TAF meetings"
        in show.bars(pd.Series([1.0], pd.Index(["tac_meeting"], name="element")), run=early).alt
    )


@pytest.mark.parametrize(
    "chart",
    [
        lambda: show.bars(pd.Series(dtype=float)),
        lambda: show.bars(pd.Series([None, math.nan], ["a", "b"], dtype=object)),
        lambda: show.stacked(pd.DataFrame({"a": [], "b": []})),
        lambda: show.paired(pd.DataFrame({"a": [], "b": []})),
        lambda: show.intervals(RESULTS.iloc[:0]),
        lambda: show.tornado(MOVES.iloc[:0]),
        lambda: show.tornado(MOVES.assign(high=1, low=1), base=1),
        lambda: show.lines(YEARS.iloc[:0]),
        lambda: show.contour(GRID * 0),
        lambda: show.contour(GRID.iloc[:0]),
        lambda: show.dots(GROUPS.iloc[:0]),
        lambda: show.box(GROUPS.iloc[:0]),
    ],
)
def test_where_there_is_nothing_to_draw_one_sentence_says_so(chart):
    html = chart()._repr_html_()
    assert (
        html.startswith("<p><strong>There is nothing to draw: ")
        and "<svg" not in html
        and "nan" not in html.lower()
    )


def test_one_row_zeros_infinities_and_gaps_are_drawn_without_nan():
    odd = pd.Series({"a": 0.0, "b": 0.0})
    gaps = pd.DataFrame({"a": [1.0, None, 3], "b": [None, None, 2.0]})
    for chart in (
        show.bars(odd),
        show.bars(odd[:1], unit="share"),
        show.paired(gaps),
        show.stacked(gaps),
        show.lines(gaps),
        show.box(GROUPS[:1]),
        show.dots(GROUPS[:1]),
        show.intervals(RESULTS.assign(low=None, high=None)),
    ):
        assert "<svg" in chart._repr_html_()
        assert not re.search(
            r"\bnan\b|\bnone\b|<na>", f"{chart!r} {chart.numbers}", re.IGNORECASE
        ), chart
        assert not re.search(r'="(nan|inf|-inf)', chart.picture), chart


def test_a_point_outside_its_interval_is_drawn_hollow_and_named(charts):
    assert (
        charts["intervals"]
        .notes[0]
        .startswith("Hollow: the point lies outside its 95% uncertainty interval (As LARC4)")
    )
    assert (
        charts["intervals"].picture.count("<circle") == 3
        and charts["intervals"].picture.count('r="5.5" fill="none"') == 1
    )


def test_simulated_shares_never_read_0_or_100_per_cent():
    chart = show.bars(
        pd.Series({"a": 0.0, "b": 0.0033, "c": 0.9998}), unit="simulated share that save"
    )
    assert "A: less than 1%; B: less than 1%; C: more than 99%" in chart.alt
    cells = show.table(
        pd.DataFrame({"x": ["a", "b"], "chance": [0.0, 1.0]}), "T", formats={"chance": "share"}
    )
    assert [row[1] for row in cells.rows] == ["less than 1", "more than 99"]


def test_a_withheld_value_is_written_and_has_no_bar():
    chart = show.bars(pd.Series({"a": 25, "b": "[c]", "c": 15}), unit="families")
    assert (
        "B: [c]" in chart.alt
        and chart.picture.count("<rect") == 2
        and chart.numbers.rows[1] == ("B", "[c]")
    )


def test_the_tornado_draws_the_widest_and_tells_the_rest(charts):
    chart = charts["tornado"]
    assert (
        chart.alt.index("Duration") < chart.alt.index("Weighting") < chart.alt.index("Deadweight")
    )
    assert "1 more assumption, with less effect, in the table of numbers." in chart.notes
    assert (
        "No effect: minor 0." in chart.notes
        and chart.picture.count("£394 now") == 1
        and ">£0<" in chart.picture
    )
    assert len(chart.numbers.rows) == 8


def test_many_rows_say_extremes_and_median_and_are_all_in_the_table():
    chart = show.bars(pd.Series(range(-10, 140), [f"c{n}" for n in range(150)]), unit="GBP")
    assert "lowest c0 −£10, median £65, highest c149 £139; 10 of 150 below zero" in chart.alt
    assert "The first 30 of 150 rows are drawn; the table of numbers has all." in chart.notes
    assert len(chart.numbers.rows) == 150 and len(chart.alt) < 400


def test_the_same_numbers_give_the_same_bytes(charts):
    for kind, again in kinds().items():
        assert again._repr_html_() == charts[kind]._repr_html_(), kind


def test_the_numbers_move_the_marks():
    widths = [
        float(w)
        for w in re.findall(
            r'<rect x="[\d.]+%" y="18%" width="([\d.]+)%"', show.bars(COSTS.abs()).picture
        )
    ]
    assert widths[0] == 100 and widths[1] == pytest.approx(100 * 522.4 / 1106.5, abs=0.01)


def test_pictures_use_the_pages_colour_and_carry_no_style_script_id_or_address(charts):
    for kind, chart in charts.items():
        assert "currentColor" in chart.picture, kind
        assert not re.search(
            r"<style|<script| style=| id=|href|url\(|#000|#fff|black|white", chart.picture
        ), kind


def test_a_page_keeps_every_mark_of_a_picture_and_drops_the_rest(charts):
    for kind, chart in charts.items():
        kept, drawn = (
            [(tag, sorted(attrs.items())) for tag, attrs in Seen(html).elements]
            for html in (clean_html(chart.picture), chart.picture)
        )
        assert kept == drawn, kind
    page = render_page(
        notebook(
            code(
                "x",
                *(
                    {
                        "output_type": "display_data",
                        "metadata": {},
                        "data": {"text/html": c._repr_html_()},
                    }
                    for c in charts.values()
                ),
            )
        ),
        "Charts",
    )
    assert page.count("<style>") == 1 and page.count('role="img"') == 9 and "@container" in page


def test_marks_have_contrast_3_to_1_on_white_and_on_dark():
    def light(colour):
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    from larcnb.show.rows import BLUE, GREY, PLUM, TEAL

    for colour in (BLUE, PLUM, TEAL, GREY):
        for ground in ("#ffffff", "#14171a", "#111111"):
            low, high = sorted((light(colour), light(ground)))
            assert (high + 0.05) / (low + 0.05) >= 3, (colour, ground)


def test_hostile_labels_are_text():
    rows = pd.DataFrame({"point": [1.0], "low": [0.0], "high": [2.0]}, index=[HOSTILE])
    shown = [
        show.bars(pd.Series({HOSTILE: 1.0}, name=HOSTILE), HOSTILE, unit=HOSTILE, notes=[HOSTILE]),
        show.paired(pd.DataFrame({HOSTILE: [1.0], "b": [2.0]})),
        show.intervals(rows, what=HOSTILE),
        show.tornado(MOVES.assign(label=HOSTILE, low_value=HOSTILE), base=394),
        show.lines(YEARS.rename(columns={"median": HOSTILE})),
        show.contour(GRID, x=HOSTILE, y=HOSTILE),
        show.dots(pd.Series([1.0, 2], [HOSTILE, "b"])),
        show.box(pd.Series([1.0, 2], [HOSTILE, "b"])),
        show.table(rows, HOSTILE),
        show.say(HOSTILE),
        show.tiles({HOSTILE: HOSTILE}),
        show.cards(example()["cases"], example()["tables"], example()["ledger"], RUN),
        show.trace(example()["ledger"], RUN),
    ]
    for one in shown:
        html = one._repr_html_()
        assert "<script" not in html and "<img" not in html


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: show.stacked(pd.DataFrame({"a": [-1.0], "b": [1.0]})),
            "below 0 cannot be stacked",
        ),
        (
            lambda: show.bars(pd.DataFrame({"a": [1.0], "b": [1.0]})),
            "use show.paired or show.stacked",
        ),
        (lambda: show.paired(pd.DataFrame([range(6)])), "At most 5 columns can be told apart"),
        (lambda: show.lines(pd.DataFrame([range(6)] * 2)), "At most 5 lines can be told apart"),
        (
            lambda: show.table(pd.DataFrame({"a": [1]}), "T", formats={"b": "gbp"}),
            "No such column or format: b: gbp. Columns: a",
        ),
    ],
)
def test_what_a_kind_cannot_show_is_refused_with_what_to_do(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_table_has_units_in_its_header_dashes_for_blanks_and_numbers_to_the_right():
    frame = pd.DataFrame(
        {
            "saving_long": [299123.6, None, -3000],
            "break_even_share": [0.05, None, 1.2],
            "cases": [4, 0, 1],
            "hours": [1.5, 2.25, math.nan],
        },
        index=pd.Index(["oak", "elm", "ash"], name="authority"),
    )
    table = show.table(frame, "Savings", run=RUN)
    assert table.headers == (
        "Authority",
        "Net saving, long term (£)",
        "Break-even share (%)",
        "Cases",
        "Hours",
    )
    assert table.rows == (
        ("oak", "299,124", "5", "4", "1.5"),
        ("elm", "–", "–", "0", "2.25"),
        ("ash", "−3,000", "120", "1", "–"),
    )
    assert (
        table.caption
        == "Savings. £ at 2010-11 prices. Exampleshire, scenario LARC4 convention, 4 costed cases."
    )
    assert (
        '<td class="number">299,124</td>' in table.html()
        and '<th scope="row">oak</th>' in table.html()
    )


def test_a_long_table_is_folded_and_says_how_long_it_is():
    table = show.table(pd.DataFrame({"n": range(150)}), "Many")
    assert (
        "<summary>120 more rows</summary>" in table.html()
        and "Many. The first 30 of 150 rows." in table.html()
    )
    assert (
        str(table).splitlines()[-1] == "... and 110 more rows" and table.html().count("<tr>") == 152
    )


def test_an_empty_table_is_a_sentence():
    assert (
        show.table(pd.DataFrame({"a": []}), "Unmet need").html()
        == "<p>Unmet need: nothing to show.</p>"
    )


def test_cards_are_sums_of_the_ledger_and_say_what_they_leave_out():
    data = example()
    made = show.cards(data["cases"], data["tables"], data["ledger"], RUN)
    assert [card.case_id for card in made.cards] == ["oak", "elm", "ash", "yew"]
    oak = data["ledger"].query("case_id == 'oak'")
    spent, avoided = (
        oak.loc[(oak["stage"] == "future") == f, "amount"].sum() for f in (False, True)
    )
    text = str(made.cards[0])
    assert f"Costs (£{spent:,.0f})" in text and f"Avoided costs (£{avoided:,.0f})" in text
    assert (
        "Leaves something out: the futures of 1 child." in text
        and "underestimate" not in text.lower()
    )
    assert "Reported but not counted: " in str(made.cards[3]) and "net cost over 15 years" in str(
        made.cards[3]
    )
    assert (
        "No case was costed."
        in show.cards(data["cases"].iloc[:0], data["tables"], data["ledger"], RUN)._repr_html_()
    )


def test_the_trace_leads_each_pound_to_its_row_unit_cost_and_source():
    ledger = example()["ledger"]
    trace = show.trace(ledger, RUN, "oak")
    html, lines = trace._repr_html_(), ledger.query("case_id == 'oak'")
    assert sum(len(table.rows) - 1 for _, _, tables in trace.cases for table in tables) == len(
        lines
    )
    assert all(row in html for row in lines["source_row"]) and "GMCA" in html and "Verified" in html
    assert 'id="pounds-oak"' in html and 'href="#cost-health_visitor"' in html


def test_tiles_and_sentences_have_plain_text():
    assert (
        repr(show.tiles({"Spent": "£5", "Even": ("5%", "of all")})) == "Spent: £5\nEven: 5%. of all"
    )
    assert repr(show.say("One.", "", "Two.")) == "One.\nTwo."


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("chart", "words"),
    [
        (
            lambda: show.bars(pd.Series([1, None, 3], list("xyz"), dtype="Int64"), unit="cases"),
            "X: 1; Y: –; Z: 3",
        ),
        (lambda: show.bars(pd.Series(list("aab"), name="need").value_counts()), "A: 2; B: 1"),
        (
            lambda: show.bars(
                pd.Series(
                    [1.0, 2],
                    pd.MultiIndex.from_tuples(
                        [("process", "nhs"), ("intervention", "dwp")], names=["stage", "payer"]
                    ),
                ),
                unit="GBP",
            ),
            "CAF process, NHS: £1; Support, Work and pensions (DWP): £2",
        ),
        (
            lambda: show.lines(
                pd.Series([1.0, 2], pd.to_datetime(["2011-01-01", "2012-01-01"]), name="cases")
            ),
            "1 at 2011-01-01",
        ),
        (
            lambda: show.lines(
                pd.Series([1, 2], ["2010-11", "2011-12"], name="saving_long"), unit="GBP"
            ),
            "£1 at 2010-11, £2 at 2011-12",
        ),
        (
            lambda: show.paired(
                pd.DataFrame({"x": [-5.0, 3], "y": [2, -9.0]}, ["k", "l"]), unit="GBP"
            ),
            "L (X) is highest, at £3; L (Y) is lowest",
        ),
        (
            lambda: show.table(
                pd.DataFrame({"g": ["k"], "h": ["x"], "amount": [1.4]}).pivot_table(
                    index="g", columns="h", values="amount"
                ),
                "P",
                unit="GBP",
            ),
            "G | X (£)\nk | 1",
        ),
    ],
)
def test_what_pandas_gives_is_shown_as_it_comes(chart, words):
    shown = chart()
    assert words in f"{getattr(shown, 'alt', shown)}" and "<" in shown._repr_html_()
