"""An authority's run: what a notebook reads, what it writes, and what that was made from.

In: an authority's slug and the notebook's name; for a what-if, another preset or other values. Out: :class:`Run`,
which holds params, library, clean tables, ledger and cases as the notebooks before wrote them (a what-if works out
its own from the clean tables), and :meth:`Run.finish`, which writes whole files or none (a what-if: none) and shows
the record that a batch looks for.

Each Parquet file keeps its *basis*: vintage, price base, preset and assumptions in words, and checksums of the return,
the unit costs and the futures library. Whoever reads a table of another notebook asks :func:`check_basis` first, so
that no page shows figures of one price base under the name of another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from larcnb import costing, params, schema, sensitivity
from larcnb.errors import LarcError, did_you_mean
from larcnb.files import digest, hash_folder
from larcnb.library import Library, consistent, futures_of, load_library
from larcnb.notebook import Completion, check_what_if, enter, write_results
from larcnb.params import Assumptions, Authority, Preset
from larcnb.returns import Return, read_return
from larcnb.root import Root
from larcnb.show import Context, say
from larcnb.show.sentences import phrase
from larcnb.show.words import lowered

PRICED = "saving_long"
"""A column of the cases once 02_price has run."""
DRAWS, SEED = 10_000, 2012
"""Monte Carlo draws and their seed, where a notebook names none."""
KEY = b"larcnb"
"""The key of a Parquet file's own metadata."""
CLEAN = ("vintage", "return")
"""What the clean tables rest on."""
NAMED = ("vintage", "price_base", "preset")
PRICED_FROM = (*NAMED, "assumptions", "prices", "futures", "return")
"""What pounds rest on."""


