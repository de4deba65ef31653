"""What the batch says while it runs and at its end.

In: events of the batch. Out: on a terminal one moving display, anywhere else plain lines that a log keeps well.
The last lines name each failure by authority, notebook, cell heading and reason, with the next thing to do.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping
from typing import Any, TextIO

from larcnb.root import Root

WORDS = {
    "done": "done",
    "unchanged": "unchanged",
    "refused": "REFUSED",
    "failed": "FAILED",
    "interrupted": "not done",
    "not run": "not run",
}
WRONG = ("refused", "failed")
SILENCE = 8.0
"""Seconds after which plain lines say that, and what, work goes on."""


class Lines:
    """One plain line for each job as it ends."""

    total = 0
    at: Mapping[str, tuple[str, float]] = {}
    said = math.inf

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def say(self, text: str) -> None:
        """Write a line."""
        self.said = time.monotonic()
        self.stream.write(text + "\n")
        self.stream.flush()

    def begin(self, total: int, words: str) -> None:
        """So many jobs are to be made, or so many more; ``words`` tell what."""
        self.total = total
        if words:
            self.say(words)

    def note(self, job: str, notebook: str) -> None:
        """A job has come to a notebook; of many jobs that is shown only where nothing else is."""
        self.at = {**self.at, job: (notebook, time.monotonic())}
        if self.total == 1:
            self.say(f"{job:<24} {notebook} ...")

    def tick(self) -> None:
        """Called several times a second; after some seconds of silence, say what is being done."""
        if time.monotonic() - self.said > SILENCE:
            doing = [f"{job} at {notebook}" for job, (notebook, _) in sorted(self.at.items())]
            self.say(f"still at it: {', '.join(doing) or 'checking returns'} ...")

    def end(self, job: str, entry: Mapping[str, Any]) -> None:
        """A job has ended; those that had nothing to do are counted, not listed."""
        self.at = {name: at for name, at in self.at.items() if name != job}
        if entry["status"] != "unchanged":
            self.say(f"{job:<24} {WORDS[entry['status']]:<10} {entry['seconds']:6.1f} s")

    def close(self) -> None:
        """The display is not needed any more."""


class Screen(Lines):
    """How many are done and what each process is at, drawn again and again; what has failed stays above."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        from rich.console import Console

        self.console = Console(file=stream, highlight=False, markup=False)
        self.status = self.console.status("checking returns")
        self.sum = self.ended = self.wrong = 0
        self.begun = time.monotonic()

    def say(self, text: str) -> None:
        """Write a line above the display."""
        self.console.print(text, soft_wrap=True)

    def begin(self, total: int, words: str) -> None:
        """So many jobs are to be made, or so many more: begin to draw."""
        super().begin(0, words)
        self.sum += total
        if total:
            self.status.start()

    def tick(self) -> None:
        """Draw again."""
        now = time.monotonic()
        said = f"{self.ended} of {self.sum}"
        said += f", {self.wrong} not good" if self.wrong else ""
        if self.ended:
            left = (now - self.begun) / self.ended * (self.sum - self.ended)
            said += f", about {left:.0f} s more"
        at = self.at or {"checking returns": ("", self.begun)}
        lines = [f"  {job} {book} {now - since:.0f} s" for job, (book, since) in sorted(at.items())]
        self.status.update("\n".join([said, *lines]))

    def end(self, job: str, entry: Mapping[str, Any]) -> None:
        """A job has ended; only what went wrong is kept on the screen."""
        self.ended += entry["status"] != "unchanged"
        self.wrong += entry["status"] in WRONG
        super().end(job, entry if entry["status"] in WRONG else {"status": "unchanged"})

    def close(self) -> None:
        """Take the display away."""
        self.status.stop()


def display(stream: TextIO) -> Lines:
    """A moving display on a terminal that can show one; plain lines anywhere else."""
    moving = stream.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")
    return Screen(stream) if moving else Lines(stream)


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
    counts = [f"{ended.count(status)} {WORDS[status]}" for status in WORDS if status in ended]
    lines = [f"{', '.join(counts) or 'Nothing to do'} in {seconds:.0f} s."]
    for job, entry in entries.items():
        if entry["status"] not in WRONG:
            continue
        place = f", {entry['place']}" if entry.get("place") else ""
        heading = f" ({entry['heading']})" if entry.get("heading") else ""
        lines += ["", f"{job}{place}{heading}: {entry.get('reason', '')}"]
        if entry.get("todo"):
            lines.append(f"  Next: {root.typed(entry['todo'])}")
        if entry.get("log"):
            lines.append(f"  Details: {root.said(entry['log'])}")
        if entry.get("earlier"):
            words = "Its pages, and its figures in those of the round, are of its last good run."
            lines.append(f"  {words}")
    return lines
