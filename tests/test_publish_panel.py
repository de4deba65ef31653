"""The panel of a page: the package's figures at every stop, by keyboard alone, and harmless whatever it is given."""

import itertools
import json
import os
import random
import subprocess
from pathlib import Path

import pytest
import worlds
from studies import study_of, three_cases
from test_publish import PAYLOADS, assert_harmless, code, completed, notebook, result, root, run_record  # noqa: F401
from test_publish_browser import CHROMIUM, MISSING, MODULES, look

from larcnb.publish import render_page, write_index
from larcnb.sensitivity.panel import SURFACE, Panel, verdict, verdict_of
from larcnb.sensitivity.surface import surface

REALS = (0, 5, 35, 50, 87, 100)


@pytest.fixture(scope="module")
def study():
    return study_of(three_cases(), draws=64)


@pytest.fixture(scope="module")
def found(study):
    return surface(study.model, study.a)


@pytest.fixture(scope="module")
def plain(study):
    return Panel(study.model, study.a, study.ranges, study.sets, live=False)._repr_mimebundle_()[SURFACE]


def page(plain, edition="internal"):
    shown = result("what it says", **{"text/html": "<p>without sliders</p>", SURFACE: plain})
    return render_page(notebook(code("sensitivity.panel(study)", shown), code("x", completed())), "t", edition=edition)


def points(found):
    return itertools.product(*(range(len(values)) for values in found.axes.values()))


def test_each_fifth_stop_is_what_the_panel_of_the_notebook_says(study, found):
    for place in itertools.islice(points(found), 0, None, 5):
        settings = {name: values[n] for (name, values), n in zip(found.axes.items(), place, strict=True)}
        there = verdict(study.model, study.a, settings)
        assert verdict_of(found.inputs, int(found.avoided[place]), 1.0, found.years) == there, settings


def test_a_sample_of_stops_is_the_exact_ledger_under_those_assumptions(found):
    for place in random.Random(6).sample(list(points(found)), 40):
        made = three_cases()
        made["assumptions"] |= {name: values[n] for (name, values), n in zip(found.axes.items(), place, strict=True)}
        cases = worlds.priced(made).cases
        assert round(cases["avoided_long"].sum() * 100) == found.avoided[place]
        assert round(cases["inputs_appraised"].sum() * 100) == found.inputs


def test_the_values_in_force_are_stops_and_where_the_sliders_begin(study, found):
    for (name, values), start in zip(found.axes.items(), found.start, strict=True):
        assert values[start] == getattr(study.a, name) and list(values) == sorted(set(values))


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
    axes = [{**axis, "label": payload, "texts": [payload] * len(axis["texts"])} for axis in plain["axes"]]
    spoiled = {**plain, "axes": axes, "words": dict.fromkeys(plain["words"], payload), "real": payload}
    assert_harmless(page({**spoiled, "verdict": payload}), "what_if.js")
    for part in ("avoided", "years", "inputs"):
        assert_harmless(page({**plain, part: payload}))


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_by_keyboard_alone_and_in_the_packages_words_at_every_stop(tmp_path, root, plain, found):  # noqa: F811
    (tmp_path / "panel.html").write_text(page(plain), "utf-8")
    index = write_index(root, run_record())
    done = subprocess.run(
        ["node", str(Path(__file__).with_name("walk.cjs")), CHROMIUM, str(tmp_path / "panel.html"), str(index),
         ",".join(map(str, REALS))],
        capture_output=True, text=True, timeout=300, check=False, env={**os.environ, "NODE_PATH": str(MODULES)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout)
    assert seen["complaints"] == []
    expected = [
        verdict_of(found.inputs, int(avoided), real / 100, found.years).words
        for avoided in found.avoided.ravel() for real in REALS
    ]  # fmt: skip
    assert len(expected) == found.avoided.size * len(REALS)
    assert [pair for pair in zip(seen["words"], expected, strict=True) if pair[0] != pair[1]] == []

    steps = seen["steps"]
    assert seen["first"] == plain["verdict"] == steps[-1]["status"] == seen["unscripted"][0]
    assert [step["label"] for step in steps if step["key"] == "Tab"] == [
        "Owed to the process", "Fades each year", "Discounted each year", "Share of the futures that was real",
        "Back to where they began",
    ]  # fmt: skip
    assert all(step["ring"] for step in steps)
    assert [step["said"] for step in steps[:3]] == ["20%", "100%", "0%"]
    assert "costs more than it saves by" in steps[1]["status"] and "costs more" in steps[8]["status"]
    assert seen["unscripted"][1] is False

    everyone = seen["rows"][0]
    assert seen["rows"] == [everyone, 1, everyone, everyone]
    assert seen["search"] == f"1 of {everyone} shown" and seen["box"] is False


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_axe_finds_nothing_on_its_page(tmp_path, plain):
    (tmp_path / "panel.html").write_text(page(plain), "utf-8")
    for one in look(tmp_path / "panel.html"):
        assert one["violations"] + one["requests"] + one["complaints"] == [] and one["overflow"] <= 0
