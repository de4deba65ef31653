"""The sentences of the findings page and findings.json, from made-up authorities with figures worked out by hand."""

import json
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import yaml
from cases import table

from larcnb.findings import VERDICT, Findings
from larcnb.params import Authority, load_preset
from larcnb.root import WORKBOOK, Root
from larcnb.show import Context

ROOT = Root(WORKBOOK)
NAME = "Example{shire}"
MONEY = "preparation assessment meetings process interventions inputs inputs_appraised"
MONEY += " avoided_short avoided_long told_long saving_short saving_long"


def case(name, inputs, added, avoided, told, unpriced=0, costed="yes"):
    spent = inputs + added
    money = {"process": inputs, "inputs": inputs, "inputs_appraised": spent, "told_long": told}
    money |= {"avoided_long": avoided, "saving_short": -inputs, "saving_long": avoided - spent}
    money |= {"unpriced_futures": unpriced, "conservative": "no"}
    return {"case_id": name, "costed": costed, **dict.fromkeys(MONEY.split(), 0.0), **money}


def scenario(name, saving, low=None, high=None, chance=None):
    ends = {"low80": low, "high80": high, "low95": low, "high95": high}
    sums = {"inputs": 12_000.0, "told_long": 60_000.0}
    return {"set": name, "saving_long": saving, **ends, "chance": chance, **sums}


ADVICE = {
    "measure": "Drop-off of the effect",
    "nothing": False,
    "threshold": 0.4,
    "pays_from": 0.39,
}
ADVICE |= {"evpi_at_one": 500.0, "evpi": 900.0}
OAK = case("oak", 9_000.0, 1_000.0, 24_000.0, 50_000.0)
ELM = case("elm", 1_500.0, 500.0, 6_000.0, 10_000.0)
FLOWS = """case_id,stage,element,item,payer,year,quantity,amount,grade,chance,prevented,weight
    oak,future,care,care,local_authority,{year},{units},{amount},4,1,0.3,0.3
    elm,future,work,benefit,dwp,1,1,5000,4,1,0.3,0.3"""
SCENARIOS = [
    scenario("larc", 95_000.0, 40_000.0, 150_000.0),
    scenario("public_purse", 18_000.0, -1_000.0, 40_400.0, 0.93),
    scenario("cautious", -9_000.0, -12_000.0, -6_000.0, 0.0),
    scenario("observed", -11_500.0),
]
CARE = {"future": "care", "told": 1, "prevented": 0.4, "low": 0.1, "high": 0.6}
FUTURES = "future,label\ncare,Child in care\nplan,Child protection plan\nwork,Parent leaves work"
FUTURES = table(FUTURES)
EFFECTS = table(
    """future,risk_ratio,low,high,confidence
    care,0.6,0.4,0.9,verified
    plan,1,0.7,1.3,verified"""
).set_index("future")
BOOKS = {"effects": EFFECTS, "futures": FUTURES, "forecasts": None}
PRICES = table(
    """item,unit_value,cashable,block,payer,fund,confidence,grade
    looked_after_year,48000,0.7,1,local_authority,other,verified,4
    care,48000,0.7,1,local_authority,other,verified,4
    benefit,5000,0,,dwp,other,recalled,4"""
).set_index("item")
CHILDREN = pd.DataFrame({"in_futures": ["yes", "no"]})
PRICES = PRICES.assign(exact=PRICES["unit_value"].map(Fraction), label="An item", caution="")


@pytest.fixture(autouse=True)
def nobody_followed_up(monkeypatch):
    monkeypatch.setattr("larcnb.follow_up.moves", lambda run: 0.0)


