"""Figures: what they say in words, that the words are the ledger's, and that they can be read by everybody."""

from __future__ import annotations

import re

import matplotlib
import pandas as pd
import pytest
from page_frames import CONTEXT, example

from larcnb import figures
from larcnb.costing import total
from larcnb.figures import bars, figure


def drawn(data=None) -> dict:
    data = data or example()
    tables, ledger, cases, futures = data["tables"], data["ledger"], data["cases"], data["library"].futures
    return {
        "needs": figures.needs(tables["needs"], cases, CONTEXT),
        "support": figures.support(tables["interventions"], cases, CONTEXT),
        "elements": figures.inputs_by_element(ledger, cases, CONTEXT),
        "inputs": figures.inputs_by_case(cases, CONTEXT),
        "themes": figures.futures_by_theme(tables["futures"], tables["moderation"], futures, cases, CONTEXT),
        "told": figures.futures_told(tables["futures"], tables["moderation"], CONTEXT),
        "cumulative": figures.cumulative(ledger, cases, CONTEXT),
        "saving": figures.saving_by_case(cases, CONTEXT),
        "payers": figures.who_pays_who_saves(data["payers"], CONTEXT, 4),
        "break_even": figures.break_even(cases, CONTEXT),
    }


@pytest.fixture(scope="module")
def shown() -> dict:
    return drawn()


def some(data, keep) -> dict:
    """The made-up authority with only some of its cases."""
    def of(frame):
        return frame[frame["case_id"].isin(keep)]

    return data | {
        "tables": {name: of(frame) for name, frame in data["tables"].items()},
        "ledger": of(data["ledger"]), "cases": of(data["cases"]),
        "payers": data["payers"] if keep else data["payers"].iloc[:0],
    }  # fmt: skip


def test_every_figure_shows_picture_alt_caption_and_numbers(shown):
    for name, one in shown.items():
        html = one._repr_html_()
        assert re.search(r'<img alt="[^"]{40,}"', html), name
        assert "<figcaption><strong>" in html and "<summary>The numbers drawn</summary>" in html, name
        assert "<table><caption>" in html and "Exampleshire" in one.measure, name


def test_alt_text_says_type_and_figures(shown):
    for name, one in shown.items():
        assert re.match(r"(Stacked bar|Bar|Line) chart of ", one.alt) and re.search(r"\d", one.alt), name


def test_money_figures_name_prices_preset_and_number_of_cases(shown):
    for name in ("elements", "inputs", "cumulative", "saving", "payers"):
        assert "£ at 2010-11 prices. Exampleshire, preset larc, 4 costed cases." in shown[name].measure, name


def test_plain_text_is_caption_and_alt_so_that_words_can_be_compared(shown):
    one = shown["saving"]
    assert repr(one).splitlines()[:2] == [one.caption, one.alt]


def test_the_same_numbers_give_the_same_bytes(shown):
    again = figures.saving_by_case(example()["cases"], CONTEXT)
    assert again.picture == shown["saving"].picture


def test_a_picture_is_light_enough_for_a_page(shown):
    assert max(len(one.picture) for one in shown.values()) < 60_000


def test_captions_take_their_figures_from_the_ledger(shown):
    data = example()
    avoided = total(data["ledger"].loc[data["ledger"]["stage"] == "future", "amount"])
    inputs = total(data["cases"]["inputs_appraised"])
    assert shown["cumulative"].message == f"The £{inputs:,.0f} put in is paid back within the first year."
    assert shown["cumulative"].numbers.rows[-1][1] == f"{avoided:,.0f}"
    assert shown["saving"].message == "2 of 4 cases save over 15 years, 1 of 4 over 1 year."


def test_the_elements_are_means_over_costed_cases_with_their_range(shown):
    rows = {row[0]: row for row in shown["elements"].numbers.rows}
    by_case = example()["cases"].set_index("case_id")["assessment"].dropna()
    assert rows["Assessment"][2:] == tuple(
        f"{value:,.0f}" for value in (by_case.sum(), by_case.mean(), by_case.min(), by_case.max())
    )


def test_losses_are_drawn_and_written_as_losses(shown):
    assert "elm −£1,010 then £40,613" in shown["saving"].alt


def test_several_witnesses_of_one_future_are_one_future(shown):
    assert shown["told"].message == "9 futures were told of, 1 by more than one witness; moderators accepted 8."


def test_who_pays_and_who_is_spared_are_the_appraisals(shown):
    payers = example()["payers"]
    assert f"NHS pays most, £{payers['paid']['nhs']:,.0f} of £{total(payers['paid']):,.0f}" in shown["payers"].message


@pytest.mark.parametrize("keep", [[], ["fir"], ["yew"], ["oak"], ["elm", "ash"]])
def test_few_cases_or_none_have_figures_too(keep, monkeypatch, shown):
    if keep != ["yew"]:  # drawing takes long: one of them is drawn, the others only worded
        monkeypatch.setattr(figure, "_picture", lambda *_: shown["needs"].picture)
    for one in drawn(some(example(), keep)).values():
        assert one._repr_html_() and repr(one)
        assert "nan" not in one.caption.lower() and "families of 1" not in one.caption


def test_where_nothing_is_to_be_drawn_a_sentence_stands():
    one = drawn(some(example(), []))["saving"]
    assert one.message == "No case was costed." and "<img" not in one._repr_html_()


