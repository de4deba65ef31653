"""Further suppression: hide more until nothing hidden can be told too closely, or give a table up.

In: a draft and the editions of the past. Out: the draft changed, with how it went (METHOD part 7, rule 8). A nought is
never hidden to protect something; what cannot be made safe is not shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from larcnb.disclosure.audit import CELL, TABLE, audit
from larcnb.disclosure.draft import FURTHER, SHOWN, SMALL, WITHHELD, Draft, Key
from larcnb.disclosure.edition import Edition, in_the_making
from larcnb.disclosure.places import AUTHORITY
from larcnb.disclosure.spec import ALL
from larcnb.disclosure.system import Exposure
from larcnb.errors import WITHHELD as REFUSAL
from larcnb.errors import LarcError

MOST_ROUNDS = 60
TO_PROTECT = "Further cells are hidden to protect others."


@dataclass
class Course:
    """How the audit went: rounds, linear programmes, cells and tables hidden on the way."""

    rounds: int = 0
    programmes: int = 0
    hidden: int = 0
    tables: int = 0


def protect(draft: Draft, past: Sequence[Edition] = ()) -> Course:
    """Audit a draft and hide further cells until the audit finds nothing; changes ``draft``.

    Each exposed figure has pieces of published knowledge that bind it; of the cells among them the one with the fewest
    families is hidden. Where none is left the whole table goes: of that place, then of every place.

    Parameters
    ----------
    draft : Draft
    past : sequence of Edition
        Those with families in common, the oldest first.

    Raises
    ------
    LarcError
        The audit does not come to an end, or the numbers of families themselves give a figure away; exit code 4.
    """
    course, cleared = Course(), set()
    for _ in range(MOST_ROUNDS):
        course.rounds += 1
        found, programmes = audit([*past, in_the_making(draft)], cleared)
        course.programmes += programmes
        if not found:
            return course
        before = dict(draft.status)
        for exposure in found:
            first = _candidates(draft, exposure, before) or _telling(draft, exposure, before)
            if all(draft.status[key] == before[key] for key in first):
                _relieve(draft, exposure, course)
        if draft.status == before:
            break
    raise LarcError(
        "The audit did not come to an end, so nothing may be released.", exit_code=REFUSAL
    )


def _candidates(draft: Draft, exposure: Exposure, status: dict[Key, str]) -> list[Key]:
    """Cells of this edition that bind an exposed figure and were shown, those with fewest families first."""
    keys = [
        tag[2]
        for tag in exposure.binding
        if tag[0] == CELL and tag[1] == 0 and status[tag[2]] == SHOWN
    ]
    return sorted(keys, key=lambda key: (key[2] == ALL, draft.value[key], key))


def _telling(draft: Draft, exposure: Exposure, status: dict[Key, str]) -> list[Key]:
    """Cells of wider places that bind an exposed figure by being known to be small."""
    keys = [
        tag[2]
        for tag in exposure.binding
        if tag[0] == CELL and tag[1] == 0 and status[tag[2]] == SMALL
    ]
    return sorted((key for key in keys if draft.layout.places[key[0]].kind != AUTHORITY), key=str)


def _relieve(draft: Draft, exposure: Exposure, course: Course) -> None:
    """Hide what makes one figure exposed: a cell, a table of a place, or a table everywhere."""
    if keys := _candidates(draft, exposure, draft.status):
        draft.status[keys[0]] = FURTHER
        draft.explain(*keys[0][:2], TO_PROTECT)
        course.hidden += 1
        return
    if telling := _telling(draft, exposure, draft.status):
        draft.status[telling[0]] = WITHHELD
        draft.explain(
            *telling[0][:2],
            "Of a wider place's small figure not even that is said: parts of it would show.",
        )
        course.hidden += 1
        return
    _, _, place, table, *_ = exposure.target.name
    tables = [tag[2] for tag in exposure.binding if tag[0] == TABLE and tag[1] == 0]
    if not tables and place in draft.layout.places and table != "families":
        tables = [(place, table)]
    tables = [at for at in tables if not draft.is_withheld(*at)]
    if tables:
        course.tables += 1
        draft.withhold(*tables[0], "It would give a hidden figure away.")
        return
    if table == "families":
        raise LarcError(
            "The numbers of families alone would give a hidden figure away, so nothing may be released.",
            exit_code=REFUSAL,
        )
    _give_up(draft, table, course)


def _give_up(draft: Draft, table: str, course: Course) -> None:
    for place in [place for place in draft.layout.places if not draft.is_withheld(place, table)]:
        course.tables += 1
        draft.withhold(place, table, "It could not be made safe with further cells hidden.")
