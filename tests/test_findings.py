"""The sentences of the findings page and findings.json, from made-up authorities with figures worked out by hand."""

import json
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import yaml

from larcnb.findings import VERDICT, Findings
from larcnb.params import Authority, load_preset
from larcnb.root import WORKBOOK, Root
from larcnb.show import Context

ROOT = Root(WORKBOOK)
NAME = "Example{shire}"
MONEY = "preparation assessment meetings process interventions inputs inputs_appraised"
MONEY += " avoided_short avoided_long told_long saving_short saving_long"
LEDGER = "case_id stage element item payer year quantity amount note grade weight"


def case(name, inputs, added, avoided, told, unpriced=0, costed="yes"):
    spent = inputs + added
    money = {"process": inputs, "inputs": inputs, "inputs_appraised": spent, "told_long": told}
    money |= {"avoided_long": avoided, "saving_short": -inputs, "saving_long": avoided - spent}
    return {
        "case_id": name,
        "costed": costed,
        **dict.fromkeys(MONEY.split(), 0.0),
        **money,
        "unpriced_futures": unpriced,
        "conservative": "no",
    }


def scenario(name, saving, low=None, high=None, chance=None):
    ends = {"low80": low, "high80": high, "low95": low, "high95": high}
    sums = {"inputs": 12_000.0, "told_long": 60_000.0}
    return {"set": name, "saving_long": saving, **ends, "chance": chance, **sums}


ADVICE = {
    "measure": "Drop-off of the effect",
    "nothing": False,
    "evpi_at_one": 500.0,
    "evpi": 900.0,
    "worth": 0.4,
    "pays_from": 0.39,
}
LARGE = [
    case("oak", 9_000.0, 1_000.0, 24_000.0, 50_000.0),
    case("elm", 1_500.0, 500.0, 6_000.0, 10_000.0),
]
FLOWS = [
    ("oak", "future", "care", "care", "local_authority", 4, 1.0, 25_000.0, "", 4, 0.3),
    ("elm", "future", "work", "benefit", "dwp", 1, 1.0, 5_000.0, "", 4, 0.3),
]
SCENARIOS = [
    scenario("larc", 95_000.0, 40_000.0, 150_000.0),
    scenario("public_purse", 18_000.0, -1_000.0, 40_400.0, 0.93),
    scenario("cautious", -9_000.0, -12_000.0, -6_000.0, 0.0),
    scenario("observed", -11_500.0),
]
CARE = (1, 0.4, 0.1, 0.6)
NAMES = {"care": "Child in care", "plan": "Child protection plan", "work": "Parent leaves work"}
EFFECTS = pd.DataFrame(
    {
        "risk_ratio": [Fraction(6, 10), Fraction(1)],
        "low": [Fraction(4, 10), Fraction(7, 10)],
        "high": [Fraction(9, 10), Fraction(13, 10)],
        "confidence": ["verified"] * 2,
    },
    index=["care", "plan"],
)
PLACEMENT = (48_000.0, Fraction(48_000), 0.7, 1.0, "local_authority", "verified", 4)
BENEFIT = (5_000.0, Fraction(5_000), 0, None, "dwp", "recalled", 4)
PRICES = pd.DataFrame(
    [PLACEMENT, BENEFIT, PLACEMENT],
    index=["looked_after_year", "benefit", "care"],
    columns=["unit_value", "exact", "cashable", "block", "payer", "confidence", "grade"],
)


@pytest.fixture(autouse=True)
def nobody_followed_up(monkeypatch):
    monkeypatch.setattr("larcnb.follow_up.moves", lambda run: 0.0)


def findings(cases=LARGE, ledger=FLOWS, rated=CARE, scenarios=SCENARIOS, notice="", **changed):
    """Two families: 12,000 spent with 1,500 added, 30,000 avoided of 60,000 told, 5,000 of it benefit payments."""
    preset = load_preset(ROOT, "public_purse")
    a = Authority("la-01", NAME, "larc4", "2010-11", changed.pop("preset", "larc"))
    library = SimpleNamespace(
        effects=EFFECTS,
        futures=pd.DataFrame({"future": list(NAMES), "label": list(NAMES.values())}),
        deflators=pd.DataFrame({"year": ["2010-11", "2025-26"], "index": [50, 75]}),
    )
    reference = SimpleNamespace(
        root=ROOT,
        authority=a,
        preset=preset,
        assumptions=preset.assumptions,
        library=library,
        prices=PRICES,
        cases=pd.DataFrame(list(cases), columns=list(case("none", 0, 0, 0, 0))),
        ledger=pd.DataFrame(ledger, columns=LEDGER.split()),
        tables={"children": pd.DataFrame({"in_futures": ["yes", "no"]})},
        context=Context(NAME, "2010-11", "public_purse", notice, cases=len(cases)),
    )
    own = load_preset(ROOT, a.preset)
    run = SimpleNamespace(**vars(reference) | {"preset": own, "assumptions": own.assumptions})
    keys = ("future", "told", "prevented", "low", "high")
    headlines = {
        "cases": len(cases),
        "seed": 2012,
        "draws": 10_000,
        "scenarios": scenarios,
        "studies": [dict(zip(keys, ("care", *rated), strict=True))] if rated else [],
        "reference_information": ADVICE | changed,
    }
    return Findings(run, reference, headlines)


def nearly(chance):
    return {"scenarios": [scenario("public_purse", 18_000.0, -1_000.0, 40_000.0, chance)]}


def flow(units, amount):
    line = ("oak", "future", "care", "care", "local_authority", 0, units, amount, "", 4, 0.3)
    return {"ledger": [line]}


