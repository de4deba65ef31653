"""What a notebook shows of an error: in somebody's own session all of it, in a batch only what is safe to keep.

In: whatever a cell raises. Out: for a :class:`~larcnb.errors.LarcError` its own words, anywhere. Anything else is
Python's own message where a person runs the cell; in a batch it is "an unexpected error", and the full traceback goes
to a private log that is never published or committed. pandas puts the offending cell into its messages, and the
notebook of a batch keeps what it is shown.
"""

from __future__ import annotations

import builtins
import os
import sys
import traceback
from pathlib import Path

from larcnb.errors import LarcError

LOG_VARIABLE = "LARCNB_PRIVATE_LOG"


class UnexpectedError(Exception):
    """Stands in a notebook for an error whose own words might repeat a family's data."""


def install_safe_errors(root: Path) -> None:
    """Have the running IPython show errors as this module says; does nothing outside IPython.

    Parameters
    ----------
    root : Path
        The root's folder: in a batch (``LARCNB_UNIT``), below its ``private/logs`` or in the file that
        ``LARCNB_PRIVATE_LOG`` names is the log.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if os.environ.get("LARCNB_UNIT"):
        os.environ.setdefault(LOG_VARIABLE, str(root / "private" / "logs" / "notebook.log"))
        os.environ.setdefault("LARCNB_ROOT", str(root))
    if shell is not None:
        shell.set_custom_exc((Exception if os.environ.get("LARCNB_UNIT") else LarcError,), _show)


def _show(shell, kind, value, trace, tb_offset=None):
    if isinstance(value, LarcError):
        words = str(value)
    else:
        words = unexpected(value, trace)
        value.args = (words,)  # the kernel's reply repeats the arguments to its client
        kind, value = UnexpectedError, UnexpectedError(words)
    shell._showtraceback(kind, value, [words])
    return [words]


def unexpected(error: BaseException, trace=None) -> str:
    """The words that may be kept for an error nobody foresaw; logs the rest privately.

    The error's type is said if it is one of Python's own: a made-up class may have a telling name.
    """
    full = "".join(traceback.format_exception(type(error), error, trace or error.__traceback__))
    known = getattr(builtins, type(error).__name__, None) is type(error)
    words = f"An unexpected error{f' ({type(error).__name__})' if known else ''}."
    log = Path(os.environ.get(LOG_VARIABLE) or "private/logs/notebook.log")
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        private = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(private, "a", encoding="utf-8") as file:
            file.write(f"{full}\n")
    except OSError:
        return words
    root, place = Path(os.environ.get("LARCNB_ROOT") or ".").resolve(), log.resolve()
    said = place.relative_to(root).as_posix() if place.is_relative_to(root) else log.name
    return f"{words} The details are in {said}."
