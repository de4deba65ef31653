"""The sentences of the findings page, from a summary and an interval worked out by hand."""

import pytest
from page_frames import CONTEXT

from larcnb.findings import Findings
from larcnb.params import Authority

LA = Authority("la-01", "Alderwick", "larc4", "2010-11", "larc")


def said(chance):
    """The sentence of a saving whose 95% interval is 100 to 400, with its chance where one may be stated."""
    intervals = {"long": {"low95": 100.0, "high95": 400.0, "chance": chance}}
    doubt = {"intervals": intervals, "chance_stated": chance is not None}
    found = Findings(LA, CONTEXT, None, [], None, None, None, doubt)
    found.__dict__["summary"] = {"costed": 4, "saving_long": 300.0}
    return str(found.sentence("interval"))


def test_an_interval_is_told_with_its_chance_where_chance_and_prevented_are_drawn():
    within = "Within this set of assumptions the net saving lies between £100 and £400 in 95 of 100 draws"
    assert said(0.97) == f"{within}, and 97 in 100 show a saving, if families, futures and ranges are a fair picture."
    assert "over 99 in 100" in said(1.0) and "under 1 in 100" in said(0.0)
    assert said(None) == f"{within}. Whether the futures were real is in no interval here."


def headline(**money):
    found = Findings(LA, CONTEXT, Assumed, [], None, None, None, {})
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
    found = Findings(LA, CONTEXT, type("Set", (), {"preset": preset}), [], None, None, None, {
        "scenarios": [{"set": name, "saving_long": saving} for name, saving in sets],
    })  # fmt: skip
    found.__dict__["summary"] = {"costed": 1}
    said = str(found.sentence("sets"))
    assert rank + " Over all sets" in said
    assert said.endswith("come to between −£20 (Cautious) and £500 (As LARC4) net.")
