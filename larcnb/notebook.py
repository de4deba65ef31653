"""A notebook's first and last cell, whatever it opens: parameters checked, errors safe to keep, results written.

In: what the notebook hands to the function that opens it, and, from the running IPython, what papermill put in after
the parameters cell. Out: the root, or a :class:`~larcnb.errors.LarcError` before anything is read or written; at the
end whole files or none, and :class:`Completion`, the record that a batch looks for. Papermill itself only logs a name
that the parameters cell does not have, and then the cell's own value runs in its place.

What a cell shows of an error: a LarcError's own words, anywhere. Anything else is Python's own message where a person
runs the cell; in a batch it is "an unexpected error", and the full traceback goes to ``private/logs/``, never published
or committed: pandas puts the offending cell into its messages, and the notebook of a batch keeps what it is shown.
"""

import ast
import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from larcnb.errors import LarcError, did_you_mean, unexpected
from larcnb.files import COMPLETE, to_json, write_whole
from larcnb.root import WORKBOOK, Root, find_root
from larcnb.show.sentences import phrase

INJECTED = "# Parameters"
"""The first line of the cell that papermill puts in."""
EXAMPLES = {"authority": "la-01", "round_name": "larc4", "place": "national", "preset": "larc"}
"""A value of each parameter that is a name."""


class UnexpectedError(Exception):
    """Stands in a notebook for an error whose own words might repeat a family's data."""


def enter(preset: Any = None, overrides: Any = None, **opened: Any) -> Root:
    """Find the root of a notebook run from any folder; from here on, errors show as this module says.

    Parameters
    ----------
    preset, overrides : optional
        Of a what-if; they may be left out.
    **opened
        The parameters that say what the notebook opens: ``authority="la-01"``. Each is a name.

    Raises
    ------
    LarcError
        There is no root; a value is of the wrong kind; a name that papermill put in is none of the parameters cell's;
        one of ``opened`` was not put in beside others that were; or the notebook opens another value than was put in.
        Exit code 2.
    """
    try:
        root = find_root()
    except LarcError:
        if os.environ.get("LARCNB_ROOT") or not (WORKBOOK / "data").is_dir():
            raise
        root = find_root(WORKBOOK)
    show_errors_safely(root.path)
    for name, value in opened.items():
        _check_name(name, value)
    check_what_if(preset, overrides=overrides)
    _check_injected({"preset": preset, "overrides": overrides}, opened)
    return root


def running_shell() -> Any:
    """The IPython that runs this cell; None outside of one."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


def _check_name(name: str, value: Any) -> None:
    if not isinstance(value, str) or not value.strip():
        raise LarcError(phrase("not_a_name", name=name, value=repr(value), example=EXAMPLES[name]))


def whole_number(name: str, value: Any, least: int, most: int = 2**53) -> int:
    """The value of a parameter that is a whole number.

    Raises
    ------
    LarcError
        It is not a whole number written as one (10000, not 1e4), or lies outside what is allowed.
    """
    if type(value) is not int or not least <= value <= most:
        ends = {"least": f"{least:,}", "most": f"{most:,}"}
        raise LarcError(phrase("not_whole", name=name, value=repr(value), **ends))
    return value


def check_what_if(preset: Any, **mappings: Any) -> None:
    """See that ``preset`` is a name or None, and ``overrides`` and ``unit_value`` a mapping or None.

    Raises
    ------
    LarcError
        One of them is something else; what a mapping holds is checked with the params.
    """
    if preset is not None:
        _check_name("preset", preset)
    for name, value in mappings.items():
        if value is not None and not isinstance(value, Mapping):
            raise LarcError(f"{name} is {value!r}. {phrase(f'write_{name}')}")


def _check_injected(if_given: Mapping[str, Any], opened: Mapping[str, Any]) -> None:
    """See that what papermill put in reached the notebook: nothing misspelt, and what it opens among it."""
    cells = list(getattr(getattr(running_shell(), "history_manager", None), "input_hist_raw", ()))
    at = max((n for n, cell in enumerate(cells) if cell.startswith(INJECTED)), default=-1)
    if at < 0:
        return
    given = _assigned(cells[at])
    known = opened.keys() | {name for cell in cells[:at] for name in _assigned(cell)}
    if unknown := sorted(given.keys() - known):
        wrong = (f"'{name}' is none of them. {did_you_mean(name, known)}" for name in unknown)
        said = f"The parameters of this notebook are {', '.join(sorted(known))}."
        raise LarcError(" ".join([said, *map(str.strip, wrong)]))
    opens = opened | {name: value for name, value in if_given.items() if name in given}
    for name, value in opens.items():
        if name not in given:
            names = ", ".join(given) or "nothing"
            raise LarcError(phrase("not_given", names=names, name=name, value=value))
        if given[name] is not ... and given[name] != value:
            set_to = {"given": repr(given[name]), "opens": repr(value)}
            raise LarcError(phrase("set_again", name=name, **set_to))


def _assigned(cell: str) -> dict[str, Any]:
    """The names that a cell's lines give values to, with the literal, or ``...`` for what is none."""
    try:
        body = ast.parse(cell).body
    except (SyntaxError, ValueError):
        return {}
    values = {}
    for line in body:
        names = [node for node in ast.walk(line) if isinstance(node, ast.Name)]
        try:
            value = ast.literal_eval(line.value)
        except (ValueError, AttributeError):
            value = ...
        values |= {name.id: value for name in names if isinstance(name.ctx, ast.Store)}
    return values


