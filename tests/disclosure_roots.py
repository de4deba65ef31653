"""Made-up roots whose authorities have run, for the disclosure tests: processed frames written as they stand.

In: a folder and how many families each authority has, or the families themselves. Out: a root that
:func:`larcnb.disclosure.prepare` reads. Every family here is invented.
"""

from dataclasses import dataclass, field
from itertools import count

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.root import Root

PARAMS = """slug: {slug}
name: {slug}
type: unitary authority
region: "{region}"
round: {round}
vintage: larc4
price_base: "2010-11"
wording: caf
preset: larc
overrides: {{}}
"""
THEMES = {"looked_after": "social_care", "permanent_exclusion": "exclusion", "neet": "education"}
THEMES |= {"police_contact": "police"}
CATEGORIES = {
    "needs": [f"{subject}.{need}" for subject, labels in codes.NEED.items() for need in labels],
    "support": list(codes.SUPPORT),
    "futures": list(THEMES.values()),
}
MONEY = ["process", "interventions"]
COLUMNS = {
    "cases": ["case_id", "started", "initiator", "costed", *MONEY, "saving_long"],
    "children": ["case_id"],
    "futures": ["case_id"],
    "needs": ["case_id", "subject", "need"],
    "interventions": ["case_id", "support", "status"],
    "moderation": ["case_id", "future", "likelihood", "accepted", "note"],
    "process": ["case_id", "element", "meeting_no", "hours"],
    "follow_up": ["case_id", "future", "happened"],
}
USUAL = {"needs": 0.4, "support": 0.3, "futures": 0.4}
CHANCES = {(table, name): USUAL[table] for table, names in CATEGORIES.items() for name in names}
FOLLOWED, CAME = 0.6, 0.2
NUMBERS = count()


@dataclass(eq=False)
class Family:
    """A family; ``cells`` are its (table, category) of needs, support and futures."""

    case: str
    money: tuple[float, float]
    saving: float
    costed: bool
    cells: set
    started: str = "2010-09-01"
    note: str = ""
    uid: int = field(default_factory=lambda: next(NUMBERS))

    def all_cells(self):
        """Every cell it counts in, savings under the default bands."""
        cells = self.cells | {("families", "costed" if self.costed else "not_costed")}
        if self.costed:
            band = "from_60000" if self.saving >= 60_000 else "from_0"
            cells.add(("savings", band if self.saving >= 0 else "below"))
        if "follow_up" in {table for table, _ in cells}:
            cells.add(("follow_up", "followed"))
        return cells


def draw(random, case, chances=CHANCES):
    """A family; ``chances`` of each (table, category)."""
    money = tuple(round(float(x), 2) for x in random.lognormal(7.5, [0.5, 0.9]))
    saving = round(float(random.normal(40_000, 50_000)), 2)
    cells = {cell for cell, chance in chances.items() if random.random() < chance}
    started = f"2010-{random.integers(1, 13):02}-{random.integers(1, 29):02}"
    came = np.random.default_rng(abs(round(saving))).random()
    if came < FOLLOWED:
        cells.add(("follow_up", "came" if came < CAME else "stayed_away"))
    return Family(case, money, saving, bool(random.random() < 0.9), cells, started)


def write_root(folder, sizes):
    """Write a root with params and processed frames; ``sizes`` of families by slug.

    An authority's first families have the same facts, however many it has.
    """
    root = Root(folder)
    for name in ("data/raw", "data/processed", "params"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number, (slug, size) in enumerate(sizes.items()):
        write_params(root, slug, "England", "r1")
        write_authority(root, slug, size, 1000 + number)
    return root


def write_params(root, slug, region, round_name):
    """Write an authority's params."""
    words = PARAMS.format(slug=slug, region=region, round=round_name)
    (root.params / f"{slug}.yaml").write_text(words, "utf-8")


def write_authority(root, slug, size, seed):
    """Write an authority's processed frames; returns its families."""
    cases = [f"{slug}-{n:03}" for n in range(size)]
    families = [draw(np.random.default_rng([seed, n]), case) for n, case in enumerate(cases)]
    return write_families(root, slug, families)


def write_families(root, slug, families):
    """Write the processed frames of some families."""
    folder = root.processed(slug)
    folder.mkdir(parents=True, exist_ok=True)
    rows = {name: [] for name in COLUMNS}
    future = {theme: code for code, theme in THEMES.items()}
    for each in families:
        costed = "yes" if each.costed else "no"
        began = each.case, each.started, "school", costed
        rows["cases"].append((*began, *each.money, each.saving))
        rows["process"].append((each.case, "assessment", pd.NA, each.money[0] / 40))
        for table, category in sorted(each.cells):
            if table == "needs":
                rows["needs"].append((each.case, *category.split(".")))
            elif table == "support":
                rows["interventions"].append((each.case, category, "delivered"))
            elif table == "follow_up":
                came = "yes" if category == "came" else "no"
                rows["follow_up"] += [(each.case, "neet", came), (each.case, "re_referral", "yes")]
            else:
                told = (each.case, future[category], "likely", "yes", each.note)
                rows["moderation"].append(told)
    for name, names in COLUMNS.items():
        frame = pd.DataFrame(rows[name], columns=names)
        if name == "cases":
            frame["started"] = pd.to_datetime(frame["started"])
        if name == "process":
            frame["meeting_no"] = frame["meeting_no"].astype("Int64")
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    return families
