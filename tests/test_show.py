"""What readers are shown: charts, tables, cards and sentences say their figures to everybody, whatever the data."""

import math
import re
from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from cases import read
from cases import table as csv_table
from matplotlib.colors import to_rgb
from page_frames import CONTEXT as NOTICED
from page_frames import HOSTILE, example
from test_publish import Seen, code, notebook, shown

from larcnb import show
from larcnb.publish import render_page
from larcnb.publish.page import clean_html

CONTEXT = show.Context("Exampleshire", "2010-11", "larc", short_years=1, long_years=15, cases=4)
DATA = example()
OF = (DATA["cases"], DATA["tables"], DATA["ledger"])
RUN = SimpleNamespace(context=CONTEXT, prices=DATA["prices"], library=DATA["library"])
CASES = read("show")
SAID = CASES["said"]
DRAWN = {name: csv_table(text) for name, text in CASES["tables"].items()}
DRAWN = {name: frame.set_index(frame.columns[0]) for name, frame in DRAWN.items()}
RESULTS, MOVES, YEARS, TWO = (DRAWN[name] for name in ("results", "moves", "years", "two"))
COSTS, GROUPS = DRAWN["costs"]["cost"], DRAWN["groups"]["cost"]
STEPS = np.linspace(0, 1, 11)
GRID = pd.DataFrame(np.outer(STEPS, STEPS) * 120_000 - 18_890, STEPS, STEPS)
GRID = GRID.rename_axis("chance").rename_axis("prevented", axis=1)
BANDS = [("low95", "high95", "95% of simulations")]


def kinds(run=RUN) -> dict[str, show.Figure]:
    """One chart of each kind."""
    first = [True] + [False] * 6
    return {
        "bars": show.bars(COSTS, "Contact costs most", unit="GBP a case", run=run),
        "stacked": show.stacked(TWO, unit="GBP", run=run),
        "paired": show.paired(TWO, unit="GBP", run=run),
        "intervals": show.intervals(RESULTS, unit="GBP", what="Saving", run=run),
        "tornado": show.tornado(MOVES, run=run),
        "lines": show.lines(YEARS, unit="GBP", bands=BANDS, run=run),
        "contour": show.contour(GRID, run=run),
        "dots": show.dots(GROUPS, unit="GBP", mark=first, run=run),
        "box": show.box(GROUPS, unit="GBP", run=run),
    }


@pytest.fixture(scope="module")
def charts() -> dict[str, show.Figure]:
    return kinds()


def test_alt_text_caption_and_numbers_say_message_figures_unit_price_base_whose_and_cases(charts):
    whose = r"£( a case)? at 2010-11 prices\. Exampleshire, scenario LARC4 convention, 4 costed cases\.$"
    for kind, chart in charts.items():
        assert SAID[kind] in chart.alt and chart.message.rstrip(".") in chart.alt
        assert chart.alt.lower().startswith(kind[:3])
        assert re.search(whose, chart.measure), kind
        html = chart._repr_html_()
        assert "<summary>The numbers drawn</summary>" in html and "<caption>" in html, kind
        assert '<th scope="col"' in html and '<th scope="row"' in html, kind
        assert repr(chart).splitlines() == [chart.caption, chart.alt, *chart.notes]


def test_overrides_are_in_the_caption():
    run = show.Context("A", "2010-11", "larc", overrides={"drop_off": 0.1, "weighting": "expected"})
    words = "scenario LARC4 convention with drop off 10% and weighting expected."
    assert words in show.bars(COSTS, run=run).caption
    assert words in str(show.table(TWO, "T", run=run))


def test_codes_are_written_in_words_by_the_name_of_the_index():
    by = DATA["ledger"].query("stage == 'process'").groupby(["item"])["amount"].sum()
    assert "Social worker, children's services" in show.bars(by, unit="GBP", run=RUN).alt
    early = SimpleNamespace(context=show.Context("A", wording="early_help"))
    meeting = pd.Series([1.0], pd.Index(["tac_meeting"], name="element"))
    assert "TAF meetings" in show.bars(meeting, run=early).alt


