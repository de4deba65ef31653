"""Made-up roots whose authorities have run, for the disclosure tests: processed frames written as they stand.

In: a folder and how many families each authority has. Out: a root that :func:`larcnb.disclosure.prepare` reads. Every
family here is invented.
"""

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.root import Root

PARAMS = """slug: {slug}
name: {name}
type: unitary authority
region: "{region}"
round: {round}
vintage: larc4
price_base: "2010-11"
wording: caf
preset: larc
overrides: {{}}
"""
FUTURES = ("looked_after", "permanent_exclusion", "police_contact", "neet")


def write_root(folder, sizes, regions=None, round_name="r1", seed=1):
    """Write a root with params and processed frames of each authority.

    Parameters
    ----------
    folder : Path
    sizes : dict of slug to number of families
    regions : dict of slug to region, optional
    round_name : str
    seed : int
        The same seed gives an authority's first families the same facts, however many it has.
    """
    root = Root(folder)
    for name in ("data/raw", "data/processed", "params"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number, (slug, size) in enumerate(sizes.items()):
        region = (regions or {}).get(slug, "England")
        words = PARAMS.format(slug=slug, name=slug.title(), region=region, round=round_name)
        (folder / "params" / f"{slug}.yaml").write_text(words, "utf-8")
        write_authority(root, slug, size, seed * 1000 + number)
    return root


def write_authority(root, slug, size, seed):
    """Write an authority's processed frames."""
    folder = root.processed(slug)
    folder.mkdir(parents=True, exist_ok=True)
    rows = [_family(slug, n, np.random.default_rng([seed, n])) for n in range(size)]
    columns = {
        "cases": ["case_id", "started", "costed", "process", "interventions", "saving_long"],
        "needs": ["case_id", "subject", "need"],
        "interventions": ["case_id", "support", "status"],
        "moderation": ["case_id", "future", "likelihood", "accepted"],
    }
    for place, (name, names) in enumerate(columns.items()):
        lines = [line for family in rows for line in family[place]]
        frame = pd.DataFrame(lines, columns=names)
        if name == "cases":
            frame["started"] = pd.to_datetime(frame["started"])
        frame.to_parquet(folder / f"{name}.parquet", index=False)


def _family(slug, n, random):
    case = f"{slug}-{n:03}"
    money = [round(float(random.lognormal(7.5, 0.5)), 2) for _ in range(2)]
    saving = round(float(random.normal(40_000, 50_000)), 2)
    cases = [(case, "2010-09-01", "yes" if random.random() < 0.9 else "no", *money, saving)]
    every = [(subject, need) for subject, labels in codes.NEED.items() for need in labels]
    needs = [(case, *need) for need in every if random.random() < 0.4]
    support = [(case, kind, "delivered") for kind in codes.SUPPORT if random.random() < 0.3]
    futures = [(case, future, "likely", "yes") for future in FUTURES if random.random() < 0.4]
    return cases, needs, support, futures