def show_errors_safely(root: Path) -> None:
    """Have the running IPython show errors as this module says; does nothing outside IPython.

    Parameters
    ----------
    root : Path
        The root's folder: in a batch (``LARCNB_UNIT``), the log is below its ``private/logs`` or the file that
        ``LARCNB_PRIVATE_LOG`` names.
    """
    log = Path(os.environ.get("LARCNB_PRIVATE_LOG") or root / "private" / "logs" / "notebook.log")
    called = log.relative_to(root).as_posix() if log.is_relative_to(root) else log.name

    def show(shell, kind, value, trace, tb_offset=None):
        words = str(value)
        if not isinstance(value, LarcError):
            words = f"{unexpected(value, log)} The details are in {called}."
            value.args = (words,)  # the kernel's reply repeats the arguments to its client
            kind, value = UnexpectedError, UnexpectedError(words)
        shell._showtraceback(kind, value, [words])
        return [words]

    shell = running_shell()
    if shell is not None:
        shell.set_custom_exc((Exception if os.environ.get("LARCNB_UNIT") else LarcError,), show)


@dataclass(frozen=True)
class Completion:
    """The record of a notebook that ran to its end: what it wrote, for whom."""

    notebook: str
    whose: str
    wrote: Mapping[str, str] = field(repr=False)
    what_if: bool = False

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        record = {"notebook": self.notebook, "unit": self.whose, "wrote": dict(self.wrote)}
        return {"text/plain": str(self), COMPLETE: record}

    def __str__(self) -> str:
        wrote = "nothing: a what-if" if self.what_if else ", ".join(self.wrote) or "nothing"
        return f"{self.notebook} is complete for {self.whose}: wrote {wrote}."


def _as_file(frame: pd.DataFrame, suffix: str, metadata: Mapping[bytes, bytes]) -> bytes:
    """A frame as Parquet, or as CSV by Arrow (in a fifth of pandas' time) with text in quotation marks."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    frame = frame.reset_index() if any(frame.index.names) else frame
    table, out = pa.Table.from_pandas(frame, preserve_index=False), pa.BufferOutputStream()
    if suffix == "csv":
        csv.write_csv(table, out, csv.WriteOptions(include_header=False))
        return (",".join(frame) + "\n").encode() + out.getvalue().to_pybytes()
    own = {**(table.schema.metadata or {}), **metadata}
    parquet.write_table(table.replace_schema_metadata(own), out)
    return out.getvalue().to_pybytes()


def write_results(folder: Path, results: Mapping[str, Any], as_csv=(), metadata=None) -> dict:
    """Write results; each file replaces its forerunner in one step.

    Parameters
    ----------
    folder : Path
    results : mapping of name to DataFrame, dict or list
        Frames become Parquet or CSV, an index with a name the first columns; the rest JSON.
    as_csv : collection of str
        The frames to write as CSV.
    metadata : mapping of bytes to bytes, optional
        What goes into each Parquet file.

    Returns
    -------
    dict of file name to SHA-256
    """
    wrote = {}
    for name, result in results.items():
        if isinstance(result, pd.DataFrame):
            suffix = "csv" if name in as_csv else "parquet"
            content = _as_file(result, suffix, metadata or {})
        else:
            suffix, content = "json", to_json(result).encode()
        path = folder / f"{name}.{suffix}"
        write_whole(path, content, durable=False)  # a batch has its results on the disk at the end
        wrote[path.name] = hashlib.sha256(content).hexdigest()
    return wrote
