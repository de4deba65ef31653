"""The panel of a page: the package's figures at every stop, by keyboard alone, and harmless whatever it is given."""

import json
import random

import pytest
import worlds
from studies import study_of, three_cases
from test_publish import PAYLOADS, assert_harmless, code, completed, notebook, result, run_record
from test_publish import root as root
from test_publish_browser import assert_clean, needs_browser, node

from larcnb.publish import render_page, write_index
from larcnb.sensitivity.what_if import GRID, PAYLOAD, SHARES, Panel


@pytest.fixture(scope="module")
def study():
    return study_of(three_cases(), draws=64)


@pytest.fixture(scope="module")
def panel(study):
    return Panel(study)


@pytest.fixture(scope="module")
def plain(panel):
    return panel.to_dict()


def page(plain, edition="internal"):
    shown = result("what it says", **{"text/html": "<p>without sliders</p>", PAYLOAD: plain})
    cells = code("sensitivity.panel(study)", shown), code("x", completed())
    return render_page(notebook(*cells), "t", edition)


def test_it_begins_at_what_the_set_itself_gives(study, panel):
    whole, verdict = study.scenarios.set_index("set").loc["public_purse"], panel.verdict()
    assert verdict.avoided == pytest.approx(whole["avoided_long"], abs=0.01)
    assert verdict.saving == pytest.approx(whole["saving_long"], abs=0.01)
    assert verdict.break_even == pytest.approx(whole["break_even_share"])
    assert study.horizon == panel.years == 4 and verdict.words.startswith("Over 4 years it saves")
    for name, stops in panel.axes.items():
        assert list(stops) == sorted(set(stops))
        own = dict(zip(SHARES, study.averages, strict=True)).get(name, getattr(study.a, name, None))
        assert stops[panel.start[name]] == own


def test_a_sample_of_stops_is_the_exact_ledger_under_those_assumptions(panel):
    r = random.Random(6)
    for _ in range(12):
        places = {name: r.randrange(len(panel.axes[name])) for name in GRID}
        made = three_cases()
        made["assumptions"] |= {"weighting": "accepted", "prevented": "all"}
        made["assumptions"] |= {name: panel.axes[name][place] for name, place in places.items()}
        cases = worlds.priced(made).cases
        assert round(cases["avoided_long"].sum() * 100) == panel.whole[tuple(places.values())]
        assert round(cases["inputs_appraised"].sum() * 100) == panel.spent


def test_in_jupyterlab_the_panel_shows_sliders_that_update_the_verdict(study, monkeypatch):
    pytest.importorskip("ipywidgets")
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/03_sensitivity.ipynb")
    panel = Panel(study)
    assert "application/vnd.jupyter.widget-view+json" in panel._repr_mimebundle_()
    shown = panel.box.children[-1]
    before = shown.value
    panel.sliders["prevented"].value = 0
    assert shown.value != before and "more than it saves" in shown.value
    panel.box.children[-2].click()
    assert shown.value == before


def test_without_a_front_end_or_without_cases_it_is_a_paragraph(plain, panel, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert set(panel._repr_mimebundle_()) == {"text/plain", "text/html", PAYLOAD}
    empty = study_of(worlds.world(cases=[worlds.case("x", "no")]), draws=64)
    assert "nothing to vary" in repr(Panel(empty))


def test_a_page_holds_the_panel_its_script_and_a_verdict_and_a_public_page_never(plain):
    html, public = page(plain), page(plain, "public")
    assert_harmless(html, "what_if.js")
    assert plain["verdict"] in html and "<fieldset hidden>" in html
    assert html.count('type="range"') == 5 and len(html.encode()) < 400_000
    assert_harmless(public)
    assert "what-if" not in public.split("</style>")[1] and "without sliders" in public


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_comes_alive_in_it(plain, payload):
    axes = [{**of, "label": payload, "texts": [payload] * len(of["texts"])} for of in plain["axes"]]
    spoiled = dict.fromkeys(("verdict", "avoided", "years", "inputs"), payload)
    spoiled["words"] = dict.fromkeys(plain["words"], payload)
    assert_harmless(page(plain | spoiled | {"axes": axes}), "what_if.js")


@needs_browser
def test_by_keyboard_alone_in_the_packages_words_and_accessible(tmp_path, root, panel, plain):  # noqa: F811
    r, path = random.Random(6), tmp_path / "panel.html"
    some = [{name: r.randrange(len(of)) for name, of in panel.axes.items()} for _ in range(300)]
    places, index = [panel.start, *some], write_index(root, run_record())
    path.write_text(page(plain), "utf-8")
    assert_clean(path)
    seen = node("walk.cjs", path, index, json.dumps([list(place.values()) for place in places]))
    assert seen["complaints"] == []
    assert seen["words"] == [panel.verdict(place).words for place in places]

    steps = seen["steps"]
    assert seen["first"] == plain["verdict"] == steps[-1]["status"] == seen["unscripted"][0]
    reached = [step["label"] for step in steps if step["key"] == "Tab"]
    assert reached[1:] == [
        "Attribution (due to this help)",
        "Drop-off a year",
        "Discount rate a year",
        "Reset",
    ]
    assert all(step["ring"] for step in steps)
    assert [step["said"] for step in steps[1:3]] == ["100%", "0%"]
    assert "No future told" in steps[2]["status"] and "more than it saves" in steps[4]["status"]
    assert seen["unscripted"][1] is False

    everyone = seen["rows"][0]
    assert seen["rows"] == [everyone, 1, everyone, everyone]
    assert seen["search"] == f"1 of {everyone} shown" and seen["box"] is False
