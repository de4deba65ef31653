"""What a failed notebook may say: safe words on the screen and in files, the rest in a private log.

In: the exception that ended a notebook or a check, and what a cell told of its error. Out: a :class:`Failure` that
names place and reason without repeating anything of a return.
"""

import errno
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from larcnb import errors


@dataclass(frozen=True)
class Place:
    """Where a run is: the notebook, the cell's number from 1 (0 for none yet), and the heading above it."""

    notebook: str = ""
    cell: int = 0
    heading: str = ""

    def __str__(self) -> str:
        cell = f", cell {self.cell}" if self.cell else ""
        heading = f" ({self.heading})" if self.heading else ""
        return self.notebook + cell + heading


@dataclass(eq=False)
class Failure(Exception):
    """Why a job failed, in words that are safe anywhere.

    Parameters
    ----------
    reason, todo : str
        What went wrong, and what to do next.
    exit_code : int
        What ``larcnb run`` returns for it.
    place : Place
    log : str
        The file with the full traceback, in the run's folder of private logs; blank for none.
    """

    reason: str = ""
    todo: str = ""
    exit_code: int = errors.FAILED
    place: Place = Place()
    log: str = ""

    def __str__(self) -> str:
        return ": ".join(filter(None, (str(self.place), f"{self.reason} {self.todo}".strip())))


DIED = Failure(
    "The process ended in the middle, and left no reason.",
    "If the machine was short of memory, run fewer at once (--jobs 1); else look into the cell.",
)
FULL = Failure(errors.DISK_FULL)
LEFT = Failure(
    "This cell ends the notebook, by exit(), quit() or sys.exit(); those after it were not run.",
    "Take that line out of the notebook.",
    errors.OUR_FAULT,
)
MEMORY = Failure("There was not enough memory.", "Run fewer at once: --jobs 1.")
FIXED = {"KernelEnded": LEFT, "SystemExit": LEFT, "DeadKernelError": DIED, "MemoryError": MEMORY}
"""Failures by the name of the error."""


def explain(error: BaseException, log: Path, said: Mapping[str, str], place: Place) -> Failure:
    """Say safely what an error amounts to; the traceback of one nobody foresaw goes to a private log.

    Parameters
    ----------
    error : exception
        What ended a check, or what papermill let through.
    log : Path
        The private log.
    said : dict
        ``ename`` and ``evalue`` of a cell's error; empty where no cell told of one.
    place : Place
        Where it was.
    """
    name = said.get("ename") or getattr(error, "ename", type(error).__name__)
    value = errors.COLOUR.sub("", said.get("evalue") or getattr(error, "evalue", str(error)))
    if name in FIXED:
        failure = FIXED[name]
    elif isinstance(error, Failure):
        failure = error
    elif not said and (refused := errors.user_error(error)):
        failure = Failure(str(refused), exit_code=refused.exit_code)
    elif name == errors.LarcError.__name__:
        failure = Failure(value, exit_code=errors.REFUSED)
    elif f"[Errno {errno.ENOSPC}]" in value:
        failure = FULL
    else:
        words = errors.unexpected(error, log, name)
        failure = Failure(words, exit_code=errors.OUR_FAULT, log=log.name)
    return failure if failure.place.notebook else replace(failure, place=place)
