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
SILENCE = 8.0
"""Seconds after which plain lines say that, and what, work goes on."""


class Lines:
    """One plain line for each unit as it ends."""

    total = 0
    at: Mapping[str, str] = {}
    said = math.inf

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def say(self, text: str) -> None:
        """Write a line."""
        self.said = time.monotonic()
        self.stream.write(text + "\n")
        self.stream.flush()

    def begin(self, total: int, words: str) -> None:
        """So many units are to be made, or so many more; ``words`` tell what."""
        self.total = total
        if words:
            self.say(words)

    def note(self, unit: str, word: str) -> None:
        """A unit has come to a notebook; of many units that is shown only where nothing else is."""
        self.at = {**self.at, unit: word}
        if self.total == 1:
            self.say(f"{unit:<24} {word} ...")

    def tick(self) -> None:
        """Called several times a second; after some seconds of silence, say what is being done."""
        if time.monotonic() - self.said > SILENCE:
            doing = ", ".join(f"{unit} at {word}" for unit, word in sorted(self.at.items()))
            self.say(f"still at it: {doing or 'checking returns'} ...")

    def end(self, unit: str, entry: Mapping[str, Any]) -> None:
        """A unit has ended; those that had nothing to do are counted, not listed."""
        self.at = {name: word for name, word in self.at.items() if name != unit}
        if entry["status"] != "unchanged":
            self.say(f"{unit:<24} {WORDS[entry['status']]:<10} {entry['seconds']:6.1f} s")

    def close(self) -> None:
        """The display is not needed any more."""


class Screen(Lines):
    """A bar for the whole batch, and below it what each worker is at; what has failed stays above."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        from rich.console import Console
        from rich.live import Live

        self.console = Console(file=stream, highlight=False, markup=False)
        self.live = Live(console=self.console, auto_refresh=False, transient=True)
        self.running: dict[str, tuple[str, float]] = {}
        self.ended = self.wrong = 0
        self.begun = self.drawn = time.monotonic()

    def say(self, text: str) -> None:
        """Write a line above the display."""
        self.console.print(text, soft_wrap=True)

    def begin(self, total: int, words: str) -> None:
        """So many units are to be made, or so many more: begin to draw."""
        so_far = self.total
        super().begin(total, words)
        self.total = so_far + total
        if total and not self.live.is_started:
            self.live.start()

    def note(self, unit: str, word: str) -> None:
        """A unit has come to a notebook."""
        self.running[unit] = (word, time.monotonic())

    def tick(self) -> None:
        """Draw again, a few times a second."""
        if self.live.is_started and time.monotonic() - self.drawn > 0.2:
            self.drawn = time.monotonic()
            self.live.update(self._picture(), refresh=True)

    def end(self, unit: str, entry: Mapping[str, Any]) -> None:
        """A unit has ended; only what went wrong is kept on the screen."""
        self.running.pop(unit, None)
        if entry["status"] != "unchanged":
            self.ended += 1
        if entry["status"] in ("refused", "failed"):
            self.wrong += 1
            super().end(unit, entry)

    def close(self) -> None:
        """Take the display away."""
        if self.live.is_started:
            self.live.stop()

    def _picture(self) -> Any:
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        now = time.monotonic()
        table = Table.grid(padding=(0, 2))
        left = (now - self.begun) / self.ended * (self.total - self.ended) if self.ended else 0
        counts = f"{self.ended} of {self.total}" + (
            f", {self.wrong} not good" if self.wrong else ""
        )
        more = f"about {left:.0f} s more" if left else ""
        table.add_row(
            ProgressBar(max(self.total, 1), min(self.ended, self.total), width=30), counts, more
        )
        for unit, (word, since) in sorted(self.running.items()):
            table.add_row(f"  {unit}", word, f"{now - since:.0f} s")
        if not self.running:
            table.add_row("  checking returns", "", f"{now - self.begun:.0f} s")
        return table


def display(stream: TextIO) -> Lines:
    """A moving display on a terminal that can show one; plain lines anywhere else."""
    moving = stream.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")
    return Screen(stream) if moving else Lines(stream)


def summary(run: Mapping[str, Any], covered: list[str], root: Root) -> list[str]:
    """The last screen: how many of what, then each failure with its place, reason and what to do.

    Parameters
    ----------
    run : dict
        The content of ``run.json``.
    covered : list of str
        The units of this batch.
    root : Root
        Named as the command named it.
    """
    entries = {unit: run["units"][unit] for unit in covered if unit in run["units"]}
    counts = [
        f"{number} {WORDS[status]}"
        for status in WORDS
        if (number := sum(entry["status"] == status for entry in entries.values()))
    ]
    lines = [f"{', '.join(counts) or 'Nothing to do'} in {run['seconds']:.0f} s."]
    for unit, entry in entries.items():
        if entry["status"] not in ("refused", "failed"):
            continue
        place = f", {entry['place']}" if entry.get("place") else ""
        heading = f" ({entry['heading']})" if entry.get("heading") else ""
        lines += ["", f"{unit}{place}{heading}: {entry.get('reason', '')}"]
        if entry.get("todo"):
            lines.append(f"  Next: {root.typed(entry['todo'])}")
        if entry.get("log"):
            lines.append(f"  Details: {root.said(entry['log'])}")
        if entry.get("earlier"):
            lines.append(
                "  Its pages, and its figures in those of the round, are of its last good run."
            )
    return lines
