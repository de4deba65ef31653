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


def table(columns: str, *row: str) -> pd.DataFrame:
    """A table with one row, or none."""
    return pd.DataFrame([row] if row else [], columns=columns.split())


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
    lasts = rng.uniform(2, 14, n)

    def day(months, of=slice(None)):
        return (start[of] + pd.to_timedelta(np.round(months * MONTH), "D")).strftime(
            "%Y-%m-%d 00:00:00"
        )

    def shown(days):
        return np.where(days <= f"{UNTIL:%Y-%m-%d} 99", days, "")

    last = f"{UNTIL:%Y-%m-%d}"
    eldest = np.flatnonzero(np.r_[True, np.diff(family) > 0])
    moved_first = move < lasts
    ended = shown(day(np.minimum(lasts, move)))
    reason = np.where(ended == "", "", np.where(moved_first, "Moved out of area", "Outcomes met"))
    later = ~moved_first & (move < 600)
    cin = pd.DataFrame(
        {
            "cine_referral_id": [f"R{at}" for at in np.flatnonzero(later)],
            "cine_person_id": person[eldest[later]],
            "cine_referral_date": day(np.full(later.sum(), -1.0), later),
            "cine_referral_nfa": "N",
            "cine_close_reason": "RC5",
            "cine_close_date": shown(day(move[later], later)),
        }
    )
    taken = (care < move) & (care < grows_up) & (shown(day(care)) != "")
    tables = {
        "ssd_early_help_episodes": pd.DataFrame(
            {
                "earl_episode_id": [f"EH{at}" for at in range(children)],
                "earl_person_id": person,
                "earl_episode_start_date": day(np.zeros(children), family),
                "earl_episode_end_date": ended[family],
                "earl_episode_reason": f"{CANARY} reason",
                "earl_episode_end_reason": reason[family],
                "earl_episode_organisation": f"{CANARY} Hub",
                "earl_episode_worker_id": f"{CANARY} worker",
            }
        ),
        "ssd_family": pd.DataFrame(
            {
                "fami_table_id": np.arange(children),
                "fami_family_id": [f"7{of:06}{CANARY}" for of in family],
                "fami_person_id": person,
            }
        ),
        "ssd_person": pd.DataFrame(
            {
                "pers_person_id": person,
                "pers_forename": f"{CANARY}a",
                "pers_surname": f"{CANARY}b",
                "pers_dob": born.strftime("%Y-%m-%d 00:00:00"),
                "pers_common_child_id": [f"94{at:08}" for at in range(children)],
                "pers_expected_dob": "",
                "pers_death_date": "",
            }
        ),
        "ssd_contacts": table(
            "cont_contact_id cont_person_id cont_contact_date", "C1", person[0], last
        ),
        "ssd_cin_episodes": cin,
        "ssd_assessment_factors": table(
            "cinf_assessment_id cinf_assessment_factors_json", "A1", '["1B", "4A"]'
        ),
        "ssd_cin_assessments": table(
            "cina_assessment_id cina_person_id cina_assessment_start_date", "A1", person[-1], last
        ),
        "ssd_cp_plans": table(
            "cppl_cp_plan_id cppl_person_id cppl_cp_plan_start_date cppl_cp_plan_end_date"
        ),
        "ssd_cla_episodes": pd.DataFrame(
            {
                "clae_cla_episode_id": [f"L{at}" for at in np.flatnonzero(taken)],
                "clae_person_id": person[eldest[taken]],
                "clae_cla_episode_start_date": day(care[taken], taken),
                "clae_cla_episode_ceased_date": "",
            }
        ),
    }
    return tables, grows_up


def write(folder: Path, tables) -> Path:
    """The tables as the extract's CSV files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    return folder
