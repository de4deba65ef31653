"""Errors in a notebook that are safe to keep: no family's cell, no machine's path.

In: whatever a cell raises. Out: for a :class:`~larcnb.errors.LarcError` its own words, for anything else a
plain sentence; the full traceback goes to a private log that is never published or committed. pandas
puts the offending cell into its messages, and a notebook keeps what it is shown for ever.
"""

from __future__ import annotations

import hashlib
import os
import sys
import traceback
from pathlib import Path

from larcnb.errors import LarcError

LOG_VARIABLE = "LARCNB_PRIVATE_LOG"


class UnexpectedError(Exception):
    """Stands in a notebook for an error whose own words might repeat a family's data."""


def install_safe_errors(logs: Path) -> None:
    """Have the running IPython show safe words only; does nothing outside IPython.

    Parameters
    ----------
    logs : Path
        The private folder for the full tracebacks; a batch sets its own by ``LARCNB_PRIVATE_LOG``.
    """
    os.environ.setdefault(LOG_VARIABLE, str(logs / "notebook.log"))
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        shell.set_custom_exc((Exception,), _show_safely)


def _show_safely(shell, kind, value, trace, tb_offset=None):
    words = safe_words(value, trace)
    if not isinstance(value, LarcError):
        value.args = (words,)  # the kernel's reply repeats the arguments to its client
        kind = UnexpectedError
    shell._showtraceback(kind, kind(words) if kind is UnexpectedError else value, [words])
    return [words]


def safe_words(error: BaseException, trace=None) -> str:
    """The words that may be shown for an error; logs the rest privately.

    Examples
    --------
    >>> safe_words(LarcError("Run 01_clean first."))
    'Run 01_clean first.'
    """
    if isinstance(error, LarcError):
        return str(error)
    full = "".join(traceback.format_exception(type(error), error, trace or error.__traceback__))
    reference = hashlib.sha256(full.encode("utf-8", "replace")).hexdigest()[:8]
    log = Path(os.environ.get(LOG_VARIABLE) or "private/logs/notebook.log")
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
            file.write(f"reference {reference}\n{full}\n")
    except OSError:
        return f"Something went wrong that is not your mistake ({type(error).__name__}, reference {reference})."
    return (
        f"Something went wrong that is not your mistake ({type(error).__name__}, reference {reference}). "
        "The details are in the private log."
    )
