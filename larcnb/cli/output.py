"""What commands say: in UTF-8 whatever the code page, never a condition of the work, never silent for long."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator

SILENCE = 8.0
"""Seconds after which a command says again what it is at."""


class _Output(io.TextIOWrapper):
    """A stream in UTF-8, a line at a time; what cannot be written any more (reader gone, disk full) is left unsaid."""

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError:
            self._give_up()
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError:
            self._give_up()

    def _give_up(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def open_streams() -> None:
    """Prepare the process's standard streams; those that were closed lead nowhere."""
    # Else the first files opened would take the numbers of those that were closed.
    while (lowest := os.open(os.devnull, os.O_RDWR)) < 3:
        pass
    os.close(lowest)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        raw = stream.detach() if stream else open(os.devnull, "wb")  # noqa: SIM115, PTH123 - as long as the process
        new = _Output(raw, encoding="utf-8", errors="backslashreplace", line_buffering=True)
        setattr(sys, name, new)


@contextlib.contextmanager
def saying() -> Iterator[Callable[[str], None]]:
    """Say on standard error what a command is at, as it comes to it, and again where nothing follows for long.

    Yields
    ------
    function of words
        Says them.
    """
    over = threading.Event()
    at, since = "", time.monotonic()

    def say(words: str) -> None:
        nonlocal at, since
        at, since = words, time.monotonic()
        sys.stderr.write(f"{words} ...\n")

    def remind() -> None:
        while not over.wait(SILENCE):
            if at and time.monotonic() - since >= SILENCE:
                sys.stderr.write(f"{at} ... ({time.monotonic() - since:.0f} s)\n")

    thread = threading.Thread(target=remind, daemon=True)
    thread.start()
    try:
        yield say
    finally:
        over.set()
        thread.join()