def nothing(*cases):
    return {"cases": cases, "ledger": [], "rated": (), "scenarios": [scenario("public_purse", 0.0)]}


EMPTY = {
    "no cases": nothing(),
    "uncosted": nothing(case("fir", 0.0, 0.0, 0.0, 0.0, costed="no")),
    "unpriced": nothing(case("fir", 0.0, 0.0, 0.0, 0.0, 2)),
    "nothing spent": nothing(case("fir", 0.0, 0.0, 500.0, 900.0)),
    "nothing told": nothing(case("fir", 700.0, 0.0, 0.0, 0.0)),
}
HARM = [case("oak", 100.0, 0.0, -18_000.0, 20_000.0), case("ash", 1_000.0, 0.0, 0.0, 0.0)]
VARIANTS = EMPTY | {
    "": {},
    "small": {"cases": [case("oak", 9_000.0, 0.0, 2_000.0, 8_000.0)]},
    "nearly sure": nearly(0.99996),
    "never": nearly(0.0),
    "cautious": {"preset": "cautious"},
    "own": {"scenarios": [*SCENARIOS, scenario("own", 2_345.0, 0.0, 3.0, 0.9)]},
    "toby": {"cases": [{**LARGE[0], "case_id": "Toby"}, LARGE[1]], "notice": "Made up."},
    "one": {"cases": LARGE[:1]},
    "harm": {"cases": [LARGE[1], *HARM]},
    "known": {"nothing": True, "pays_from": None},
    "whole": flow(4.0, 50_000.0),  # four child-years freed, each 48,000, at 0.7
    "part": flow(3.0, 40_000.0),  # 40,000 of 48,000 is no whole year
}
SAID = yaml.safe_load(Path(__file__).with_name("findings_said.yaml").read_text("utf-8"))


@pytest.mark.parametrize("key", SAID)
def test_each_sentence_has_its_figures_from_the_frames(key):
    names, _, variant = key.partition(", ")
    assert str(findings(**VARIANTS[variant]).say(*names.split())) == SAID[key]


@pytest.mark.parametrize("variant", EMPTY)
def test_where_there_is_nothing_to_compare_nothing_else_is_said_of_money(variant):
    found = findings(**EMPTY[variant])
    said = str(found.say(*VERDICT, "value", "concentration", "advice", "net_costs"))
    assert not any(words in said for words in ("reference case help", "LARC's own", "saves"))
    assert found.message is None and set(found.tiles()) <= {"Spent"}


def test_where_chance_and_prevention_are_not_drawn_no_interval_stands_beside_the_saving():
    found = findings().by_set
    assert found.loc["larc", ["low95", "high95", "low80", "high80"]].isna().all()
    assert found.loc["cautious", "low95"] == -12_000.0
    drawn = found.dropna(subset="low95")
    assert drawn["saving_long"].between(drawn["low95"], drawn["high95"]).all()


def test_the_authoritys_own_balance_is_told_apart_from_that_of_all_payers():
    found = findings()
    sums = {"local_authority": (7700.0, 6057), "nhs": (100, 500), "several": (0, 29000)}
    frame = pd.DataFrame.from_dict(sums, "index", columns=["paid", "avoided_long"])
    frame = frame.assign(net=frame["avoided_long"] - frame["paid"], cashable=0.0)
    own, others = "The local authority itself pays", "All other payers together: net"
    for payers, words in (
        (
            frame,
            f"{own} £7,700 and avoids £6,057 over 5 years: net −£1,643. {others} £29,400. What several agencies share is "
            "counted with the others, some of it may be the authority's.",
        ),
        (frame.loc[["nhs"]], f"{own} £0 and avoids £0 over 5 years: net £0. {others} £400."),
    ):
        found.__dict__["payers"] = payers
        assert str(found.say("own_balance")) == words


def test_the_tiles_give_spent_break_even_reference_case_and_range_with_todays_money():
    assert findings().tiles() == {
        "Spent": (
            "£10,500",
            "2 costed cases; £16,000 at 2025-26 prices; £12,000 corrected for weak evidence of costs",
        ),
        "Break-even": (
            "20 in 100",
            "of the futures told, by cost, help must have prevented to pay for itself",
        ),
        "Public purse (reference case)": (
            "£18,000",
            "net saving; 95% uncertainty interval −£1,000 to £40,400; £27,000 at 2025-26 prices",
        ),
        "Over all scenarios": (
            "−£11.5k to £95k",
            "net saving, from Observed rates only to LARC4 convention",
        ),
    }


def test_findings_json_has_the_reference_case_and_the_break_even_beside_the_studies():
    out = json.loads(json.dumps(findings().to_json(), allow_nan=False))
    even = {"set": "public_purse", "share": 0.2, "inputs": 12_000.0, "told": 60_000.0}
    assert out["break_even"] == even
    assert out["studies"] == [dict(future="care", told=1, prevented=0.4, low=0.1, high=0.6)]  # noqa: C408
    reference = out["reference"]
    assert reference["low95"] <= reference["saving_long"] <= reference["high95"]
    assert reference["follow_up_moves"] == 0.0  # nobody was followed up
    assert reference["chance"] == 0.93 and reference["largest_case_share"] == 0.8
    avoided = {row["payer"]: row["avoided_long"] for row in reference["payers"]}
    assert avoided == {"local_authority": 25_000.0, "dwp": 5_000.0}
    assert out["preset"] == "larc" and out["seed"] == 2012
    assert out["rests_on"]["assumed"]["share_of_avoided"] == 1.0
    assert out["headline"].startswith("To pay for itself, help must have prevented 20 in 100")
    assert "oak" not in json.dumps(out)
