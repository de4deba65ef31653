"""What a user can put right: problems, each with where, what is wrong and what to do.

In: facts found by the readers, and what was raised. Out: :class:`Problem` records and :class:`LarcError`, the one
exception for a user's mistake. A bug in the workbook keeps its own exception, of which only its kind is ever said.
"""

import builtins
import contextlib
import errno
import re
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from larcnb.files import append_private

FAILED, USAGE, REFUSED, WITHHELD, OUR_FAULT, LOCKED, INTERRUPTED = 1, 2, 3, 4, 70, 75, 130
"""Exit codes of docs/batch.md: some failed; usage, params or a national table; a return; disclosure; a bug; a held
root; Ctrl-C."""
DISK_FULL = "The disk is full. Make room and run the same command again."
MOST_PRINTED = 50
"""Problems an error's text lists, errors first; the object holds them all."""
LEAST_ALIKE = 0.8
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, order=True)
class Problem:
    """One thing found in an input file.

    Parameters
    ----------
    file : str
        The file with its folder, such as ``la-03/futures.csv``; never a path of this machine.
    sheet : str
        The sheet of a workbook; empty for other files.
    row : int
        The row as Excel or a text editor shows it (the header is row 1); 0 where none applies.
    column : str
        The column's name; empty where none applies.
    code : str
        A stable code, such as ``not-a-number``.
    message : str
        What is wrong, in an analyst's words. Never a note, a name or an id that breaks the rules.
    todo : str
        What to do about it.
    severity : "error" or "warning"
        An error refuses the file; a warning is repeated in the findings' data notes.
    cell : str
        The cell as Excel names it, such as ``F14``; empty where none applies.
    """

    file: str
    sheet: str
    row: int
    column: str
    code: str
    message: str
    todo: str = ""
    severity: Literal["error", "warning"] = "error"
    cell: str = ""

    def __str__(self) -> str:
        row, column = ("line", "key") if self.file.endswith(".yaml") else ("row", "column")
        cell = f" ({self.cell})" if self.cell else ""
        parts = [
            self.file,
            self.sheet and f"sheet '{self.sheet}'",
            self.row and f"{row} {self.row}",
            self.column and f"{column} '{self.column}'{cell}",
        ]
        where, said = ", ".join(filter(None, parts)), f"{self.message} {self.todo}".strip()
        return f"{self.severity.upper()} {self.code}  {where}: {said}"


class LarcError(Exception):
    """Something the user can put right; its text is safe to show and to store.

    Parameters
    ----------
    message : str
        One sentence or more, naming no family, note or machine path.
    problems : iterable of Problem
        Every problem found, not only the first.
    exit_code : int
        What the command returns: 2, unless said otherwise, usage, params or a national table; 3 a return; 4 disclosure;
        1 and 75 as :data:`FAILED` and :data:`LOCKED`. Raised by a cell in a batch, it counts as 3.

    Examples
    --------
    >>> error = LarcError("la-03 was refused.", [Problem("la-03/process.csv", "", 14, "hours",
    ...     "not-a-number", "'1.5 hrs' is not a number.", "Write 1.5.")], REFUSED)
    >>> print(error)
    la-03 was refused.
    ERROR not-a-number  la-03/process.csv, row 14, column 'hours': '1.5 hrs' is not a number. Write 1.5.
    """

    def __init__(
        self, message: str, problems: Iterable[Problem] = (), exit_code: int = USAGE
    ) -> None:
        self.message = message
        self.problems = sorted(problems)
        self.exit_code = exit_code
        first = sorted(self.problems, key=lambda problem: problem.severity)[:MOST_PRINTED]
        more = len(self.problems) - len(first)
        rest = [f"and {more:,} more (larcnb check lists all of them)"] if more else []
        super().__init__("\n".join([message, *map(str, first), *rest]))

    def __reduce__(self):
        # Exceptions with more than one argument do not survive a process pool otherwise.
        return type(self), (self.message, self.problems, self.exit_code)


