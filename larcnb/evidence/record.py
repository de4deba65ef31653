"""What the evidence notebook writes down for other readers: counts, levels and propositions, nobody's words.

In: everything :mod:`larcnb.evidence` counts. Out: the content of ``evidence.json`` and ``published.csv``.
"""

from __future__ import annotations

import pandas as pd

from larcnb import codes
from larcnb.evidence.counting import changes_in_cases, domains, participants, themes, voices
from larcnb.evidence.gather import Evidence
from larcnb.evidence.levels import claims
from larcnb.evidence.propositions import propositions
from larcnb.published import as_written


def results(found: Evidence, everyone: pd.DataFrame, outcomes: pd.DataFrame, compared: pd.DataFrame) -> dict:
    """What the notebook writes: ``evidence`` (for evidence.json), and ``published`` where there is anything to compare.

    Parameters
    ----------
    found : Evidence
    everyone : DataFrame
        :func:`larcnb.evidence.levels.rounds`.
    outcomes : DataFrame
        The clean table ``outcomes`` of all authorities.
    compared : DataFrame
        :func:`compare`.

    Returns
    -------
    dict
        No person's own words are in it, whatever the edition.
    """
    record = {
        "round": found.name, "edition": found.edition, "authorities": len(found.authorities),
        "sent_evidence": len(found.sent), "participants_at_least": _total(participants(found)),
        "strands": {strand: _records(themes(found, strand)) for strand in codes.STRAND},
        "domains": _records(domains(found)), "supporting_families": _records(domains(found, "early_help")),
        "perspectives": {strand: _records(voices(found, strand)) for strand in codes.STRAND},
        "propositions": _records(propositions(found)), "impact_levels": _records(claims(found)),
        "rounds": _records(everyone), "changes_in_cases": _records(changes_in_cases(found, outcomes)),
    }  # fmt: skip
    return {"evidence": record} | ({"published": as_written(compared)} if len(compared) else {})


def _total(people: pd.DataFrame) -> dict[str, int]:
    return {"all": int(people.to_numpy().sum())} | {name: int(number) for name, number in people.sum().items()}


def _records(frame: pd.DataFrame) -> list[dict]:
    """Rows as JSON can hold them: a blank is null."""
    return [
        {name: None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.astype(object).to_dict("records")
    ]
