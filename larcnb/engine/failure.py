"""What a failed notebook may say: safe words on the screen and in files, the rest in a private log.

In: the exception papermill raised, what the kernel told of the error, the half-run notebook. Out: a
:class:`Failure` that names place and reason without repeating anything of a return, and private files
(readable by their owner only) with the full traceback and the notebook as far as it came.
"""

from __future__ import annotations

import builtins
import errno
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from larcnb.engine.notebook import heading_of
from larcnb.errors import REFUSED

COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
OUR_FAULT = 70
SAFE_ERROR = "UnexpectedError"
"""The name under which :mod:`larcnb.safety` shows an error whose own words may not be kept."""


@dataclass(frozen=True)
class Failure:
    """Why a unit failed, in words that are safe anywhere.

    Parameters
    ----------
    notebook : str
        Such as ``02_price``; empty where it failed outside a notebook.
    cell : int
        The cell's number in the executed notebook, from 1; 0 where none applies.
    heading : str
        The heading above the cell.
    kind : str
        ``refused``, ``error``, ``timeout``, ``killed``, ``ended`` (by exit()), ``memory``, ``disk``, ``incomplete``.
    reason : str
        What went wrong.
    todo : str
        What to do next.
    log : str
        Where the full traceback is, below the root; readable by its owner only.
    exit_code : int
        What ``larcnb run`` returns for it.
    """

    notebook: str
    cell: int
    heading: str
    kind: str
    reason: str
    todo: str = ""
    log: str = ""
    exit_code: int = 1

    def __str__(self) -> str:
        place = f"{self.notebook}, cell {self.cell}" if self.cell else self.notebook
        heading = f" ({self.heading})" if self.heading else ""
        return ": ".join(
            part for part in (f"{place}{heading}", f"{self.reason} {self.todo}".strip()) if part
        )


class Watch:
    """Follows one execution: which cell is running, and what the kernel said of its error."""

    def __init__(self) -> None:
        self.nb: Any = None
        self.number = 0
        self.heading = ""
        self.outputs: list[Any] = []
        self.error: BaseException | None = None
        self.left: tuple[int, str] | None = None
        """The cell that asked the kernel to end, by ``exit()`` or ``quit()``, and its heading."""

    def replied(self, execute_reply: Any, **more: Any) -> None:
        """Look into the kernel's reply to a cell; for nbclient's ``on_cell_executed``."""
        said = (execute_reply or {}).get("content", {}).get("payload") or []
        if any(one.get("source") == "ask_exit" for one in said):
            self.left = self.number, self.heading

    def attach(self, manager: Any) -> None:
        """Hook into papermill's execution manager."""
        start, exception = manager.cell_start, manager.cell_exception
        self.nb = manager.nb

        def on_start(cell: Any, cell_index: int | None = None, **more: Any) -> None:
            self.number = (cell_index or 0) + 1
            self.heading = heading_of(self.nb, cell_index or 0)
            start(cell, cell_index, **more)

        def on_exception(cell: Any, cell_index: int | None = None, **more: Any) -> None:
            self.error = more.get("exception")
            self.outputs = list(cell.get("outputs", []))
            exception(cell, cell_index, **more)

        manager.cell_start, manager.cell_exception = on_start, on_exception


def explain(name: str, watch: Watch, raised: BaseException, timeout: float | None) -> Failure:
    """Say safely why a notebook failed.

    Parameters
    ----------
    name : str
        The notebook.
    watch : Watch
    raised : exception
        What papermill let through.
    timeout : float or None
        The seconds a notebook was given.
    """
    place = (name, watch.number, watch.heading)
    kind = type(raised).__name__
    if watch.left:
        reason = "This cell ends the kernel, by exit() or quit(), and the cells after it may not have run."
        return Failure(
            name,
            *watch.left,
            "ended",
            reason,
            "Take that line out of the notebook.",
            exit_code=OUR_FAULT,
        )
    if kind == "CellTimeoutError":
        reason = (
            f"It was stopped after {timeout:g} seconds."
            if timeout
            else "It was stopped for taking too long."
        )
        return Failure(
            *place, "timeout", reason, "Give it longer with --timeout, or look into the cell."
        )
    if kind == "DeadKernelError":
        return Failure(
            *place,
            "killed",
            "The kernel's process ended in the middle of the cell, and left no reason.",
            "If the machine was short of memory, run fewer at once (--jobs 1); else look into the cell.",
        )
    ename, evalue = str(getattr(watch.error, "ename", "")), str(getattr(watch.error, "evalue", ""))
    if ename == "LarcError":
        return Failure(*place, "refused", COLOUR.sub("", evalue), exit_code=REFUSED)
    if ename == "MemoryError" or isinstance(raised, MemoryError):
        return Failure(
            *place, "memory", "There was not enough memory.", "Run fewer at once: --jobs 1."
        )
    if f"[Errno {errno.ENOSPC}]" in evalue or full_disk(raised):
        return Failure(
            *place, "disk", "The disk is full.", "Make room and run the same command again."
        )
    if safe := _safe_words(watch):
        return Failure(*place, "error", safe, exit_code=OUR_FAULT)
    shown = ename or kind
    known = isinstance(
        getattr(builtins, shown, None), type
    )  # a made-up class may have a telling name
    return Failure(
        *place,
        "error",
        f"An unexpected error{f' ({shown})' if known else ''}.",
        exit_code=OUR_FAULT,
    )


def write_private(folder: Path, stem: str, raised: BaseException, watch: Watch) -> str:
    """Write the full traceback and the half-run notebook where only their owner can read them.

    Returns
    -------
    str
        The log's file name in ``folder``.
    """
    import traceback

    lines = ["".join(traceback.format_exception(raised))]
    if watch.error is not None:
        lines += [f"{getattr(watch.error, 'ename', '')}: {getattr(watch.error, 'evalue', '')}"]
        lines += [str(getattr(watch.error, "traceback", ""))]
    private_file(folder / f"{stem}.log", COLOUR.sub("", "\n".join(lines)) + "\n")
    if watch.nb is not None:
        private_file(folder / f"{stem}.ipynb", json.dumps(watch.nb, indent=1))
    return f"{stem}.log"


def private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for its owner alone; git passes ``private`` over."""
    for part in reversed([folder, *folder.parents]):
        if not part.is_dir():
            part.mkdir(mode=0o700, exist_ok=True)
            if part.name == "private":
                (part / ".gitignore").write_text("*\n", encoding="utf-8")


def private_file(path: Path, text: str) -> None:
    """Add text to a file that its owner alone can read."""
    private_folder(path.parent)
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8"
    ) as stream:
        stream.write(text)


def _safe_words(watch: Watch) -> str:
    """What the workbook's own handler (:mod:`larcnb.safety`) put in the error's place, if it did (the log apart)."""
    told = [output["evalue"] for output in watch.outputs if output.get("ename") == SAFE_ERROR]
    return COLOUR.sub("", told[-1]).partition(" The details are in ")[0] if told else ""


def full_disk(error: BaseException) -> bool:
    """Whether an error means that there is no room on the disk."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
