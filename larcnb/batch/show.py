"""What the batch says while it runs and at its end: plain lines that a log keeps well.

In: events of the batch. Out: lines on a stream. The last lines name each failure by authority, notebook, cell
heading and reason, with the next thing to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO

WORDS = {
    "done": "done", "unchanged": "unchanged", "refused": "REFUSED", "failed": "FAILED",
    "interrupted": "not done", "not run": "not run",
}  # fmt: skip


class Lines:
    """One plain line for each unit as it ends."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def say(self, text: str) -> None:
        """Write a line."""
        self.stream.write(text + "\n")
        self.stream.flush()

    def begin(self, total: int, unchanged: int) -> None:
        """Tell how much there is to do."""
        if unchanged:
            self.say(f"{unchanged} unchanged, {total} to run.")

    def note(self, unit: str, word: str) -> None:
        """A unit has come to a notebook; plain lines don't show it."""

    def tick(self) -> None:
        """Called several times a second; plain lines don't move."""

    def end(self, unit: str, entry: Mapping[str, Any]) -> None:
        """A unit has ended."""
        self.say(f"{unit:<24} {WORDS[entry['status']]:<10} {entry['seconds']:6.1f} s")

    def close(self) -> None:
        """The display is not needed any more."""


def summary(run: Mapping[str, Any], covered: list[str]) -> list[str]:
    """The last screen: how many of what, then each failure with its place, reason and what to do.

    Parameters
    ----------
    run : dict
        The content of ``run.json``.
    covered : list of str
        The units of this batch.
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
            lines.append(f"  Next: {entry['todo']}")
        if entry.get("log"):
            lines.append(f"  Details: {entry['log']}")
        if entry.get("earlier"):
            lines.append("  Its pages are those of the last good run.")
    return lines
