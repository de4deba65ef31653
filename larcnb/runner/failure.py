"""What a failed notebook may say: safe words on the screen and in files, the rest in a private log.

In: the exception that ended a notebook, and what the kernel or the engine told of the error. Out: a
:class:`Failure` that names place and reason without repeating anything of a return, and a private file
(readable by its owner only) with the full traceback.
"""

from __future__ import annotations

import builtins
import errno
import re
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from larcnb.errors import REFUSED
from larcnb.files import private_file

COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
OUR_FAULT = 70
SAFE_ERROR = "UnexpectedError"
"""The name under which :mod:`larcnb.safety` shows an error whose own words may not be kept."""
FULL = ("disk", "The disk is full.", "Make room and run the same command again.")
ENDED = "This cell ends the kernel, by exit() or quit(), and the cells after it may not have run."
GONE = "The process ended in the middle, and left no reason."
IF_MEMORY = (
    "If the machine was short of memory, run fewer at once (--jobs 1); else look into the cell."
)
LONGER = "Give it longer with --timeout, or look into the cell."
LOST = {
    "died": ("killed", GONE, IF_MEMORY, 1),
    "timeout": ("timeout", "It was stopped after {:.0f} seconds.", LONGER, 1),
    "crashed": ("error", "An unexpected error ({}).", "", OUR_FAULT),
}
"""Calls that gave no answer, by the kind of their outcome: kind, reason, what to do and exit code."""
FIXED = {
    "KernelEnded": ("ended", ENDED, "Take that line out of the notebook."),
    "DeadKernelError": ("killed", GONE, IF_MEMORY),
    "MemoryError": ("memory", "There was not enough memory.", "Run fewer at once: --jobs 1."),
}
"""Errors by their name: kind, reason and what to do."""


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
        """The same at a :class:`~larcnb.runner.notebooks.Place`."""
        return replace(self, notebook=place.notebook, cell=place.cell, heading=place.heading)

    def logged(self, log: str) -> Failure:
        """The same with its log."""
        return replace(self, log=log)

    def __str__(self) -> str:
        heading = f" ({self.heading})" if self.heading else ""
        said = f"{self.reason} {self.todo}".strip()
        return f"{self.place}{heading}: {said}" if self.notebook else said


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
    value = said.get("evalue") or words
    if isinstance(raised, Incomplete):
        return Failure("incomplete", str(raised), notebook=place.notebook)
    if name in FIXED:
        failure = Failure(*FIXED[name], exit_code=OUR_FAULT if name == "KernelEnded" else 1)
    elif name == "LarcError":
        failure = Failure("refused", COLOUR.sub("", value), exit_code=REFUSED)
    elif f"[Errno {errno.ENOSPC}]" in value or full_disk(raised):
        failure = Failure(*FULL)
    elif shown == SAFE_ERROR:
        reason = COLOUR.sub("", words).partition(" The details are in ")[0]
        failure = Failure("error", reason, exit_code=OUR_FAULT)
    else:  # a made-up class may have a telling name
        known = f" ({name})" if isinstance(getattr(builtins, name, None), type) else ""
        failure = Failure("error", f"An unexpected error{known}.", exit_code=OUR_FAULT)
    return failure.at(place)


def write_private(folder: Path, stem: str, raised: BaseException) -> str:
    """Write the full traceback where only its owner can read it; gives the file's name in ``folder``."""
    text = "".join(traceback.format_exception(raised))
    private_file(folder / f"{stem}.log", COLOUR.sub("", text) + "\n")
    return f"{stem}.log"


def full_disk(error: BaseException) -> bool:
    """Whether an error means that there is no room on the disk."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
