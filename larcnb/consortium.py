"""A consortium notebook's first and last cell: open a round, with the results of all its authorities.

In: a round's name. Out: :class:`Round`, which pools what each authority's notebooks wrote, an ``authority``
column in front, and writes to ``data/processed/consortium/<round>/``. A ledger of many authorities is never pooled:
:meth:`Round.by_authority` asks each in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from larcnb import codes, params, schema
from larcnb.errors import LarcError
from larcnb.library import Library, load_library
from larcnb.params import Assumptions, Authority
from larcnb.root import Root, find_root
from larcnb.safety import install_safe_errors
from larcnb.tables import Context
from larcnb.workbook import Completion, is_cleaned, is_priced, write_results

MONEY = ("process", "interventions", "inputs", "avoided_short", "avoided_long", "saving_short", "saving_long")
Measure = Callable[[pd.DataFrame, pd.DataFrame, Assumptions], pd.DataFrame]


@dataclass(frozen=True, repr=False)
class Round:
    """One round of the consortium. Its representation names the round and no case."""

    root: Root
    name: str
    notebook: str
    authorities: dict[str, Authority]
    library: Library
    everyone: dict[str, Authority] = field(default_factory=dict, repr=False)
    cleaned_will_do: bool = False

    @property
    def unit(self) -> str:
        """The folder of the results."""
        return f"consortium/{self.name}"

    @cached_property
    def received(self) -> list[str]:
        """The authorities whose results are there, in alphabetical order."""
        there = is_cleaned if self.cleaned_will_do else is_priced
        return [slug for slug in self.authorities if there(self.root, slug)]

    @property
    def missing(self) -> list[str]:
        """The authorities of the round without results."""
        return [slug for slug in self.authorities if slug not in self.received]

    @property
    def context(self) -> Context:
        """Whose figures, at whose prices, under which assumptions: for every caption."""
        bases = sorted({a.price_base for a in self.authorities.values()})
        presets = sorted({a.preset for a in self.authorities.values()})
        notices = [self.root.notice(slug) for slug in self.authorities]
        terms = {(a.short_years, a.long_years) for a in self.assumptions.values()}
        return Context(
            f"Round {self.name}", " and ".join(bases), " and ".join(presets), codes.notice_of(notices),
            next(iter(self.authorities.values())).wording, *(terms.pop() if len(terms) == 1 else (None, None)),
        )  # fmt: skip

    @cached_property
    def assumptions(self) -> dict[str, Assumptions]:
        """The assumptions under which each authority's cases were priced."""
        return {slug: params.assumptions_for(self.root, found) for slug, found in self.authorities.items()}

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
        return pd.concat([self._read(slug, name) for slug in self.received], ignore_index=True)

    def money(self) -> pd.DataFrame:
        """The pounds of every case received, read without the rest: quick enough for a page of each authority.

        Returns
        -------
        DataFrame, one row a case
            ``authority``, ``costed`` and the columns :data:`MONEY`, GBP.
        """
        from pyarrow import concat_tables
        from pyarrow.parquet import ParquetFile

        files = [self.root.processed(slug) / "cases.parquet" for slug in self.received]
        parts = [ParquetFile(path).read(columns=["costed", *MONEY], use_threads=False) for path in files]
        frame = concat_tables(parts, promote_options="permissive").to_pandas()
        frame.insert(0, "authority", np.repeat(self.received, [len(part) for part in parts]))
        return frame

    @cached_property
    def shared_ids(self) -> frozenset[str]:
        """Case ids that more than one authority uses; pooled tables put the authority's slug before them."""
        ids = pd.concat([
            pd.read_parquet(self.root.processed(slug) / "cases.parquet", columns=["case_id"])["case_id"]
            for slug in self.received
        ])  # fmt: skip
        return frozenset(ids[ids.duplicated()])

    def _read(self, slug: str, name: str) -> pd.DataFrame:
        frame = pd.read_parquet(self.root.processed(slug) / f"{name}.parquet")
        if self.shared_ids and "case_id" in frame:
            shared = frame["case_id"].isin(self.shared_ids)
            frame["case_id"] = frame["case_id"].where(~shared, f"{slug}/" + frame["case_id"])
        frame.insert(0, "authority", pd.Series(slug, index=frame.index, dtype="str"))
        return frame

    def by_authority(self, *measures: Measure) -> tuple[pd.DataFrame, ...]:
        """Ask each authority's ledger in turn, and put the answers below each other.

        Parameters
        ----------
        *measures : callable
            ``measure(ledger, prices, assumptions)``, such as :func:`larcnb.costing.by_payer`; ``prices`` at the
            authority's vintage and price base, its own unit costs merged in.

        Returns
        -------
        tuple of DataFrame, one a measure
            ``authority``, then the columns of the answers, their index among them.
        """
        answers: list[list[pd.DataFrame]] = [[] for _ in measures]
        for slug in self.received:
            found = self.authorities[slug]
            own = self.library if not self._has_own_costs(slug) else load_library(self.root, found)
            ledger, prices = self._read(slug, "ledger"), own.prices(found.vintage, found.price_base)
            for measure, below in zip(measures, answers, strict=True):
                answer = measure(ledger, prices, self.assumptions[slug]).reset_index()
                answer = answer.drop(columns="index", errors="ignore")
                answer.insert(0, "authority", pd.Series(slug, index=answer.index, dtype="str"))
                below.append(answer)
        return tuple(pd.concat(below, ignore_index=True) for below in answers)

    def _has_own_costs(self, slug: str) -> bool:
        return any(path.name.strip().lower() == "unit_costs.csv" for path in self.root.raw(slug).glob("*.csv"))

    @cached_property
    def cases_of_all_rounds(self) -> pd.DataFrame:
        """The cases of every authority of the root that has results, of any round: ``authority``, ``costed``, money."""
        frames = [
            pd.read_parquet(self.root.processed(slug) / "cases.parquet").assign(authority=slug)
            for slug in self.everyone
            if is_cleaned(self.root, slug)
        ]
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Every clean table, pooled, read when it is asked for; ``cases`` with its costs."""
        return _Tables(self)

    def finish(self, as_csv: Collection[str] = (), **results: Any) -> Completion:
        """Write results to ``data/processed/consortium/<round>/``; see :meth:`larcnb.workbook.Run.finish`."""
        wrote = write_results(self.root.processed(self.unit), results, as_csv)
        return Completion(self.notebook, self.unit, wrote)

    def _repr_html_(self) -> str:
        return self.context._repr_html_()

    def __repr__(self) -> str:
        return f"{self.notebook}\n{self.context}"


class _Tables(Mapping):
    """The clean tables of a round by name, each read once."""

    def __init__(self, of: Round):
        self._of, self._read = of, {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in schema.RETURN:
            raise KeyError(name)
        if name not in self._read:
            self._read[name] = self._of.pooled(name)
        return self._read[name]

    def __iter__(self):
        return iter(schema.RETURN)

    def __len__(self) -> int:
        return len(schema.RETURN)


def open_round(notebook: str, round_name: str, cleaned_will_do: bool = False) -> Round:
    """Open a consortium notebook's run.

    Parameters
    ----------
    notebook : str
        The notebook's name, such as "12_reproduce_larc4".
    round_name : str
        The round, as the authorities' params name it.
    cleaned_will_do : bool
        Take authorities whose return is clean and not priced yet: for what asks for no pounds.

    Raises
    ------
    LarcError
        No authority's params name the round, or none of its authorities has results yet.
    """
    root = find_root()
    install_safe_errors(root.path / "private" / "logs")
    everyone = params.load_authorities(root, params.list_authorities(root))
    members = {slug: found for slug, found in everyone.items() if (found.round or codes.DEFAULT_ROUND) == round_name}
    if not members:
        raise LarcError(f"No authority's params name the round '{round_name}'.")
    opened = Round(root, round_name, notebook, members, load_library(root), everyone, cleaned_will_do)
    if not opened.received:
        raise LarcError(f"No authority of the round '{round_name}' has results yet. Run larcnb batch first.")
    return opened
