"""A made-up extract of the Standard Safeguarding Dataset with planted hazards, families and movers.

Columns and forms are those of the public specification. Every name, number and birth date carries a canary.
"""

from pathlib import Path

import numpy as np
import pandas as pd

UNTIL = pd.Timestamp("2026-03-31")
FIRST = pd.Timestamp("2021-04-01")
MONTH = 365.25 / 12
CARE, MOVE = 1 / 90, 1 / 120
"""Planted hazards a month of a family: a child looked after; moving away."""
CANARY = "Quillfeather"


def incidence(at, grows_up):
    """The planted share of families with a child looked after by some months; they may move, or grow up, first."""
    both = CARE + MOVE
    until = np.minimum(np.asarray(at)[:, None], grows_up)
    return (CARE / both * (1 - np.exp(-both * until))).mean(1)


def table(columns: str, *values) -> pd.DataFrame:
    """A table by its columns; without values it has no row."""
    names = columns.split()
    return pd.DataFrame(dict(zip(names, values or [[]] * len(names), strict=True)))


def frames(seed: int, children: int = 20_000):
    """The tables as an extract has them, as text; and the months until each family's last child is 18."""
    rng = np.random.default_rng(seed)
    sizes = rng.choice([1, 2, 3, 4], children, p=[0.4, 0.35, 0.17, 0.08])
    family = np.repeat(np.arange(len(sizes)), sizes)[:children]
    n = family[-1] + 1
    start = FIRST + pd.to_timedelta(rng.integers(0, 1500, n), "D")
    age = rng.uniform(0, 17.8, children)  # years when the family's episode began
    person = np.array([f"9{at:07}{CANARY}" for at in rng.permutation(children)])
    born = start[family] - pd.to_timedelta((age * 365.25).round(), "D")
    grows_up = (18 - pd.Series(age).groupby(family).min().to_numpy()) * 12
    care, move = rng.exponential(1 / CARE, n), rng.exponential(1 / MOVE, n)
    lasts, last = rng.uniform(2, 14, n), f"{UNTIL:%Y-%m-%d}"

    def day(months, of=slice(None)):
        days = start[of] + pd.to_timedelta(np.round(months * MONTH), "D")
        return days.strftime("%Y-%m-%d 00:00:00")

    def shown(days):
        return np.where(days <= f"{last} 99", days, "")

    eldest = np.flatnonzero(np.r_[True, np.diff(family) > 0])
    ended = shown(day(np.minimum(lasts, move)))
    why = np.where(move < lasts, "Moved out of area", "Outcomes met")
    reason = np.where(ended == "", "", why)
    later = (move >= lasts) & (move < 600)
    taken = (care < move) & (care < grows_up) & (shown(day(care)) != "")
    number = np.arange(children)
    referred = day(np.full(later.sum(), -1.0), later), "N", "RC5", shown(day(move[later], later))
    tables = {
        "ssd_early_help_episodes": table(
            "earl_episode_id earl_person_id earl_episode_start_date earl_episode_end_date earl_episode_reason "
            "earl_episode_end_reason earl_episode_organisation earl_episode_worker_id",
            *([f"EH{at}" for at in number], person, day(np.zeros(children), family)),
            *(ended[family], f"{CANARY} reason", reason[family], f"{CANARY} Hub", f"{CANARY} it"),
        ),
        "ssd_family": table(
            "fami_table_id fami_family_id fami_person_id",
            *(number, [f"7{of:06}{CANARY}" for of in family], person),
        ),
        "ssd_person": table(
            "pers_person_id pers_forename pers_surname pers_dob pers_common_child_id pers_expected_dob pers_death_date",
            *(person, f"{CANARY}a", f"{CANARY}b", born.strftime("%Y-%m-%d 00:00:00")),
            *([f"94{at:08}" for at in number], "", ""),
        ),
        "ssd_contacts": table(
            "cont_contact_id cont_person_id cont_contact_date", ["C1"], person[0], last
        ),
        "ssd_cin_episodes": table(
            "cine_referral_id cine_person_id cine_referral_date cine_referral_nfa cine_close_reason cine_close_date",
            *([f"R{at}" for at in np.flatnonzero(later)], person[eldest[later]], *referred),
        ),
        "ssd_assessment_factors": table(
            "cinf_assessment_id cinf_assessment_factors_json", ["A1"], '["1B", "4A"]'
        ),
        "ssd_cin_assessments": table(
            "cina_assessment_id cina_person_id cina_assessment_start_date", ["A1"], person[-1], last
        ),
        "ssd_cp_plans": table(
            "cppl_cp_plan_id cppl_person_id cppl_cp_plan_start_date cppl_cp_plan_end_date"
        ),
        "ssd_cla_episodes": table(
            "clae_cla_episode_id clae_person_id clae_cla_episode_start_date clae_cla_episode_ceased_date",
            *([f"L{at}" for at in np.flatnonzero(taken)], person[eldest[taken]]),
            *(day(care[taken], taken), ""),
        ),
    }
    return tables, grows_up


def write(folder: Path, tables) -> Path:
    """The tables as the extract's CSV files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    return folder
