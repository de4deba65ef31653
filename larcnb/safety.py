"""What a notebook shows of an error: in somebody's own session all of it, in a batch only what is safe to keep.

In: whatever a cell raises. Out: for a :class:`~larcnb.errors.LarcError` its own words, anywhere. Anything else is
Python's own message where a person runs the cell; in a batch it is "an unexpected error", and the full traceback goes
to ``private/logs/``, never published or committed. pandas puts the offending cell into its messages, and the
notebook of a batch keeps what it is shown.
"""

from __future__ import annotations

import builtins
import os
import sys
import traceback
from pathlib import Path

from larcnb.errors import LarcError
from larcnb.files import private_file

LOG_VARIABLE = "LARCNB_PRIVATE_LOG"


class UnexpectedError(Exception):
    """Stands in a notebook for an error whose own words might repeat a family's data."""


def install_safe_errors(root: Path) -> None:
    """Have the running IPython show errors as this module says; does nothing outside IPython.

    Parameters
    ----------
    root : Path
        The root's folder: in a batch (``LARCNB_UNIT``), the log is below its ``private/logs`` or the file that
        ``LARCNB_PRIVATE_LOG`` names.
    """

    def show(shell, kind, value, trace, tb_offset=None):
        words = str(value)
        if not isinstance(value, LarcError):
            words = unexpected(value, root)
            value.args = (words,)  # the kernel's reply repeats the arguments to its client
            kind, value = UnexpectedError, UnexpectedError(words)
        shell._showtraceback(kind, value, [words])
        return [words]

    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        shell.set_custom_exc((Exception if os.environ.get("LARCNB_UNIT") else LarcError,), show)


def unexpected(error: BaseException, root: Path, log: str = "notebook.log") -> str:
    """The words that may be kept for an error nobody foresaw; logs the rest privately, in ``private/logs/``.

    The error's type is said if it is one of Python's own: a made-up class may have a telling name.
    """
    known = getattr(builtins, type(error).__name__, None) is type(error)
    words = f"An unexpected error{f' ({type(error).__name__})' if known else ''}."
    path = Path(os.environ.get(LOG_VARIABLE) or root / "private" / "logs" / log)
    try:
        private_file(path, "".join(traceback.format_exception(error)) + "\n")
    except OSError:
        return words
    said = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    return f"{words} The details are in {said}."
