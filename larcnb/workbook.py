"""A notebook's first and last cell: open a run, and write its results with a completion record.

In: an authority's slug and the notebook's name. Out: :class:`Run`, which holds params, library, clean
tables, ledger and cases as the notebooks before wrote them, and :meth:`Run.finish`, which writes whole
files or none and shows the record that a batch looks for.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from larcnb import costing, params, schema
from larcnb.errors import LarcError
from larcnb.library import Library, load_library
from larcnb.params import Assumptions, Authority, Preset
from larcnb.returns import Return, read_return
from larcnb.root import Root, find_root
from larcnb.safety import install_safe_errors
from larcnb.tables import Context

COMPLETE = "application/vnd.larcnb.complete+json"
PRICED = "saving_long"
"""A column of the cases once 02_price has run."""


@dataclass(frozen=True)
class Completion:
    """The record of a notebook that ran to its end: what it wrote, for whom."""

    notebook: str
    unit: str
    wrote: Mapping[str, str] = field(repr=False)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        record = {"notebook": self.notebook, "unit": self.unit, "wrote": dict(self.wrote)}
        return {"text/plain": str(self), COMPLETE: record}

    def __str__(self) -> str:
        return f"{self.notebook} is complete for {self.unit}: wrote {', '.join(self.wrote) or 'nothing'}."


@dataclass(frozen=True, repr=False)
class Run:
    """One notebook's run for one authority. Its representation names the authority and no case."""

    root: Root
    authority: Authority
    notebook: str
    library: Library
    preset: Preset
    assumptions: Assumptions

    @property
    def unit(self) -> str:
        """The folder of the results: the authority's slug."""
        return self.authority.slug

    @property
    def notice(self) -> str:
        """What every page must say of this data, such as that it is made up; empty for none."""
        return self.root.notice(self.unit)

    @property
    def context(self) -> Context:
        """Whose figures, at whose prices, under which assumptions: for every caption."""
        a = self.assumptions
        preset = a.preset + (" with the authority's own values" if self.authority.overrides else "")
        return Context(
            self.authority.name, self.authority.price_base, preset, self.notice, self.authority.wording,
            a.short_years, a.long_years,
        )  # fmt: skip

    @cached_property
    def prices(self) -> pd.DataFrame:
        """:meth:`larcnb.library.Library.prices` at the authority's vintage and price base."""
        return self.library.prices(self.authority.vintage, self.authority.price_base)

    def read_return(self) -> Return:
        """Read the return with every problem in it; refuses it if any is an error."""
        found = read_return(self.root.raw(self.unit), self.unit, self.library, self.authority.vintage)
        found.check()
        return found

    def trial_ledger(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Price a return just read, to see where its lines go; 02_price does it again for keeps."""
        return costing.price_return(tables, self.library, self.prices, self.assumptions)

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The clean tables, as 01_clean wrote them (02_price adds to ``cases``; what it added is left aside)."""
        return {
            name: self.read(name, "01_clean")[[*table.columns, "source_row"]] for name, table in schema.RETURN.items()
        }

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """The ledger, as 02_price wrote it."""
        return self.read("ledger", "02_price")

    @cached_property
    def cases(self) -> pd.DataFrame:
        """The cases with their costs, as 02_price wrote them."""
        cases = self.read("cases", "02_price")
        if PRICED not in cases:
            raise LarcError(f"The cases of {self.unit} have no costs since 01_clean was run. Run 02_price again.")
        return cases

    @cached_property
    def quality(self) -> list[dict]:
        """The problems of the return, as 01_clean wrote them."""
        return json.loads(self._written("quality.json", "01_clean").read_text("utf-8"))

    def read(self, name: str, written_by: str) -> pd.DataFrame:
        """Read one processed table.

        Raises
        ------
        LarcError
            The notebook that writes it has not run.
        """
        return _read_table(self._written(f"{name}.parquet", written_by))

    def _written(self, file: str, written_by: str) -> Path:
        path = self.root.processed(self.unit) / file
        if not path.is_file():
            raise LarcError(f"There is no {file} for {self.unit} yet. Run {written_by} first.")
        return path

    def finish(self, **results: Any) -> Completion:
        """Write results to ``data/processed/<authority>/``, each whole or not at all.

        Parameters
        ----------
        **results : DataFrame, or dict or list
            Frames become ``<name>.parquet``, the rest ``<name>.json``.

        Returns
        -------
        Completion
            Shows itself as the completion record; the notebook's last output.
        """
        return Completion(self.notebook, self.unit, write_results(self.root.processed(self.unit), results))

    def _repr_html_(self) -> str:
        return self.context._repr_html_()

    def __repr__(self) -> str:
        return f"{self.notebook}\n{self.context}"


def is_cleaned(root: Root, slug: str) -> bool:
    """Whether 01_clean has written an authority's cases."""
    return (root.processed(slug) / "cases.parquet").is_file()


def is_priced(root: Root, slug: str) -> bool:
    """Whether 02_price has been run since 01_clean was: the cases have their savings, and there is a ledger."""
    from pyarrow.parquet import read_schema

    folder = root.processed(slug)
    if not is_cleaned(root, slug) or not (folder / "ledger.parquet").is_file():
        return False
    return PRICED in read_schema(folder / "cases.parquet").names


def open_run(notebook: str, authority: str) -> Run:
    """Open a notebook's run: its authority's params, assumptions and library, all checked.

    Parameters
    ----------
    notebook : str
        The notebook's name, such as "02_price".
    authority : str
        The authority's slug, such as "la-01".

    Raises
    ------
    LarcError
        The params, a preset or a national table break a rule, or the price base has no deflator.
    """
    root = find_root()
    install_safe_errors(root.path / "private" / "logs")
    found = params.load_authority(root, authority)
    library = load_library(root, found)
    wrong = library.check_price_base(found)
    if any(p.severity == "error" for p in wrong):
        raise LarcError("The params cannot be used.", wrong)
    preset = params.load_preset(root, found.preset)
    return Run(root, found, notebook, library, preset, params.assumptions_for(root, found))


def read_ahead() -> None:
    """Read what every notebook of this root reads, so that kernels forked from this process need not."""
    root = find_root()
    load_library(root)
    for name in params.list_presets(root):
        params.load_preset(root, name)
    params.load_authorities(root, params.list_authorities(root))


def _read_table(path: Path) -> pd.DataFrame:
    """Read a table that :func:`write_results` wrote: as pandas does, in two thirds of its time, for there are many."""
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        return file.read(use_threads=False).to_pandas()


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as CSV; many numbers by Arrow, which is faster."""
    if not all(pd.api.types.is_float_dtype(kind) for kind in frame.dtypes):
        frame.to_csv(path, index=False, lineterminator="\n")
        return
    import pyarrow as pa
    from pyarrow import csv

    with path.open("wb") as file:
        file.write((",".join(frame) + "\n").encode("utf-8"))
        csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), file, csv.WriteOptions(include_header=False))


def write_results(folder: Path, results: Mapping[str, Any], as_csv: Collection[str] = ()) -> dict[str, str]:
    """Write frames as Parquet or CSV and the rest as JSON; each file replaces its forerunner in one step.

    Returns
    -------
    dict of file name to SHA-256
    """
    folder.mkdir(parents=True, exist_ok=True)
    wrote = {}
    for name, result in results.items():
        frame = isinstance(result, pd.DataFrame)
        suffix = "csv" if name in as_csv else "parquet" if frame else "json"
        path = folder / f"{name}.{suffix}"
        scratch = path.with_name(f".{path.name}.{os.getpid()}")
        if suffix == "parquet":
            result.to_parquet(scratch, index=False)
        elif suffix == "csv":
            _write_csv(result, scratch)
        else:
            text = json.dumps(result, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
            scratch.write_bytes(text.encode("utf-8"))
        wrote[path.name] = hashlib.sha256(scratch.read_bytes()).hexdigest()
        scratch.replace(path)
    return wrote