EMPTY = [
    (show.bars, pd.Series([None, math.nan], ["a", "b"], dtype=object)),
    (show.stacked, TWO.iloc[:0]),
    (show.intervals, RESULTS.iloc[:0]),
    (show.tornado, MOVES.iloc[:0]),
    (show.tornado, MOVES.assign(high=1, low=1)),
    (show.lines, YEARS.iloc[:0]),
    (show.contour, GRID * 0),
    (show.box, GROUPS.iloc[:0]),
]


@pytest.mark.parametrize(("kind", "data"), EMPTY)
def test_where_there_is_nothing_to_draw_one_sentence_says_so(kind, data):
    html = kind(data)._repr_html_()
    assert html.startswith("<p><strong>There is nothing to draw: ") and "<svg" not in html
    assert "nan" not in html.lower()


GAPS = pd.DataFrame({"a": [1.0, None, 3], "b": [None, None, 2.0]})
ODD = [(show.bars, pd.Series({"a": 0.0})), (show.intervals, RESULTS.assign(low=None, high=None))]
ODD += [(kind, GAPS) for kind in (show.paired, show.stacked, show.lines)]
ODD += [(kind, GROUPS[:1]) for kind in (show.box, show.dots)]


@pytest.mark.parametrize(("kind", "data"), ODD)
def test_one_row_zeros_and_gaps_are_drawn_without_nan(kind, data):
    chart = kind(data)
    assert "<svg" in chart._repr_html_()
    assert not re.search(r"(?i)\bnan\b|\bnone\b|<na>", f"{chart!r} {chart.numbers}")
    assert not re.search(r'="(nan|inf|-inf)', chart.picture)


def test_simulated_shares_never_read_0_or_100_per_cent():
    shares = pd.Series({"a": 0.0, "b": 0.0033, "c": 0.9998}, name="chance")
    chart = show.bars(shares, unit="simulated share that save")
    assert "A: less than 1%; B: less than 1%; C: more than 99%" in chart.alt
    table = show.table(shares, "T", formats={"chance": "share"})
    assert "a | less than 1\nb | less than 1\nc | more than 99" in str(table)


def test_a_withheld_value_is_written_and_has_no_bar():
    chart = show.bars(pd.Series({"a": 25, "b": "[c]", "c": 15}), unit="families")
    assert "B: [c]" in chart.alt and chart.picture.count("<rect") == 2
    assert "B | [c]" in str(chart.numbers)


def test_the_tornado_draws_the_widest_and_tells_the_rest(charts):
    chart = charts["tornado"]
    places = [chart.alt.index(name) for name in ("Duration", "Weighting", "Deadweight")]
    assert places == sorted(places) and len(chart.numbers.rows) == 8
    assert "1 more assumption, with less effect, in the table of numbers." in chart.notes
    assert "No effect: minor 0." in chart.notes
    assert chart.picture.count("£394 now") == 1 and ">£0<" in chart.picture


def test_dots_mark_the_one_and_draw_every_other(charts):
    picture = charts["dots"].picture
    assert picture.count("<circle") == 6 and picture.count("◆") == 1 and ">£100<" in picture
    assert "Diamond" in charts["dots"].notes[0] and ", this authority £" in charts["dots"].alt
    assert charts["box"].picture.count("<circle") == 1  # the 7,000 beyond a whisker


def test_many_rows_say_extremes_and_median_and_are_all_in_the_table():
    chart = show.bars(pd.Series(range(-10, 140), [f"c{n}" for n in range(150)]), unit="GBP")
    assert "lowest c0 −£10, median £65, highest c149 £139; 10 of 150 below zero" in chart.alt
    assert "The first 30 of 150 rows are drawn; the table of numbers has all." in chart.notes
    assert len(chart.numbers.rows) == 150 and len(chart.alt) < 400


def test_the_same_numbers_give_the_same_bytes_and_other_numbers_move_the_marks(charts):
    for kind, again in kinds().items():
        assert again._repr_html_() == charts[kind]._repr_html_(), kind
    picture = show.bars(COSTS.abs()).picture
    widths = re.findall(r'<rect x="[\d.]+%" y="18%" width="([\d.]+)%"', picture)
    assert float(widths[0]) == 100
    assert float(widths[1]) == pytest.approx(100 * 522.4 / 1106.5, abs=0.01)


