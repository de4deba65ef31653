"""What the batch says while it runs and at its end.

In: events of the batch. Out: plain lines that a log keeps well, and below them, on a terminal that can show it, what is
being done. The last lines name each failure by authority, notebook, cell heading and reason, with the next thing to do.
"""

import math
import time
from collections.abc import Mapping
from typing import Any, TextIO

from larcnb.root import Root

STATUS = ("done", "unchanged", "refused", "failed", "not run")
WRONG = ("refused", "failed")
SILENCE = 8.0
"""Seconds after which plain lines say that, and what, work goes on."""


class Lines:
    """One line for each job as it ends; on a terminal, what each process is at, drawn again and again below."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console

        self.console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self.is_drawn = self.console.is_terminal and not self.console.is_dumb_terminal
        self.status = self.console.status("")
        self.total, self.ended, self.last = 0, 0, math.inf
        self.at: dict[str, str] = {}

    def say(self, text: str) -> None:
        """Write a line."""
        self.last = time.monotonic()
        self.console.print(text, soft_wrap=True)

    def begin(self, total: int, words: str) -> None:
        """So many jobs are to be made; ``words`` tell what."""
        self.total, self.ended = total, 0
        if words:
            self.say(words)
        if self.is_drawn and total:
            self.status.start()

    def note(self, job: str, notebook: str) -> None:
        """A job has come to a notebook; of many jobs that is shown only where nothing else is."""
        self.at[job] = notebook
        if self.total == 1:
            self.say(f"{job:<24} {notebook} ...")

    def tick(self) -> None:
        """Called several times a second; in plain lines, after some seconds of silence, say what is being done."""
        doing = [f"{job} at {notebook}" for job, notebook in sorted(self.at.items())]
        words = ", ".join(doing) or "checking returns"
        if self.is_drawn:
            self.status.update(f"{self.ended} of {self.total}: {words}")
        elif time.monotonic() - self.last > SILENCE:
            self.say(f"still at it: {words} ...")

    def end(self, job: str, entry: Mapping[str, Any]) -> None:
        """A job has ended; those that had nothing to do are counted, not listed."""
        self.at.pop(job, None)
        if entry["status"] != "unchanged":
            self.ended += 1
            took = f"{entry['seconds']:6.1f} s" if entry["seconds"] else ""
            self.say(f"{job:<24} {_word(entry['status']):<10} {took}".rstrip())

    def close(self) -> None:
        """Take away what is drawn below the lines."""
        self.status.stop()


def summary(entries: Mapping[str, Mapping[str, Any]], seconds: float, root: Root) -> list[str]:
    """The last screen: how many of what, then each failure with its place, reason and what to do.

    Parameters
    ----------
    entries : dict of job to its entry in ``run.json``
    seconds : float
    root : Root
        Named as the command named it.
    """
    ended = [entry["status"] for entry in entries.values()]
    counts = [f"{ended.count(status)} {_word(status)}" for status in STATUS if status in ended]
    lines = [f"{', '.join(counts) or 'Nothing to do'} in {seconds:.0f} s."]
    for job, entry in sorted(entries.items()):
        if entry["status"] not in WRONG:
            continue
        where = ", ".join(filter(None, (job, entry["place"])))
        lines += ["", f"{where}: {entry['reason']}"]
        if entry["todo"]:
            lines.append(f"  Next: {root.typed(entry['todo'])}")
        if entry["log"]:
            lines.append(f"  Details: {root.said(entry['log'])}")
        if entry["earlier"]:
            lines.append("  Its pages, and its figures in the round's, are of its last good run.")
    return lines


def _word(status: str) -> str:
    return status.upper() if status in WRONG else status
