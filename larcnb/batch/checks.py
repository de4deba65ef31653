"""What a batch checks before any kernel starts, and what a worker's end means.

In: outcomes of the pool. Out: :class:`~larcnb.engine.failure.Failure` in safe words, or nothing where all is well.
The checks of returns and national tables belong to the analysis and are handed in as functions.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from larcnb.batch.pool import Outcome
from larcnb.engine.failure import Failure
from larcnb.errors import REFUSED, USAGE, LarcError, Problem
from larcnb.root import Root

MOST_LISTED = 20
ROOM_BYTES, ROOM_BYTES_UNIT = 20_000_000, 3_000_000


@dataclass(frozen=True)
class Checks:
    """What the analysis checks: functions that a worker process can import.

    Parameters
    ----------
    national : function of (root folder, note)
        Raises :class:`LarcError` where a national table breaks a rule.
    authority : function of (root folder, slug, note)
        The problems of an authority's return, warnings among them.
    """

    national: Callable[[Path, Any], None]
    authority: Callable[[Path, str, Any], list[Problem]]


def check_room(root: Root, units: int) -> None:
    """See that the disk has room for the outputs of so many units.

    Raises
    ------
    LarcError
        It has not; exit code 2.
    """
    free = shutil.disk_usage(root.reports).free
    need = ROOM_BYTES + ROOM_BYTES_UNIT * units
    if free < need:
        raise LarcError(
            f"There are {free // 1_000_000} MB free on the disk and {need // 1_000_000} MB may be needed. "
            "Make room, or run fewer authorities at a time.",
            exit_code=USAGE,
        )


def refusal(outcome: Outcome) -> Failure | None:
    """The failure a check of a return amounts to, if it does."""
    if outcome.kind == "done":
        errors = [problem for problem in outcome.value if problem.severity == "error"]
        if not errors:
            return None
        listed = [f"its return has {len(errors)} error(s).", *map(str, errors[:MOST_LISTED])]
        if len(errors) > MOST_LISTED:
            listed.append(f"and {len(errors) - MOST_LISTED} more.")
        todo = f"larcnb check {outcome.key}"
        return Failure("", 0, "", "refused", "\n  ".join(listed), todo, exit_code=REFUSED)
    if outcome.kind == "refused":
        return Failure(
            "",
            0,
            "",
            "refused",
            str(outcome.value),
            f"larcnb check {outcome.key}",
            exit_code=outcome.value.exit_code,
        )
    reason = {
        "died": "Reading its return ended the worker.",
        "timeout": "Reading its return took too long.",
    }
    log = outcome.value[2] if outcome.kind == "crashed" else ""
    words = (
        reason.get(outcome.kind)
        or f"An unexpected error while its return was read ({outcome.value[0]})."
    )
    return Failure("", 0, "", "error", words, "", log, 70)


def lost(outcome: Outcome) -> Failure:
    """Why a unit came to nothing whose worker gave no proper answer."""
    if outcome.kind == "timeout":
        reason, todo = (
            f"It was stopped after {outcome.value:.0f} seconds.",
            "Give it longer with --timeout.",
        )
        return Failure("", 0, "", "timeout", reason, todo)
    if outcome.kind == "died":
        return Failure(
            "", 0, "", "killed", "Its worker process ended unasked.", "Run the same command again."
        )
    if outcome.kind == "refused":
        return Failure("", 0, "", "refused", str(outcome.value), exit_code=outcome.value.exit_code)
    name, _, log = outcome.value
    return Failure("", 0, "", "error", f"An unexpected error ({name}).", "", log, 70)
