"""What a notebook finds that is run before the one whose results it reads."""

import pandas as pd
import pytest
from roots import say_made

from larcnb import consortium, workbook
from larcnb.consortium.rounds import MONEY
from larcnb.errors import LarcError
from larcnb.root import Root
from larcnb.synth import write_root

PRICED = dict.fromkeys(["inputs_appraised", *MONEY], 1.0)
PRICED |= {"costed": "yes", "saving_long": 2.0}


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Three authorities of a round: two priced, the third only cleaned."""
    write_root(tmp_path / "r", 3, 4, 1)
    monkeypatch.setenv("LARCNB_ROOT", str(tmp_path / "r"))
    found = Root(tmp_path / "r")
    for slug in ("synth-001", "synth-002", "synth-003"):
        write(found, slug, PRICED if slug != "synth-003" else {"costed": "yes"})
    return found


def write(root, slug, columns):
    folder, case = root.processed(slug), pd.DataFrame({"case_id": [f"{slug}-1"]})
    folder.mkdir(parents=True, exist_ok=True)
    case.assign(**columns).to_parquet(folder / "cases.parquet")
    if "saving_long" in columns:
        case.to_parquet(folder / "ledger.parquet")
    say_made(root, slug)


def test_a_round_takes_the_authorities_that_are_priced_and_names_the_others(root):
    opened = consortium.open_round("10_consortium", "synth")
    assert (opened.received, opened.missing) == (["synth-001", "synth-002"], ["synth-003"])
    write(root, "synth-002", {"costed": "yes"})  # cleaned again: its ledger is of another return
    assert consortium.open_round("10_consortium", "synth").received == ["synth-001"]
    assert len(consortium.open_round("11_evidence", "synth", allow_unpriced=True).received) == 3


def test_an_authority_is_set_beside_those_that_are_priced(root):
    others = consortium.peers(workbook.open_run("05_standing", "synth-001"))
    # one case of another would be one family's cost
    assert list(others.cases["authority"]) == ["synth-001"]
    assert (others.alike, others.taking_part, others.few) == (1, 2, 1)
    with pytest.raises(LarcError, match="Run 02_price first"):
        consortium.peers(workbook.open_run("05_standing", "synth-003"))


def test_cases_cleaned_again_and_not_priced_since_are_a_clear_error(root):
    with pytest.raises(LarcError, match="no costs since 01_clean was run. Run 02_price again"):
        _ = workbook.open_run("04_findings", "synth-003").cases
