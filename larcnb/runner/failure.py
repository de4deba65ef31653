"""What a failed notebook may say: safe words on the screen and in files, the rest in a private log.

In: the exception that ended a notebook, and what the kernel or the engine told of the error. Out: a
:class:`Failure` that names place and reason without repeating anything of a return, and a private file
(readable by its owner only) with the full traceback.
"""

from __future__ import annotations

import builtins
import errno
import os
import re
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from larcnb.errors import REFUSED, LarcError, not_permitted
from larcnb.files import private_file

COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
OUR_FAULT = 70
SAFE_ERROR = "UnexpectedError"
"""The name under which :mod:`larcnb.safety` shows an error whose own words may not be kept."""
ENDED = "This cell ends the notebook, by exit(), quit() or sys.exit(); those after it were not run."
GONE = "The process ended in the middle, and left no reason."
IF_MEMORY = (
    "If the machine was short of memory, run fewer at once (--jobs 1); else look into the cell."
)


@dataclass(frozen=True)
class Failure:
    """Why a job failed, in words that are safe anywhere.

    Parameters
    ----------
    kind : str
        ``refused``, ``error``, ``timeout``, ``killed``, ``ended`` (by exit()), ``memory``, ``disk``, ``incomplete``.
    reason, todo : str
        What went wrong, and what to do next.
    notebook, cell, heading : str, int, str
        Where: the notebook such as ``02_price``, the cell's number from 1 and the heading above it; blank or 0
        where none applies.
    log : str
        Where the full traceback is, below the root; readable by its owner only.
    exit_code : int
        What ``larcnb run`` returns for it.
    """

    kind: str
    reason: str
    todo: str = ""
    notebook: str = ""
    cell: int = 0
    heading: str = ""
    log: str = ""
    exit_code: int = 1

    @property
    def place(self) -> str:
        """The notebook and cell."""
        return f"{self.notebook}, cell {self.cell}" if self.cell else self.notebook

    def at(self, place: Any) -> Failure:
        """The same at a :class:`~larcnb.runner.notebooks.Place`; that is None for no place."""
        where = vars(place) if place else {}
        return replace(self, **where)

    def __str__(self) -> str:
        heading = f" ({self.heading})" if self.heading else ""
        said = f"{self.reason} {self.todo}".strip()
        return f"{self.place}{heading}: {said}" if self.notebook else said


LONGER = "Give it longer with --timeout, or look into the cell."
DIED = Failure("killed", GONE, IF_MEMORY)
FULL = Failure("disk", "The disk is full.", "Make room and run the same command again.")
LEFT = Failure("ended", ENDED, "Take that line out of the notebook.", exit_code=OUR_FAULT)
MEMORY = Failure("memory", "There was not enough memory.", "Run fewer at once: --jobs 1.")
FIXED = {"KernelEnded": LEFT, "SystemExit": LEFT, "DeadKernelError": DIED, "MemoryError": MEMORY}
"""Failures by the name of the error."""


class NotebookFailed(Exception):
    """A notebook did not end well; ``failure`` says why in safe words."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(str(failure))


class Incomplete(Exception):
    """The notebook ran through without an error, and yet did not do all it should have."""


def explain(place: Any, said: dict[str, Any], raised: BaseException) -> Failure:
    """Say safely why a notebook failed.

    Parameters
    ----------
    place : Place
        The last cell that was begun.
    said : dict
        ``ename`` and ``evalue`` of a cell's error; empty where no cell told of one.
    raised : exception
        What papermill let through; what a cell showed, if it did.
    """
    shown, words = (str(getattr(raised, name, "")) for name in ("ename", "evalue"))
    name = said.get("ename") or shown or type(raised).__name__
    value = COLOUR.sub("", said.get("evalue") or words)
    if name in FIXED:
        return FIXED[name].at(place)
    if isinstance(raised, Incomplete):
        return Failure("incomplete", str(raised), notebook=place.notebook)
    if name == "LarcError":
        failure = Failure("refused", value, exit_code=REFUSED)
    elif f"[Errno {errno.ENOSPC}]" in value or full_disk(raised):
        failure = FULL
    elif shown == SAFE_ERROR:
        reason = COLOUR.sub("", words).partition(" The details are in ")[0]
        failure = Failure("error", reason, exit_code=OUR_FAULT)
    else:
        failure = _unexpected(name)
    return failure.at(place)


def failure_of(error: Exception, logs: Path) -> Failure:
    """The failure that an error amounts to; one nobody foresaw has its traceback in a private log in ``logs``."""
    if isinstance(error, NotebookFailed):
        return error.failure
    if full_disk(error):
        return FULL
    if isinstance(error, MemoryError):
        return MEMORY
    refused = not_permitted(error) if isinstance(error, PermissionError) else error
    if isinstance(refused, LarcError):
        return Failure("refused", str(refused), exit_code=refused.exit_code)
    log = write_private(logs, f"process-{os.getpid()}", error)
    return replace(_unexpected(type(error).__name__), log=log)


def _unexpected(name: str) -> Failure:
    """An error nobody foresaw, named if it is one of Python's own: a made-up class may have a telling name."""
    known = f" ({name})" if isinstance(getattr(builtins, name, None), type) else ""
    return Failure("error", f"An unexpected error{known}.", exit_code=OUR_FAULT)


def write_private(folder: Path, stem: str, raised: BaseException) -> str:
    """Write the full traceback where only its owner can read it; gives the file's name in ``folder``."""
    text = "".join(traceback.format_exception(raised))
    private_file(folder / f"{stem}.log", COLOUR.sub("", text) + "\n")
    return f"{stem}.log"


def full_disk(error: BaseException) -> bool:
    """Whether an error means that there is no room on the disk."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
