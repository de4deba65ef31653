"""Made-up returns of any size, from a seed: for trying the workbook out, for tests and benchmarks.

In: how many authorities and cases, a seed, and the national library whose items and futures they use. Out: a
root with valid returns and params. Nothing here is any council's data; every authority carries a notice
that says so. Nothing imports this but the command, tests and benchmarks.
"""

from pathlib import Path
from string import Template

import numpy as np
import pandas as pd

from larcnb import codes, schema
from larcnb.errors import LarcError
from larcnb.library import Library, load_library
from larcnb.root import WORKBOOK, Root

NOTICE = "Synthetic test data: no council, no family and no finding here is real.\n"
FIRST_DAY, DAYS = np.datetime64("2010-04-01"), 700
LONGEST_EPISODE, MOST_MEETINGS = 400, 15
LIKELIHOODS, PERSPECTIVES = list(codes.LIKELIHOOD), list(codes.PERSPECTIVE)
LACKING = [status for status in codes.SUPPORT_STATUS if status != "delivered"]
NEEDS = [(subject, need) for subject, needs in codes.NEED.items() for need in needs]


def write_root(target: Path, authorities: int, cases: int, seed: int, vintage="larc4") -> list[str]:
    """Write a root of made-up authorities.

    Parameters
    ----------
    target : Path
        A folder that does not exist yet, or is empty.
    authorities : int
        1 to 999.
    cases : int
        In each authority, 0 to 99,999.
    seed : int
        The same seed gives the same bytes; an authority's return depends on its number and the seed alone.
    vintage : str
        Whose items and prices the returns use.

    Returns
    -------
    list of str
        The authorities' slugs.

    Raises
    ------
    LarcError
        The folder holds something already, or a number is out of range; exit code 2.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise LarcError("The folder holds something already. Give a new or an empty one.")
    if not 1 <= authorities <= 999 or not 0 <= cases <= 99_999 or seed < 0:
        raise LarcError("Give 1 to 999 authorities, up to 99,999 cases and a seed of 0 or more.")
    library, base = load_library(Root(WORKBOOK)), codes.VINTAGE[vintage][0]
    params = Template(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
    slugs = [f"synth-{number:03d}" for number in range(1, authorities + 1)]
    (target / "params").mkdir(parents=True)
    for number, slug in enumerate(slugs, 1):
        folder = target / "data" / "raw" / slug
        folder.mkdir(parents=True)
        for name, table in make_return(library, cases, [seed, number], vintage).items():
            table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
        (folder / "NOTICE.md").write_bytes(NOTICE.encode())
        text = params.substitute(slug=slug, number=number, vintage=vintage, base=base)
        (target / "params" / f"{slug}.yaml").write_bytes(text.encode())
    return slugs


def make_return(library: Library, cases: int, seed: int | list[int], vintage: str) -> dict:
    """Make one return: the data dictionary's tables, valid, with the spread of a LARC round.

    Parameters
    ----------
    library : Library
    cases : int
    seed : int or list of int
    vintage : str

    Returns
    -------
    dict of DataFrame
        Each table but ``follow_up`` and ``evidence``; its columns in the data dictionary's order, the optional ones
        left out.
    """
    rng = np.random.default_rng(seed)
    priced = library.unit_costs.query("vintage == @vintage").groupby("category")["item"]
    roles, items = (priced.get_group(of).to_numpy(object) for of in ("role", "intervention"))
    futures = library.futures["future"].drop_duplicates().to_numpy(dtype=object)
    ids = np.array([f"C{number:05d}" for number in range(1, cases + 1)], dtype=object)
    told = _told(rng, ids, futures)
    made = {
        "cases": _cases(rng, ids, roles),
        "children": _children(rng, ids),
        "needs": _needs(rng, ids),
        "process": _process(rng, ids, roles),
        "interventions": _interventions(rng, ids, roles, items),
        "futures": _witnesses(rng, told),
        "moderation": _moderation(rng, told),
        "outcomes": _outcomes(rng, ids),
    }
    return {
        name: pd.DataFrame(dict(zip(schema.RETURN[name].columns, columns, strict=True)))
        for name, columns in made.items()
    }


def _yes(rng, size: int, share: float) -> np.ndarray:
    return np.where(rng.random(size) < share, "yes", "no")


def _some(rng, ids: np.ndarray, mean: float, least: int = 0, most: int = 99) -> np.ndarray:
    return np.repeat(ids, np.clip(rng.poisson(mean, len(ids)), least, most))


def _number(ids: np.ndarray) -> np.ndarray:
    """1, 2, ... within each run of the same id."""
    return pd.Series(1, pd.Index(ids)).groupby(level=0, sort=False).cumsum().to_numpy(int)


def _distinct(rng, ids: np.ndarray, of: int, least: int, most: int) -> tuple[np.ndarray, ...]:
    """For each id between ``least`` and ``most`` different numbers below ``of``."""
    order = rng.random((len(ids), of)).argsort(axis=1)[:, :most]
    taken = np.arange(order.shape[1]) < rng.integers(least, most + 1, (len(ids), 1))
    return np.repeat(ids, taken.sum(axis=1)), order[taken]


def _cases(rng, ids, roles) -> list:
    n = len(ids)
    started = FIRST_DAY + rng.integers(0, DAYS, n)
    status = np.where(rng.random(n) < 0.85, "closed", "open")
    ended = np.datetime_as_string(started + rng.integers(60, LONGEST_EPISODE, n))
    costed, initiator = _yes(rng, n, 0.85), rng.choice(roles, n)
    said = [_yes(rng, n, share) for share in (0.15, 0.25, 0.25, 0.1, 0.5)]
    days = np.datetime_as_string(started), np.where(status == "closed", ended, "")
    reason = np.where(costed == "yes", "", "costs were not collected")
    return [ids, status, *days, initiator, costed, reason, *said]


def _children(rng, ids) -> tuple:
    case_id = _some(rng, ids, 2.2, 1, 8)
    number, band = _number(case_id), rng.choice(list(codes.AGE_BAND), len(case_id))
    focus = number == 1
    in_futures = np.where(focus | (rng.random(len(case_id)) < 0.3), "yes", "no")
    return case_id, number, band, np.where(focus, "yes", "no"), in_futures


def _needs(rng, ids) -> tuple:
    case_id, which = _distinct(rng, ids, len(NEEDS), 1, 5)
    return case_id, *np.array(NEEDS, dtype=object)[which].T


def _process(rng, ids, roles) -> list:
    meetings = _some(rng, ids, 3.2, 0, MOST_MEETINGS)
    attending = rng.integers(2, 6, len(meetings))
    number = np.repeat(_number(meetings), attending)
    parts = {  # rows of each case, and typical hours
        "preparation": (_some(rng, ids, 1, 1), 3),
        "assessment": (_some(rng, ids, 1.6, 1), 4),
        "tac_meeting": (np.repeat(meetings, attending), 1.5),
        "tac_contact": (_some(rng, ids, 2.5), 9),
        "closure": (_some(rng, ids, 0.3, 0, 1), 1.5),
    }
    frames = []
    for element, (case_id, typical) in parts.items():
        n = len(case_id)
        meeting_no = pd.array(number if element == "tac_meeting" else [pd.NA] * n, dtype="Int64")
        role, people = rng.choice(roles, n), rng.choice([1, 2], n, p=[0.95, 0.05])
        hours = np.clip(np.ceil(rng.lognormal(0, 0.6, n) * typical * 4) / 4, 0.25, 40)
        columns = case_id, element, meeting_no, role, people, hours
        frames.append(pd.DataFrame(dict(enumerate(columns))))
    # A line like an earlier one would be warned of, as one that was entered twice.
    frame = pd.concat(frames).drop_duplicates(ignore_index=True)
    return [column for _, column in frame.items()]


def _interventions(rng, ids, roles, items) -> tuple:
    case_id = _some(rng, ids, 3.5, 1)
    n = len(case_id)
    by_role, had = rng.random(n) < 0.6, rng.random(n) < 0.88
    hours, pieces = np.ceil(rng.lognormal(2.3, 0.7, n) * 2) / 2, rng.integers(1, 4, n)
    quantity = np.where(had, np.where(by_role, hours, pieces), 0)
    support = rng.choice(list(codes.SUPPORT), n)
    item = np.where(by_role, rng.choice(roles, n), rng.choice(items, n))
    recipient = rng.choice(list(codes.RECIPIENT), n)
    status = np.where(had, "delivered", rng.choice(LACKING, n))
    return case_id, support, item, quantity, recipient, status


def _told(rng, ids, futures) -> pd.DataFrame:
    case_id, which = _distinct(rng, ids, len(futures), 1, 5)
    believed = rng.choice(len(LIKELIHOODS), len(case_id), p=[0.03, 0.07, 0.2, 0.45, 0.25])
    return pd.DataFrame({"case_id": case_id, "future": futures[which], "believed": believed})


def _witnesses(rng, told: pd.DataFrame) -> tuple:
    row, who = _distinct(rng, np.arange(len(told)), len(PERSPECTIVES), 1, 3)
    seen = told.loc[row].reset_index(drop=True)
    differs = seen["believed"] + rng.choice([-1, 0, 1], len(seen), p=[0.15, 0.7, 0.15])
    likelihood = np.take(LIKELIHOODS, np.clip(differs, 0, 4).to_numpy(int))
    return seen["case_id"], seen["future"], np.take(PERSPECTIVES, who), likelihood


def _moderation(rng, told: pd.DataFrame) -> tuple:
    believed, n = told["believed"].to_numpy(int), len(told)
    accepted = np.where((believed >= 2) & (rng.random(n) < 0.92), "yes", "no")
    people = rng.choice([1, 2, 3], n, p=[0.8, 0.15, 0.05])
    agreed = np.take(LIKELIHOODS, believed), accepted, people, "agreed at moderation"
    return told["case_id"], told["future"], *agreed


def _outcomes(rng, ids) -> tuple:
    case_id, which = _distinct(rng, ids, len(codes.OUTCOME), 2, 5)
    perspective = rng.choice(PERSPECTIVES, len(case_id))
    change = rng.choice(list(codes.CHANGE), len(case_id), p=[0.03, 0.12, 0.55, 0.3])
    return case_id, np.take(list(codes.OUTCOME), which), perspective, change
