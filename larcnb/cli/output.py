"""What commands say: in UTF-8 whatever the code page, never a condition of the work, never silent for long.

In: lines, and what a command raises. Out: words that are safe to show, and an exit code of docs/batch.md.
"""

import functools
import io
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import typer

from larcnb.errors import INTERRUPTED, OUR_FAULT, LarcError, unexpected, user_error
from larcnb.root import find_root

SILENCE = 8.0
"""Seconds after which a command says again what it is at."""
AT: list[str] = []


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
        raw = stream.detach() if stream else open(os.devnull, "wb")  # noqa: SIM115, PTH123
        new = _Output(raw, encoding="utf-8", errors="backslashreplace", line_buffering=True)
        setattr(sys, name, new)


def at(words: str) -> None:
    """Say on standard error what a command is at; :func:`safely` has it said again where nothing follows for long."""
    AT[:] = [words]
    sys.stderr.write(f"{words} ...\n")


def say(*lines: object) -> int:
    """Say lines on standard output; the exit code of a command that has nothing more to do."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def safely(command: Callable[..., int]) -> Callable[..., None]:
    """Turn what a command returns or raises into an exit code, with words that are safe to show."""

    @functools.wraps(command)
    def run(*arguments: object, **options: object) -> None:
        words, code, over = "", 0, threading.Event()
        AT.clear()
        threading.Thread(target=_remind, args=(over,), daemon=True).start()
        try:
            code = command(*arguments, **options)
        except KeyboardInterrupt:
            words, code = "Interrupted.", INTERRUPTED
        except Exception as error:
            if refused := user_error(error):
                words, code = str(refused), refused.exit_code
            else:
                words, code = _logged(error, str(options.get("root", ""))), OUR_FAULT
        finally:
            over.set()
        if words:
            sys.stderr.write(f"{words}\n")
        raise typer.Exit(code)

    return run


def _remind(over: threading.Event) -> None:
    begun = time.monotonic()
    while not over.wait(SILENCE):
        for words in AT:
            sys.stderr.write(f"{words} ... ({time.monotonic() - begun:.0f} s)\n")


def _logged(error: Exception, root: str) -> str:
    """Safe words for a bug; the rest is in a private log of the root, where there is one."""
    log = "private/logs/command.log"
    try:
        where = find_root(root)
    except LarcError:
        return unexpected(error, Path(os.devnull))
    return f"{unexpected(error, where.path / log)} The details are in {where.said(log)}."
