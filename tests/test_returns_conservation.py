"""No line of a return is lost: priced, left out by a named rule, or the whole return refused; nothing else."""

import drafts
import pytest

from larcnb import costing, params
from larcnb.costing import pence
from larcnb.library import exact, load_library
from larcnb.returns import read_return
from larcnb.root import WORKBOOK, Root

ROOT = Root(WORKBOOK)
LIBRARY = load_library(ROOT)
PRICES = LIBRARY.prices("larc4", "2010-11")
NAMES = {
    "class_teacher": "teacher",
    "bed": "short_break_night",
    "holiday_club": "youth_club_session",
    "parenting_course": "parenting_group",
    "care": "looked_after",
    "burglary": "police_contact",
}


def national(seed: int) -> drafts.Draft:
    """A made-up return in the codes of the national library."""
    draft = drafts.made(seed, cases=8)
    for rows in draft.tables.values():
        for row in rows[1:]:
            row[:] = [NAMES.get(value, value) for value in row]
    return draft


@pytest.mark.parametrize("preset", ["larc", "cautious"])
@pytest.mark.parametrize("seed", range(3))
def test_rows_and_pounds_of_the_fates_add_up_to_what_came_in(seed, preset, tmp_path):
    folder = national(seed).write(tmp_path / "la-99")
    tables = read_return(folder, "la-99", LIBRARY, "larc4", drafts.TODAY).check().tables
    assumptions = params.load_preset(ROOT, preset).assumptions
    ledger = costing.price_return(tables, LIBRARY, PRICES, assumptions)
    reconcile_rows = costing.reconcile_rows(ledger).groupby("stage")[["rows", "value"]].sum()
    process, support = tables["process"], tables["interventions"]
    units = {
        "process": [(r.role, r.people * exact(r.hours)) for r in process.itertuples()],
        "intervention": [(r.item, exact(r.quantity)) for r in support.itertuples()],
    }
    for stage, lines in units.items():
        pounds = sum(pence(units * PRICES.loc[item, "exact"]) / 100 for item, units in lines)
        assert reconcile_rows.loc[stage, "value"] == pytest.approx(pounds, abs=0.005)
    stages = {"process": "process", "intervention": "interventions", "future": "moderation"}
    for stage, table in stages.items():
        lines = ledger.loc[ledger["stage"] == stage, "source_row"]
        assert set(tables[table]["source_row"]) <= set(lines)
        assert reconcile_rows.loc[stage, "rows"] == len(tables[table])
