"""The sentences of the findings page, from a summary and an interval worked out by hand."""

import pytest
from page_frames import CONTEXT

from larcnb.findings import Findings
from larcnb.params import Authority

LA = Authority("la-01", "Alderwick", "larc4", "2010-11", "larc")


def said(saving, low, high, name="interval"):
    """The sentence where the saving and its 95% interval are these."""
    intervals = {"long": {"low95": low, "high95": high, "chance": 1.0}}
    found = Findings(LA, CONTEXT, None, [], None, None, {"intervals": intervals, "draws": 10_000})
    found.__dict__["summary"] = {"costed": 4, "saving_long": saving}
    return str(found.sentence(name))


def test_an_interval_is_told_with_its_draws_and_its_chance():
    assert said(300.0, 100.0, 400.0) == (
        "With every uncertain figure moved within its range, the net saving lies between £100 and £400 in 95 of 100 draws, "
        "and 100% of 10,000 draws show a saving, if families, futures and ranges are a fair picture."
    )


@pytest.mark.parametrize(("saving", "outside"), [(99.99, True), (100.0, False), (400.0, False), (400.01, True)])
def test_a_saving_outside_its_own_interval_is_explained(saving, outside):
    assert ("The saving as it stands lies outside that" in said(saving, 100.0, 400.0)) is outside


def headline(**money):
    found = Findings(LA, CONTEXT, Assumed, [], None, None, {})
    found.__dict__["summary"] = {"costed": 2, "avoided_long": 900.0, "saving_long": 600.0, **money}
    return str(found.sentence("headline"))


class Assumed:
    long_years = 10
    preset = "cautious"


def test_what_is_added_for_weak_evidence_is_told_beside_what_was_recorded():
    assert "£900 of futures avoided against £300 spent. There" in headline(inputs=300.0, inputs_appraised=300.0)
    assert (
        "against £300 spent, of which £250 was recorded and £50 is added for weak evidence of costs. There"
        in headline(inputs=250.0, inputs_appraised=300.0)
    )


@pytest.mark.parametrize(
    ("preset", "rank"), [("cautious", ", the least generous."), ("larc", ", the most generous."), ("observed", ".")]
)
def test_the_set_in_force_is_named_with_its_place_among_the_others(preset, rank):
    sets = [("cautious", -20.0), ("observed", 30.0), ("larc", 500.0)]
    found = Findings(LA, CONTEXT, type("Set", (), {"preset": preset}), [], None, None, {
        "presets": [{"set": name, "saving_long": saving} for name, saving in sets],
    })  # fmt: skip
    found.__dict__["summary"] = {"costed": 1}
    said = str(found.sentence("sets"))
    assert rank + " Over all sets" in said
    assert said.endswith("come to between −£20 (Cautious) and £500 (LARC4 convention) net.")