def test_pictures_use_the_pages_colour_and_a_page_keeps_every_mark_of_them(charts):
    harmful = r"<style|<script| style=| id=|href|url\(|#000|#fff|black|white"
    for kind, chart in charts.items():
        assert "currentColor" in chart.picture and not re.search(harmful, chart.picture), kind
        kept, drawn = Seen(clean_html(chart.picture)), Seen(chart.picture)
        assert kept.elements == drawn.elements, kind
    page = render_page(notebook(code("x", *map(shown, charts.values()))), "Charts")
    assert page.count("<style>") == 1 and page.count('role="img"') == 9 and "@container" in page


def test_marks_have_contrast_3_to_1_on_white_and_on_dark():
    def light(colour):
        parts = np.array(to_rgb(colour))
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return np.dot((0.2126, 0.7152, 0.0722), linear)

    for (colour, _), ground in product(show.charts.PARTS, ("#ffffff", "#14171a", "#111111")):
        low, high = sorted((light(colour), light(ground)))
        assert (high + 0.05) / (low + 0.05) >= 3, (colour, ground)


def test_hostile_labels_are_text():
    rows = pd.DataFrame({"point": [1.0], "low": [0.0], "high": [2.0]}, index=[HOSTILE])
    named = pd.Series([1.0, 2], [HOSTILE, "b"], name=HOSTILE)
    everything = [
        show.bars(named, HOSTILE, unit=HOSTILE, notes=[HOSTILE]),
        show.paired(pd.DataFrame({HOSTILE: [1.0], "b": [2.0]})),
        show.intervals(rows, what=HOSTILE),
        show.tornado(MOVES.rename({"Duration": HOSTILE}).assign(low_value=HOSTILE)),
        show.lines(YEARS.rename(columns={"median": HOSTILE})),
        show.contour(GRID.rename_axis(HOSTILE).rename_axis(HOSTILE, axis=1)),
        *(kind(named, HOSTILE, unit=HOSTILE) for kind in (show.dots, show.box)),
        show.table(rows, HOSTILE),
        show.say(HOSTILE),
        show.tiles({HOSTILE: HOSTILE}),
        show.cards(*OF, RUN),
        show.trace(DATA["ledger"], RUN),
    ]
    for html in (one._repr_html_() for one in everything):
        assert "<script" not in html and "<img" not in html


SIX = pd.DataFrame([range(6)] * 2)
REFUSED = [
    (show.stacked, -TWO, "below 0 cannot be stacked"),
    (show.paired, SIX, "At most 5 columns can be told apart"),
    (show.lines, SIX, "At most 5 lines can be told apart"),
    (
        lambda frame: show.table(frame, "T", formats={"b": "gbp"}),
        TWO,
        "No such column or format: b",
    ),
]


@pytest.mark.parametrize(("kind", "frame", "message"), REFUSED)
def test_what_a_kind_cannot_show_is_refused_with_what_to_do(kind, frame, message):
    with pytest.raises(ValueError, match=message):
        kind(frame)


def test_a_table_has_units_in_its_header_dashes_for_blanks_and_numbers_to_the_right():
    savings = {"saving_long": [299123.6, None, -3000], "break_even_share": [0.05, None, 1.2]}
    frame = pd.DataFrame(
        savings | {"cases": [4, 0, 1], "hours": [1.5, 2.25, math.nan]},
        index=pd.Index(["oak", "elm", "ash"], name="authority"),
    )
    table = show.table(frame, "Savings", run=RUN)
    assert str(table).splitlines() == [
        "Savings. £ at 2010-11 prices. Exampleshire, scenario LARC4 convention, 4 costed cases.",
        "Authority | Net saving, long term (£) | Break-even share (%) | Cases | Hours",
        "oak | 299,124 | 5 | 4 | 1.5",
        "elm | – | – | 0 | 2.25",
        "ash | −3,000 | 120 | 1 | –",
    ]
    assert '<td class="number">299,124</td>' in table.html()
    assert '<th scope="row">oak</th>' in table.html()