@dataclass(frozen=True, repr=False)
class Run:
    """One notebook's run for one authority. Its representation names the authority and no case.

    ``prices`` is :meth:`larcnb.library.Library.prices` at the authority's vintage and price base. In a what-if
    ``authority`` has its preset and overrides, and ``unit_value`` what was set in place of unit costs (GBP a unit at
    the price base).
    """

    root: Root
    authority: Authority
    notebook: str
    library: Library
    prices: pd.DataFrame
    is_what_if: bool = False
    unit_value: Mapping[str, float] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """The authority's slug: the folder of its return and of its results."""
        return self.authority.slug

    @cached_property
    def preset(self) -> Preset:
        """The set of assumptions that the authority's own values are put on."""
        return params.load_preset(self.root, self.authority.preset)

    @cached_property
    def assumptions(self) -> Assumptions:
        """Every value in force: the preset's, or else the authority's own."""
        return self.preset.assumptions.merged(self.authority.overrides)

    @property
    def context(self) -> Context:
        """Whose figures, at whose prices, under which scenario, of how many cases: for every caption."""
        a, of, labels = self.assumptions, self.authority, self.prices["label"]
        notice = self.root.notice(self.slug)
        prices = {lowered(labels[item]): f"£{gbp:,.10g}" for item, gbp in self.unit_value.items()}
        whose = of.name, of.price_base, a.preset, notice, of.wording
        values = a.short_years, a.long_years, {**of.overrides, **prices}
        return Context(*whose, *values, what_if=self.is_what_if, **self._cases)

    @cached_property
    def _cases(self) -> dict[str, int]:
        """How many cases were costed, and how many came; nothing before 01_clean has said so."""
        path = self.root.processed(self.slug) / "cases.parquet"
        if self.notebook == "01_clean" or not path.is_file():
            return {}
        costed = pd.read_parquet(path, columns=["costed"])["costed"] == "yes"
        return {"cases": int(costed.sum()), "sent": len(costed)}

    def _basis(self, prices: pd.DataFrame) -> dict[str, Any]:
        shared = basis_of_prices(prices, self.library) | basis_of_return(self.root, self.slug)
        return basis_of(self.authority, self.assumptions, shared)

    @cached_property
    def _now(self) -> dict[str, Any]:
        """What results would be made from now, whatever the notebook did to its own prices."""
        return self._basis(self.library.prices(self.authority.vintage, self.authority.price_base))

    def what_if(
        self,
        overrides: Mapping[str, Any] | None = None,
        preset: str | None = None,
        unit_value: Mapping[str, float] | None = None,
    ) -> Run:
        """The same return under other assumptions or prices: a run beside this one, which writes nothing.

        Parameters
        ----------
        overrides : dict of assumption to value, optional
            On top of this run's own, in the forms of :func:`larcnb.params.what_if`.
        preset : str, optional
            In place of this run's preset and its overrides.
        unit_value : dict of item to GBP a unit, optional
            At the price base, as :attr:`prices` has ``unit_value``.

        Returns
        -------
        Run

        Raises
        ------
        LarcError
            An assumption, value, preset or item is not one, or a mapping is none; exit code 2.

        Examples
        --------
        ``run.what_if({"deadweight": 0.3}, unit_value={"looked_after_year": 60_000}).cases["saving_long"].sum()``
        """
        check_what_if(preset, overrides=overrides, unit_value=unit_value)
        of = params.what_if(self.root, self.authority, preset, overrides)
        prices = self.prices.astype({"unit_value": object})
        for item, value in (unit_value or {}).items():
            if item not in prices.index:
                words = f"'{item}' has no unit cost. {did_you_mean(item, prices.index)}"
                raise LarcError(words.strip())
            prices.loc[item, "unit_value"] = value
        consistent(prices)  # refuses what is no amount
        unit_value = {**self.unit_value, **(unit_value or {})}
        other = {"authority": of, "prices": prices.astype({"unit_value": float})}
        changed = replace(self, **other, is_what_if=True, unit_value=unit_value)
        changed.__dict__["tables"] = self.tables  # read and checked once
        return changed

    def read_return(self) -> Return:
        """Read the return with every problem in it; raises as :meth:`larcnb.returns.Return.check` (exit code 3)."""
        folder = self.root.raw(self.slug)
        sent = read_return(folder, self.slug, self.library, self.authority.vintage)
        sent.check()
        return sent

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The clean tables, as 01_clean wrote them (02_price adds to ``cases``; what it added is left aside)."""
        return {
            name: self.read(name, "01_clean")[[*table.names, "source_row"]]
            for name, table in schema.RETURN.items()
        }

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """The ledger, as 02_price wrote it; in a what-if, priced here. Raises as :meth:`read`."""
        if self.is_what_if:
            return costing.price_return(self.tables, self.library, self.prices, self.assumptions)
        return self.read("ledger", "02_price")

    @cached_property
    def cases(self) -> pd.DataFrame:
        """The cases with their costs (:func:`larcnb.costing.appraise`), as 02_price wrote them; in a what-if, added up
        here. Raises as :meth:`read`, and where 01_clean has run since."""
        if self.is_what_if:
            of = self.prices, self.assumptions
            return costing.appraise(self.tables, self.library, self.ledger, *of)
        cases = self.read("cases", "02_price")
        if PRICED not in cases:
            raise LarcError(phrase("no_costs_since", slug=self.slug))
        return cases

    @cached_property
    def sensitivity(self) -> pd.DataFrame:
        """What 03_sensitivity wrote (:func:`larcnb.sensitivity.long_table`); in a what-if, worked out here at the usual
        draws and seed. Raises as :meth:`read`."""
        if self.is_what_if:
            return sensitivity.long_table(sensitivity.open_study(self, DRAWS, SEED))
        return self.read("sensitivity", "03_sensitivity")

    @cached_property
    def quality(self) -> list[dict]:
        """The problems of the return, as 01_clean wrote them."""
        return json.loads(self._written("quality.json", "01_clean").read_text("utf-8"))

    def read(self, name: str, written_by: str) -> pd.DataFrame:
        """Read one processed table, ``name``, that the notebook ``written_by`` writes.

        Returns
        -------
        DataFrame
            Its columns in the data dictionary and docs/explore.md; money in GBP at the authority's price base.

        Raises
        ------
        LarcError
            The notebook that writes it has not run, or ran on another return, other params or other prices.
        """
        chain = [("needs", "01_clean"), ("ledger", "02_price"), (name, written_by)]
        for table, notebook in chain:  # of several that are stale, the first is to be run
            path = self.root.processed(self.slug) / f"{table}.parquet"
            if notebook <= written_by and path.is_file():
                check_basis(path, self._now, self.slug, notebook)
        return pd.read_parquet(self._written(f"{name}.parquet", written_by))

    def _written(self, file: str, written_by: str) -> Path:
        path = self.root.processed(self.slug) / file
        if not path.is_file():
            raise LarcError(f"There is no {file} for {self.slug} yet. Run {written_by} first.")
        return path

    def write_csv(self, folder: str, tables: Mapping[str, pd.DataFrame]) -> None:
        """Write frames as CSV into a folder beside the results, such as ``savi``; in a what-if, nothing."""
        if not self.is_what_if:
            write_results(self.root.processed(self.slug) / folder, tables, as_csv=tables)

    def finish(self, **results: Any) -> Completion:
        """Write results to ``data/processed/<authority>/``, each whole or not at all; in a what-if, nothing.

        Parameters
        ----------
        **results : DataFrame, or dict or list
            Frames become ``<name>.parquet``, which also says what it was made from; the rest ``<name>.json``.

        Returns
        -------
        Completion
            Shows itself as the completion record; the notebook's last output.
        """
        if self.is_what_if:
            return Completion(self.notebook, self.slug, {}, what_if=True)
        made_from = metadata_of(self._basis(self.prices), self.notebook)
        wrote = write_results(self.root.processed(self.slug), results, metadata=made_from)
        return Completion(self.notebook, self.slug, wrote)

    def _repr_html_(self) -> str:
        html = self.context._repr_html_()
        if self.context.cases == 0 and self.tables["cases"].empty:  # all that a page can say
            nothing = phrase("no_cases", name=self.authority.name)
            html += say(nothing, finding=True, last=True)._repr_html_()
        return html

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


def open_run(
    notebook: str,
    authority: str,
    preset: str | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Run:
    """Open a notebook's run: its authority's params, assumptions and library, all checked.

    Parameters
    ----------
    notebook : str
        The notebook's name, such as "02_price".
    authority : str
        The authority's slug, such as "la-01".
    preset : str, optional
        For a what-if: a set of assumptions as it stands, without the authority's own values.
    overrides : dict of assumption to value, optional
        For a what-if: on top of ``preset`` or else of the authority's own set; see :func:`larcnb.params.what_if`.

    Returns
    -------
    Run
        With a preset or overrides a what-if: it works out what it needs from the clean tables, its captions say so,
        and :meth:`Run.finish` writes nothing.

    Raises
    ------
    LarcError
        A parameter is of the wrong kind or was lost; the params, a preset or a national table break a rule; or the
        price base has no deflator (exit code 2); or the authority's own unit costs break a rule (3).
    """
    root = enter(preset, overrides, authority=authority)
    loaded = params.load_authority(root, authority)
    is_what_if = preset is not None or bool(overrides)
    if is_what_if:
        loaded = params.what_if(root, loaded, preset, overrides)
    library = load_library(root, loaded)
    wrong = library.check_price_base(loaded)
    if any(p.severity == "error" for p in wrong):
        raise LarcError("The params cannot be used.", wrong)
    prices = library.prices(loaded.vintage, loaded.price_base)
    run = Run(root, loaded, notebook, library, prices, is_what_if)
    _ = run.assumptions  # a preset that breaks a rule is refused here
    return run


def basis_of_prices(prices: pd.DataFrame, library: Library) -> dict[str, str]:
    """The part of a basis that authorities may share: checksums of unit costs at one price base, and of futures.

    Parameters
    ----------
    prices : DataFrame
        :meth:`larcnb.library.Library.prices` at a vintage and price base, own unit costs merged in.
    library : Library
    """
    said = prices.drop(columns=["source_row", "label", "source", "caution"], errors="ignore")
    futures = futures_of(library.futures, prices["vintage"])
    return {"prices": _checksum(said), "futures": _checksum(futures, library.base_rates)}


def basis_of(authority: Authority, assumptions: Assumptions, prices: Mapping[str, str]) -> dict:
    """What an authority's results would be made from now, beside the return.

    Parameters
    ----------
    authority : Authority
    assumptions : Assumptions
        The preset's with the authority's own values.
    prices : dict
        :func:`basis_of_prices`.
    """
    return {
        "vintage": authority.vintage,
        "price_base": authority.price_base,
        "preset": assumptions.preset,
        "assumptions": json.loads(json.dumps(asdict(assumptions), default=str)),
        **prices,
    }


def basis_of_return(root: Root, slug: str) -> dict[str, str]:
    """The part of a basis that is read from the files of the return: their checksum, own unit costs apart."""
    # by name alone: a cluster's worker has them all in one folder
    files = {Path(name).name: of for name, of in hash_folder(root.raw(slug)).items()}
    own = [name for name in files if name.strip().lower().startswith("unit_costs")]
    return {"return": digest({name: of for name, of in files.items() if name not in own})}


def metadata_of(basis: Mapping[str, Any], notebook: str) -> dict[bytes, bytes]:
    """The metadata to put into a table's file."""
    return {KEY: json.dumps({"notebook": notebook, **basis}, sort_keys=True).encode()}