def withheld(words: str) -> LarcError:
    """The error to raise where disclosure control refuses; exit code 4."""
    return LarcError(words, exit_code=WITHHELD)


def not_permitted(error: OSError) -> LarcError:
    """The error for a file that the system would not let us read or write, named by its last two parts.

    Exit code 3 for a file of a return, else 2.

    Examples
    --------
    >>> print(not_permitted(PermissionError(13, "", "/somewhere/data/raw/la-03/cases.csv")).problems[0])
    ERROR no-permission  la-03/cases.csv: It cannot be read. Close it in other programs, or get the right to read it.
    """
    parts = Path(str(error.filename or "")).parts
    is_input = "params" in parts or "raw" in parts  # which nothing here writes over
    verb = "read" if is_input else "written"
    file = "/".join(parts[-2:]) or "A file"
    todo = f"Close it in other programs, or get the right to {'read' if is_input else 'write'} it."
    problem = Problem(file, "", 0, "", "no-permission", f"It cannot be {verb}.", todo)
    code = REFUSED if "raw" in parts and "national" not in parts else USAGE
    return LarcError("The system refused a file.", [problem], code)


def user_error(error: BaseException) -> LarcError | None:
    """The error as one that a user can put right; None for a bug.

    A LarcError stays as it is; a full disk has exit code 1; a file that the system refused is :func:`not_permitted`.

    Examples
    --------
    >>> print(user_error(OSError(errno.ENOSPC, "No space left on device", "/somewhere/data")))
    The disk is full. Make room and run the same command again.
    >>> user_error(KeyError("c1"))
    """
    if isinstance(error, LarcError):
        return error
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return LarcError(DISK_FULL, exit_code=FAILED)
    if isinstance(error, PermissionError) or getattr(error, "errno", 0) == errno.EROFS:
        return not_permitted(error)
    return None


def unexpected(error: BaseException, log: Path, kind: str = "") -> str:
    """The words that may be kept of an error nobody foresaw; all of it goes to a file that its owner alone can read.

    Its kind (where a notebook told of it, the one told) is named if it is Python's own: a made-up one may be telling.
    Where the log cannot be written, nothing is kept.
    """
    kind = kind or type(error).__name__
    known = f" ({kind})" if isinstance(getattr(builtins, kind, None), type) else ""
    with contextlib.suppress(OSError):
        append_private(log, COLOUR.sub("", "".join(traceback.format_exception(error))) + "\n")
    return f"An unexpected error{known}."


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``"Did you mean 'x'?"`` for the known word that a slip of the keys explains, or nothing.

    Each part of the word must begin as its counterpart does and be spelt nearly so: a word with a part more, or with
    a beginning such as *un*, means something else.

    Examples
    --------
    >>> did_you_mean("discont_rate", ["discount_rate", "deadweight"]), did_you_mean("publicpurse", ["public_purse"])
    ("Did you mean 'discount_rate'?", "Did you mean 'public_purse'?")
    >>> did_you_mean("very likely", ["very_unlikely", "highly_likely"]), did_you_mean("not_costed", ["costed"])
    ('', '')
    """
    best = max(known, key=lambda other: _likeness(word, other), default="")
    return f"Did you mean '{best}'?" if _likeness(word, best) else ""


def _likeness(word: str, other: str) -> float:
    """From 0 to 1; 0 where a word cannot be another one mistyped."""
    one, two = (re.findall("[^_ -]+", text.lower()) for text in (word[:80], other))
    if "".join(one) == "".join(two):
        return float(bool(one))
    if len(one) != len(two) or any(a[0] != b[0] for a, b in zip(one, two, strict=True)):
        return 0.0
    least = min(SequenceMatcher(None, a, b).ratio() for a, b in zip(one, two, strict=True))
    return least if least >= LEAST_ALIKE else 0.0