def test_a_long_table_is_folded_and_says_how_long_it_is_and_an_empty_one_is_a_sentence():
    table = show.table(pd.DataFrame({"n": range(150)}), "Many")
    assert "<summary>120 more rows</summary>" in table.html()
    assert "Many. The first 30 of 150 rows." in table.html() and table.html().count("<tr>") == 152
    assert str(table).splitlines()[-1] == "... and 110 more rows"
    nothing = show.table(pd.DataFrame({"a": []}), "Unmet need").html()
    assert nothing == "<p>Unmet need: nothing to show.</p>"


def test_cards_are_sums_of_the_ledger_and_say_what_they_leave_out():
    text = str(show.cards(*OF, RUN))
    assert re.findall(r"(?m)^Case (\w+)", text) == ["oak", "elm", "ash", "yew"]
    first, *_, last = text.split("\n\n")
    oak = DATA["ledger"].query("case_id == 'oak'")
    by_stage = oak["amount"].groupby(oak["stage"] == "future").sum()
    assert f"Costs (£{by_stage[False]:,.0f})" in first
    assert f"Avoided costs (£{by_stage[True]:,.0f})" in first
    assert "Leaves something out: the futures of 1 child." in first
    assert "Reported but not counted: " in last and "net cost over 15 years" in last
    assert "No case was costed." in show.cards(DATA["cases"].iloc[:0], *OF[1:], RUN)._repr_html_()


def test_a_made_up_familys_name_is_said_to_be_a_pseudonym():
    run = SimpleNamespace(**vars(RUN) | {"context": NOTICED})
    toby = [of.replace({"case_id": {"oak": "Toby"}}) for of in (OF[0], OF[2])]
    said = "are pseudonyms that LARC4's report gives"
    assert said in str(show.cards(toby[0], OF[1], toby[1], run))
    assert said not in str(show.cards(*OF, run))


def test_the_trace_leads_each_pound_to_its_row_unit_cost_and_source():
    lines = DATA["ledger"].query("case_id == 'oak'")
    html = show.trace(lines, RUN)._repr_html_()
    assert html.count("<tr><t") == len(lines) + 2 * lines["stage"].nunique()  # headers and sums
    assert all(row in html for row in lines["source_row"])
    assert "GMCA" in html and "Verified" in html
    assert 'id="pounds-oak"' in html and 'href="#cost-health_visitor"' in html


STAGES = [("process", "nhs"), ("intervention", "dwp")]
STAGES = pd.MultiIndex.from_tuples(STAGES, names=["stage", "payer"])
BY_YEAR = pd.Series([1, 2], ["2010-11", "2011-12"], name="saving_long")
DATED = BY_YEAR.set_axis(pd.to_datetime(["2011-01-01", "2012-01-01"]))
PIVOT = pd.DataFrame({"g": ["k"], "h": ["x"], "amount": [1.4]}).pivot_table("amount", "g", "h")
AS_IT_COMES = {
    "X: £1; Y: –; Z: £3": (show.bars, pd.Series([1, None, 3], list("xyz"), dtype="Int64")),
    "A: £2; B: £1": (show.bars, pd.Series(list("aab"), name="need").value_counts()),
    "CAF process, NHS: £1; Support, Work": (show.bars, pd.Series([1.0, 2], STAGES)),
    "£1 at 2011-01-01": (show.lines, DATED),
    "£1 at 2010-11, £2 at 2011-12": (show.lines, BY_YEAR),
    "lowest, at −£3: Police (avoided)": (show.paired, TWO - 3),
    "G | X (£)\nk | 1": (lambda frame, unit: show.table(frame, "P", unit=unit), PIVOT),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("words", AS_IT_COMES)
def test_what_pandas_gives_is_shown_as_it_comes(words):
    kind, data = AS_IT_COMES[words]
    made = kind(data, unit="GBP")
    assert words in f"{getattr(made, 'alt', made)}" and "<" in made._repr_html_()