def check_basis(path: Path, now: Mapping, slug: str, notebook: str) -> None:
    """Refuse a table that was made from something else than is there now.

    Parameters
    ----------
    path : Path
        A table of the authority's results.
    now : dict
        :func:`basis_of`; what it does not have is left aside.
    slug, notebook : str
        Whose results, and the notebook that makes them.

    Raises
    ------
    LarcError
        It names what was made how, and the notebook to run again; exit code 2.
    """
    from pyarrow.parquet import read_schema

    then = json.loads((read_schema(path).metadata or {}).get(KEY, b"{}"))
    again = f"Run {notebook} of {slug} again; larcnb run {slug} runs it and those after it."
    if not then:
        raise LarcError(f"{path.name} of {slug} does not say what it was made from. {again}")
    keys = CLEAN if notebook == "01_clean" else PRICED_FROM
    changed = [key for key in keys if key in now and then.get(key) != now[key]]
    if changed:
        raise LarcError(f"{path.name} of {slug} was made {_how(then, now, changed)}. {again}")


def _how(then: Mapping[str, Any], now: Mapping[str, Any], changed: list[str]) -> str:
    """What a table was made with that is no longer so; another preset's assumptions are not told one by one."""
    values = [(key, then[key], now[key]) for key in NAMED if key in changed]
    if "assumptions" in changed and not values:
        old = then["assumptions"]
        values = [(name, old.get(name), value) for name, value in now["assumptions"].items()]
    said = [f"with {name} {was} (now {value})" for name, was, value in values if was != value]
    rest = (key for key in changed if key not in (*NAMED, "assumptions"))
    return ", ".join([*said, *(phrase(f"made_{key}") for key in rest)])


def _checksum(*frames: pd.DataFrame) -> str:
    said = "\n".join(frame.to_csv(lineterminator="\n") for frame in frames)
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()