def findings(
    cases=(OAK, ELM), flows=None, rated=(CARE,), scenarios=SCENARIOS, notice="", **changed
):
    """Two families: 12,000 spent with 1,500 added, 30,000 avoided of 60,000 told, 5,000 of it benefit payments."""
    preset = load_preset(ROOT, "public_purse")
    a = Authority("la-01", NAME, "larc4", "2010-11", changed.pop("preset", "larc"))
    deflators = table("year,index\n2010-11,50\n2025-26,75")
    ledger = table(FLOWS.format(**{"year": 4, "units": 1, "amount": 25_000} | (flows or {})))
    reference = SimpleNamespace(
        root=ROOT,
        authority=a,
        preset=preset,
        assumptions=preset.assumptions,
        library=SimpleNamespace(deflators=deflators, **BOOKS),
        prices=PRICES,
        cases=pd.DataFrame(list(cases), columns=list(OAK)),
        ledger=ledger.assign(note="").head(len(ledger) if rated else 0),
        tables={"children": CHILDREN.assign(case_id=[*cases, OAK][0]["case_id"])},
        context=Context(NAME, "2010-11", "public_purse", notice, cases=len(cases)),
    )
    own = load_preset(ROOT, a.preset)
    run = SimpleNamespace(**vars(reference) | {"preset": own, "assumptions": own.assumptions})
    headlines = {"seed": 2012, "draws": 10_000, "scenarios": scenarios}
    headlines |= {"studies": list(rated), "reference_information": ADVICE | changed}
    return Findings(run, reference, headlines)


def nearly(chance):
    return {"scenarios": [scenario("public_purse", 18_000.0, -1_000.0, 40_000.0, chance)]}


def nothing(*cases):
    return {"cases": cases, "rated": (), "scenarios": [scenario("public_purse", 0.0)]}


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
    "near": {"cases": [case("oak", 2_960.0, 0.0, 2_990.0, 10_000.0)]},
    "nearly sure": nearly(0.99996),
    "never": nearly(0.0),
    "paying": {"scenarios": SCENARIOS[:2]},
    "cautious": {"preset": "cautious"},
    "own": {"scenarios": [*SCENARIOS, scenario("own", 2_345.0, 0.0, 3.0, 0.9)]},
    "toby": {"cases": [OAK | {"case_id": "Toby"}, ELM], "notice": "Made up."},
    "one": {"cases": [OAK]},
    "harm": {"cases": [ELM, *HARM]},
    "known": {"nothing": True, "pays_from": None},
    # four child-years freed, each 48,000, at 0.7; 40,000 of 48,000 is no whole year
    "whole": {"flows": {"year": 0, "units": 4, "amount": 50_000}},
    "part": {"flows": {"year": 0, "units": 3, "amount": 40_000}},
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
    assert found.message is None and set(found.verdict.tiles()) <= {"Spent"}


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
    found.__dict__["payers"] = frame.assign(net=frame["avoided_long"] - frame["paid"])
    said = str(found.say("own_balance"))
    assert said.startswith("The local authority itself pays £7,700 and avoids £6,057 over 5 years:")
    assert "net −£1,643. All other payers together: net £29,400. What several" in said


def test_the_tiles_give_spent_break_even_reference_case_and_range_with_todays_money():
    spent, even, reference, ends = findings().verdict.tiles().items()
    note = "2 costed cases; £16,000 at 2025-26 prices; £12,000 corrected for weak evidence of costs"
    assert spent == ("Spent", ("£10,500", note))
    note = "of the futures told, by cost, help must have prevented to pay for itself"
    assert even == ("Break-even", ("20 in 100", note))
    note = "net saving; 95% uncertainty interval −£1,000 to £40,400; £27,000 at 2025-26 prices"
    assert reference == ("Public purse (reference case)", ("£18,000", note))
    note = "net saving, from Observed rates only to LARC4 convention"
    assert ends == ("Over all scenarios", ("−£11.5k to £95k", note))


def test_findings_json_has_the_reference_case_beside_the_studies():
    out = json.loads(json.dumps(findings().to_dict(), allow_nan=False))
    assert out["studies"] == [CARE]
    reference = out["reference"]
    assert reference["low95"] <= reference["saving_long"] <= reference["high95"]
    assert reference["follow_up_moves"] == 0.0  # nobody was followed up
    assert (reference["set"], reference["chance"]) == ("public_purse", 0.93)
    assert (reference["break_even_share"], reference["told_long"]) == (0.2, 60_000.0)
    avoided = {row["payer"]: row["avoided_long"] for row in reference["payers"]}
    assert avoided == {"local_authority": 25_000.0, "dwp": 5_000.0}
    assert out["preset"] == "larc" and out["seed"] == 2012
    assert out["rests_on"]["assumed"]["share_of_avoided"] == 1.0
    assert out["headline"].startswith("To pay for itself, help must have prevented 20 in 100")
    assert "oak" not in json.dumps(out)
