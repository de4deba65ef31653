"""The panel of a page: the package's figures at every stop, by keyboard alone, and harmless whatever it is given."""

import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest
import worlds
from studies import study_of, three_cases
from test_publish import (  # noqa: F401
    PAYLOADS,
    assert_harmless,
    code,
    completed,
    notebook,
    result,
    root,
    run_record,
)
from test_publish_browser import CHROMIUM, MISSING, MODULES, look

from larcnb.publish import render_page, write_index
from larcnb.root import WORKBOOK
from larcnb.sensitivity.what_if import GRID, PAYLOAD, SHARES, Panel

NODE = """
const [script, facts, avoided, places] = JSON.parse(require("fs").readFileSync(0, "utf8"));
const status = {}, said = [];
const inputs = places[0].map(() => ({ dataset: { texts: "" }, value: 0, nextElementSibling: {}, setAttribute() {},
  addEventListener(_, act) { this.act = act; } }));
const panel = { dataset: { facts, avoided }, querySelectorAll: () => inputs,
  querySelector: (of) => (of === "[role=status]" ? status : { addEventListener() {} }) };
new Function("document", script)({ querySelector: () => panel });
for (const place of places) {
  place.forEach((at, n) => (inputs[n].value = at));
  inputs[0].act();
  said.push(status.textContent);
}
console.log(JSON.stringify(said));
"""


@pytest.fixture(scope="module")
def study():
    return study_of(three_cases(), draws=64)


@pytest.fixture(scope="module")
def panel(study):
    return Panel(study, live=False)


@pytest.fixture(scope="module")
def plain(panel):
    return panel._repr_mimebundle_()[PAYLOAD]


@pytest.fixture(scope="module")
def places(panel):
    """A sample of stops, each a place on every slider, the start among them."""
    r = random.Random(6)
    some = [
        {name: r.randrange(len(stops)) for name, stops in panel.axes.items()} for _ in range(300)
    ]
    return [panel.start, *some]


def page(plain, edition="internal"):
    shown = result("what it says", **{"text/html": "<p>without sliders</p>", PAYLOAD: plain})
    return render_page(
        notebook(code("sensitivity.panel(study)", shown), code("x", completed())),
        "t",
        edition=edition,
    )


def test_it_begins_at_what_the_set_itself_gives(study, panel):
    whole = study.scenarios.set_index("set").loc["public_purse"]
    assert panel.verdict().avoided == pytest.approx(whole["avoided_long"], abs=0.01)
    assert panel.verdict().saving == pytest.approx(whole["saving_long"], abs=0.01)
    assert panel.verdict().break_even == pytest.approx(whole["break_even_share"])


def test_a_sample_of_stops_is_the_exact_ledger_under_those_assumptions(panel):
    r = random.Random(6)
    for _ in range(25):
        places = {name: r.randrange(len(panel.axes[name])) for name in GRID}
        made = three_cases()
        made["assumptions"] |= {"weighting": "accepted", "prevented": "all"}
        made["assumptions"] |= {name: panel.axes[name][place] for name, place in places.items()}
        cases = worlds.priced(made).cases
        assert round(cases["avoided_long"].sum() * 100) == panel.whole[tuple(places.values())]
        assert round(cases["inputs_appraised"].sum() * 100) == panel.spent


def test_the_values_in_force_are_stops_and_where_the_sliders_begin(study, panel):
    for name, stops in panel.axes.items():
        assert list(stops) == sorted(set(stops))
        own = dict(zip(SHARES, study.averages, strict=True)).get(name, getattr(study.a, name, None))
        assert stops[panel.start[name]] == own


def test_half_prevented_is_half_avoided_and_moves_no_break_even(panel):
    at = {name: panel.axes[name].index(0.5) for name in SHARES}
    half, whole = (
        panel.verdict(at),
        panel.verdict(at | {"prevented": panel.axes["prevented"].index(1.0)}),
    )
    assert half.avoided == pytest.approx(whole.avoided / 2, abs=0.01)
    assert half.break_even == whole.break_even
    nothing = panel.verdict({"prevented": panel.axes["prevented"].index(0.0)})
    assert nothing.avoided == 0 and "more than it saves" in nothing.words


@pytest.mark.skipif(not shutil.which("node"), reason="not installed: node")
def test_the_script_says_what_the_package_says_at_every_stop_tried(panel, plain, places):
    html = page(plain)
    facts, avoided = (_attribute(html, name) for name in ("data-facts", "data-avoided"))
    script = (WORKBOOK / "larcnb/publish/what_if.js").read_text("utf-8")
    given = json.dumps([script, facts, avoided, [list(place.values()) for place in places]])
    done = subprocess.run(
        ["node", "-e", NODE],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == [panel.verdict(place).words for place in places]


def _attribute(html, name):
    from html import unescape

    return unescape(html.split(f'{name}="')[1].split('"')[0])


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


def test_without_a_front_end_the_panel_is_a_paragraph_that_never_changes(study, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    first, second = Panel(study)._repr_mimebundle_(), Panel(study)._repr_mimebundle_()
    assert first == second and set(first) == {"text/plain", "text/html", PAYLOAD}
    assert "JupyterLab" in first["text/plain"]


def test_the_panel_of_a_return_without_cases_says_so():
    assert "nothing to vary" in repr(
        Panel(study_of(worlds.world(cases=[worlds.case("x", "no")]), draws=64))
    )


def test_a_page_holds_the_panel_its_script_and_a_verdict_for_those_without(plain):
    html = page(plain)
    assert_harmless(html, "what_if.js")
    assert plain["verdict"] in html and "<fieldset hidden>" in html
    assert html.count('type="range"') == 5 and len(html.encode()) < 400_000


def test_a_public_page_never_holds_it(plain):
    html = page(plain, "public")
    assert_harmless(html)
    assert "what-if" not in html.split("</style>")[1] and "without sliders" in html


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_comes_alive_in_it(plain, payload):
    axes = [
        {**axis, "label": payload, "texts": [payload] * len(axis["texts"])}
        for axis in plain["axes"]
    ]
    spoiled = {**plain, "axes": axes, "words": dict.fromkeys(plain["words"], payload)}
    assert_harmless(page({**spoiled, "verdict": payload}), "what_if.js")
    for part in ("avoided", "years", "inputs"):
        assert_harmless(page({**plain, part: payload}))


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_by_keyboard_alone_and_in_the_packages_words(tmp_path, root, panel, plain, places):  # noqa: F811
    (tmp_path / "panel.html").write_text(page(plain), "utf-8")
    index = write_index(root, run_record())
    done = subprocess.run(
        [
            "node",
            str(Path(__file__).with_name("walk.cjs")),
            CHROMIUM,
            str(tmp_path / "panel.html"),
            str(index),
            json.dumps([list(place.values()) for place in places]),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "NODE_PATH": str(MODULES)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout)
    assert seen["complaints"] == []
    assert seen["words"] == [panel.verdict(place).words for place in places]

    steps = seen["steps"]
    assert seen["first"] == plain["verdict"] == steps[-1]["status"] == seen["unscripted"][0]
    assert [step["label"] for step in steps if step["key"] == "Tab"] == [
        "Share of such futures that help prevented",
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


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_axe_finds_nothing_on_its_page(tmp_path, plain):
    (tmp_path / "panel.html").write_text(page(plain), "utf-8")
    for one in look(tmp_path / "panel.html"):
        assert (
            one["violations"] + one["requests"] + one["complaints"] == [] and one["overflow"] <= 0
        )
