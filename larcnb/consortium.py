"""A consortium notebook's first and last cell: open a round, with the results of all its authorities.

In: a round's name. Out: :class:`Round`, which pools what each authority's notebooks wrote, an ``authority``
column in front, and writes to ``data/processed/consortium/<round>/``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from larcnb import params, schema
from larcnb.errors import LarcError
from larcnb.library import Library, load_library
from larcnb.params import Authority
from larcnb.root import Root, find_root
from larcnb.safety import install_safe_errors
from larcnb.tables import Context
from larcnb.workbook import Completion, read_notice, write_results


@dataclass(frozen=True, repr=False)
class Round:
    """One round of the consortium. Its representation names the round and no case."""

    root: Root
    name: str
    notebook: str
    authorities: dict[str, Authority]
    library: Library

    @property
    def unit(self) -> str:
        """The folder of the results."""
        return f"consortium/{self.name}"

    @cached_property
    def received(self) -> list[str]:
        """The authorities whose results are there, in alphabetical order."""
        return [slug for slug in self.authorities if (self.root.processed(slug) / "cases.parquet").is_file()]

    @property
    def missing(self) -> list[str]:
        """The authorities of the round without results."""
        return [slug for slug in self.authorities if slug not in self.received]

    @property
    def context(self) -> Context:
        """Whose figures, at whose prices, under which assumptions: for every caption."""
        bases = sorted({a.price_base for a in self.authorities.values()})
        presets = sorted({a.preset for a in self.authorities.values()})
        notices = [read_notice(self.root, slug) for slug in self.authorities]
        return Context(
            f"Round {self.name}", " and ".join(bases), " and ".join(presets), next(filter(None, notices), "")
        )

    @cached_property
    def prices(self) -> pd.DataFrame:
        """Labels and provenance of unit costs at the round's vintage and price base."""
        first = next(iter(self.authorities.values()))
        return self.library.prices(first.vintage, first.price_base)

    def pooled(self, name: str) -> pd.DataFrame:
        """One table of all authorities received, the authority's slug in the column ``authority``.

        Parameters
        ----------
        name : str
            ``cases``, ``ledger`` or a clean table of DATA.md.
        """
        frames = []
        for slug in self.received:
            frame = pd.read_parquet(self.root.processed(slug) / f"{name}.parquet")
            frame.insert(0, "authority", pd.Series(slug, index=frame.index, dtype="str"))
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every clean table, pooled; ``cases`` with its costs."""
        return {name: self.pooled(name) for name in schema.RETURN}

    def finish(self, as_csv: Collection[str] = (), **results: Any) -> Completion:
        """Write results to ``data/processed/consortium/<round>/``; see :meth:`larcnb.workbook.Run.finish`."""
        wrote = write_results(self.root.processed(self.unit), results, as_csv)
        return Completion(self.notebook, self.unit, wrote)

    def _repr_html_(self) -> str:
        return self.context._repr_html_()

    def __repr__(self) -> str:
        return f"{self.notebook}\n{self.context}"


def open_round(notebook: str, round_name: str) -> Round:
    """Open a consortium notebook's run.

    Parameters
    ----------
    notebook : str
        The notebook's name, such as "12_reproduce_larc4".
    round_name : str
        The round, as the authorities' params name it.

    Raises
    ------
    LarcError
        No authority's params name the round, or none of its authorities has results yet.
    """
    root = find_root()
    install_safe_errors(root.path / "private" / "logs")
    everyone = params.load_authorities(root, params.list_authorities(root))
    members = {slug: found for slug, found in everyone.items() if found.round == round_name}
    if not members:
        raise LarcError(f"No authority's params name the round '{round_name}'.")
    opened = Round(root, round_name, notebook, members, load_library(root))
    if not opened.received:
        raise LarcError(f"No authority of the round '{round_name}' has results yet. Run larcnb batch first.")
    return opened