def test_many_cases_are_drawn_without_names_and_listed_in_the_table():
    cases = pd.concat([example()["cases"]] * 60, ignore_index=True)
    cases["case_id"] = [f"c{n}" for n in range(len(cases))]
    one = figures.saving_by_case(cases, CONTEXT)
    assert len(one.numbers.rows) == 240 and "; and 224 more" in one.alt
    assert figure._size(one.picture)[1] < 1100


def test_cases_of_two_authorities_with_one_pseudonym_are_told_apart():
    cases = pd.DataFrame({"case_id": ["a", "b", "a"], "authority": ["la-01", "la-01", "la-02"]})
    assert bars.case_names(cases) == ["a, la-01", "b", "a, la-02"]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_marks_stand_out_from_the_page_and_from_each_other_without_colour():
    assert contrast(figure.DARK, "#FFFFFF") >= 3 and contrast(figure.MID, "#FFFFFF") >= 3
    assert contrast(figure.DARK, figure.MID) >= 3
    assert contrast(figure.INK, "#FFFFFF") >= 4.5 and contrast(figure.MUTED, "#FFFFFF") >= 4.5


def test_text_is_not_cut_off_at_the_edges(shown):
    seen = 0
    for name, one in shown.items():
        right, bottom = (pixels * 0.75 for pixels in figure._size(one.picture))
        texts = re.findall(r'<text style="([^"]*)" x="([^"]*)" y="([^"]*)"[^>]*>([^<]*)<', one.picture)
        for style, x, y, words in texts:
            size = float(re.findall(r"font-size: ([\d.]+)px", style)[0])
            long = figure.inches(words, size) * 72
            left = float(x) - long * (0.5 if "anchor: middle" in style else 1.0 if "anchor: end" in style else 0.0)
            assert left > -1 and left + long < right + 1, (name, words)
            assert size * 0.7 < float(y) < bottom, (name, words)
        seen += len(texts)
    assert seen > 100


@pytest.mark.parametrize("va", ["top", "center", "center_baseline"])
@pytest.mark.parametrize("ha", ["left", "center", "right"])
def test_lines_stand_where_matplotlib_would_put_them(va, ha):
    import io

    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    from larcnb.figures.lettering import Lines

    words = {(0.2, 0.3): "12%", (0.7, 0.8): "gypsy", (0.5, float("nan")): "nowhere"}
    style = {"ha": ha, "va": va, "color": "#3D3D3D"}

    def texts(put) -> list[str]:
        drawing, out = Figure(figsize=(4, 3)), io.StringIO()
        axes = drawing.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        put(axes, style | {"fontsize": 8.5, "transform": axes.transAxes})
        with matplotlib.rc_context({"svg.fonttype": "none"}):
            FigureCanvasSVG(drawing).print_svg(out)
        return re.findall("<text.*</text>", out.getvalue().replace("rotate(-0 ", "rotate(0 "))

    ours = texts(lambda axes, style: axes.add_artist(Lines([(*at, text) for at, text in words.items()], **style)))
    own = texts(lambda axes, style: [axes.text(*at, text, **style) for at, text in words.items()])
    assert ours == own and len(own) == 2


def test_a_label_of_several_lines_stands_about_its_row():
    def heights(label: str) -> list[float]:
        svg = figure._picture(lambda axes: bars.beside(axes, [label]), ["two\nlines"], 0.34, (), 0.3)
        return [float(y) for y in re.findall(r'text-anchor: end[^>]* y="([\d.]+)"[^>]*>(?:one|two|three)<', svg)]

    (alone,), (first, middle, last) = heights("one"), heights("one\ntwo\nthree")
    assert middle == pytest.approx(alone)
    assert last - middle == pytest.approx(middle - first) == pytest.approx(1.2 * 9.5, abs=0.05)


@pytest.mark.parametrize("legend", [("Short", "Long"), ()])
def test_how_many_bars_stand_in_order_is_said_below_the_legend(legend):
    def paint(axes):
        bars.pairs(axes, ["x"] * 40, [range(40), range(40)], ["Short", "Long"])

    svg = figure._picture(paint, [""] * bars.NAMED, 0.34, legend, 0.3)
    height = {words: float(y) for y, words in re.findall(r"translate\([\d.]+ ([\d.]+)\)[^>]*>([^<]+)<", svg)}
    height |= {words: float(y) for y, words in re.findall(r' y="([\d.]+)"[^>]*>([^<]+)<', svg)}
    assert height.get("Short", 9.1) > 9
    assert height["40 cases, one bar each, in order"] > (height["Short"] + 12 if legend else 9)


def test_each_bar_has_its_label_and_its_figure_on_its_row():
    def paint(axes):
        bars.one(axes, ["gain", "loss", "unknown", "$5 of $6"], [100, -50, float("nan"), 20])

    svg = figure._picture(paint, ["x"] * 4, 0.34, (), 0.3)
    found = re.findall(r'text-anchor: (\w+)[^>]* x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]+)<', svg)
    at = {words: (side, float(x), float(y)) for side, x, y, words in found}
    assert len(at) == len(found)
    rows = {"gain": "£100", "loss": "−£50", "$5 of $6": "£20"}
    for label, end in rows.items():
        assert at[label][0] == "end" and at[label][2] == pytest.approx(at[end][2], abs=1.5)
    assert at["gain"][2] < at["loss"][2] < at["unknown"][2] < at["$5 of $6"][2]
    assert at["−£50"][0] == "end" and at["£100"][0] == at["£20"][0] == "start"
    assert at["−£50"][1] < at["£20"][1] < at["£100"][1]
    assert not {"£nan", "nan"} & set(at)
