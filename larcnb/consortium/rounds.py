"""A consortium notebook's first and last cell: open a round, with the results of all its authorities.

In: a round's name. Out: :class:`Round`, which pools what each authority's notebooks wrote, an ``authority``
column in front, and writes to ``data/processed/consortium/<round>/``. What needs an authority's own prices asks each
ledger in turn (:meth:`Round.by_authority`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from larcnb import basis, codes, costing, parameters, params, schema
from larcnb.errors import LarcError
from larcnb.library import Library, load_library
from larcnb.params import Assumptions, Authority
from larcnb.returns.files import own_costs
from larcnb.root import Root
from larcnb.safety import install_safe_errors
from larcnb.show import Context, listed
from larcnb.workbook import Completion, is_cleaned, is_priced, notebooks_root, write_results

MONEY = ("process", "interventions", "inputs")
MONEY += ("avoided_short", "avoided_long", "saving_short", "saving_long")
OWN = "own"
"""An authority's own set among the scenarios of its study."""
SCENARIO = ("inputs", "told_long", *MONEY[-4:], "losses", "years")
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
    what_if: Mapping[str, Any] | None = None
    _kept: dict = field(default_factory=dict, init=False, repr=False, compare=False)

    def _once(self, key: Any, made: Callable[[], Any]) -> Any:
        """What ``made`` gives, worked out when it is first asked for."""
        if key not in self._kept:
            self._kept[key] = made()
        return self._kept[key]

    @property
    def is_what_if(self) -> bool:
        """Whether ``authorities`` have other assumptions than their params; their cases are then priced here."""
        return self.what_if is not None

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
    def names(self) -> dict[str, str]:
        """Slug to name, of all authorities of the round."""
        return {slug: found.name for slug, found in self.authorities.items()}

    @property
    def context(self) -> Context:
        """Whose figures, at whose prices, under which assumptions: for every caption."""
        bases = sorted({a.price_base for a in self.authorities.values()})
        own = "" if self.is_what_if else " with own values"
        presets = sorted({a.preset + own * bool(a.overrides) for a in self.authorities.values()})
        notices = [self.root.notice(slug) for slug in self.authorities]
        terms = {(a.short_years, a.long_years) for a in self.assumptions.values()}
        return Context(
            f"Round {codes.round_label(self.name)}",
            " and ".join(bases),
            " and ".join(presets),
            codes.notice_of(notices),
            next(iter(self.authorities.values())).wording,
            *(terms.pop() if len(terms) == 1 else (None, None)),
            overrides=self.what_if or {},
            what_if=self.is_what_if,
        )

    @cached_property
    def assumptions(self) -> dict[str, Assumptions]:
        """The assumptions under which each authority's cases were priced."""
        found = self.authorities.items()
        return {slug: params.assumptions_for(self.root, authority) for slug, authority in found}

    @cached_property
    def prices(self) -> pd.DataFrame:
        """Labels and provenance of unit costs at the round's vintage and price base."""
        first = next(iter(self.authorities.values()))
        return self.library.prices(first.vintage, first.price_base)

    def check(self, slug: str, name: str, notebook: str = "") -> None:
        """Refuse an authority's table that was made from other params, prices or (by hand) another return.

        A batch says itself whose last run went wrong, and whose figures are therefore those of an earlier return.

        Raises
        ------
        LarcError
            It names what was made how, and the notebook to run again.
        """
        unpriced = name != "cases" or self.cleaned_will_do or self.is_what_if
        clean = name in schema.RETURN and unpriced
        notebook = notebook or ("01_clean" if clean else "02_price")
        keys = basis.CLEAN if clean else (*basis.PRICED, "return")
        now = self._once(("basis", slug), lambda: self._basis(slug))
        basis.check(self._file(slug, name), now, keys, slug, notebook)

    def is_current(self, slug: str) -> bool:
        """Whether an authority's cases were made from what :meth:`check` finds now."""
        try:
            self.check(slug, "cases")
        except LarcError:
            return False
        return True

    def _basis(self, slug: str) -> dict[str, Any]:
        """What an authority's results would be made from now, under its own params."""
        found = self.everyone.get(slug) or self.authorities[slug]
        own, key = self._library_of(slug), (found.vintage, found.price_base)

        def prices() -> dict[str, str]:
            return basis.prices_of(own.prices(*key), own)

        shared = self._once(key, prices) if own is self.library else prices()
        used, there = params.assumptions_for(self.root, found), not os.environ.get("LARCNB_UNIT")
        return basis.basis_of(self.root, found, used, shared, with_return=there)

    def pooled(self, name: str) -> pd.DataFrame:
        """One table of all authorities received, the authority's slug in the column ``authority``.

        Parameters
        ----------
        name : str
            ``cases``, ``ledger`` or a clean table of DATA.md.
        """
        return pd.concat([self._read(slug, name) for slug in self.received], ignore_index=True)

    def _file(self, slug: str, name: str) -> Path:
        return self.root.processed(slug) / f"{name}.parquet"

    def money(self, of: Collection[str] | None = None) -> pd.DataFrame:
        """The pounds of every case received, read without the rest: quick enough for a page of each authority.

        Parameters
        ----------
        of : collection of str, optional
            Slugs among those received; all of them if not given.

        Returns
        -------
        DataFrame, one row a case
            ``authority``, ``costed`` and the columns :data:`MONEY`, GBP.
        """
        from pyarrow import concat_tables
        from pyarrow.parquet import ParquetFile

        slugs = [slug for slug in self.received if of is None or slug in of]
        if self.is_what_if:
            cases = self.pooled("cases")
            return cases.loc[cases["authority"].isin(slugs), ["authority", "costed", *MONEY]]
        parts = []
        for slug in slugs:
            self.check(slug, "cases")
            file = ParquetFile(self._file(slug, "cases"))
            parts.append(file.read(columns=["costed", *MONEY], use_threads=False))
        frame = concat_tables(parts, promote_options="permissive").to_pandas()
        frame.insert(0, "authority", np.repeat(slugs, [len(part) for part in parts]))
        return frame

    @cached_property
    def shared_ids(self) -> frozenset[str]:
        """Case ids that more than one authority uses; pooled tables put the authority's slug before them."""
        files = [self._file(slug, "cases") for slug in self.received]
        ids = pd.concat([pd.read_parquet(file, columns=["case_id"])["case_id"] for file in files])
        return frozenset(ids[ids.duplicated()])

    def _read(self, slug: str, name: str) -> pd.DataFrame:
        if self.is_what_if and name in ("cases", "ledger"):
            frame = self._once(("what-if", slug), lambda: self._repriced(slug))[name].copy()
        else:
            self.check(slug, name)
            frame = pd.read_parquet(self._file(slug, name))
        if self.shared_ids and "case_id" in frame:
            shared = frame["case_id"].isin(self.shared_ids)
            frame["case_id"] = frame["case_id"].where(~shared, f"{slug}/" + frame["case_id"])
        return _named(frame, slug)

    def _repriced(self, slug: str) -> dict[str, pd.DataFrame]:
        """Ledger and cases of an authority under its what-if, from its clean tables."""
        found, a, tables = self.authorities[slug], self.assumptions[slug], {}
        for name, table in schema.RETURN.items():
            self.check(slug, name)
            tables[name] = pd.read_parquet(self._file(slug, name))[[*table.names, "source_row"]]
        library = self._library_of(slug)
        prices = library.prices(found.vintage, found.price_base)
        ledger = costing.price_return(tables, library, prices, a)
        cases = costing.appraise(tables, library, ledger, prices, a)
        return {"ledger": ledger, "cases": cases}

    def scenarios(self) -> pd.DataFrame:
        """What each preset makes of each authority's cases, as 03_sensitivity found it.

        Returns
        -------
        DataFrame, one row an authority and preset
            ``authority``, ``set``, and the measures of the result ``scenarios`` of sensitivity.parquet (``inputs``,
            ``told_long``, ``avoided_long``, ``saving_long`` in GBP, ``losses``, ``years`` ...); no rows while an
            authority has no study.
        """
        wide = self._study_rows(SCENARIO, ("result", "==", "scenarios"), ("of", "!=", OWN))
        return wide.rename_axis(["authority", "set"]).reset_index()

    def case_results(self, preset: str) -> pd.DataFrame:
        """What a preset makes of each costed case, as 03_sensitivity found it.

        Returns
        -------
        DataFrame, one row a case
            ``authority``, ``case_id``, ``inputs``, ``avoided_long``, ``saving_long`` (GBP); no rows while an authority
            has no study.
        """
        columns = ("inputs", "avoided_long", "saving_long")
        wide = self._study_rows(columns, ("result", "==", "by_case"), ("at", "==", preset))
        return wide.astype(float).rename_axis(["authority", "case_id"]).reset_index()

    def _study_rows(self, measures: Collection[str], *wanted: tuple[str, str, str]) -> pd.DataFrame:
        """Measures of each authority's sensitivity.parquet, by authority and ``of``; none while one has no study."""
        rows = [pd.DataFrame(columns=["authority", "of", "measure", "value"])]
        for slug, path in self._studies("sensitivity").items():
            rows.append(pd.read_parquet(path, filters=list(wanted)).assign(authority=slug))
        long = pd.concat(rows[1:] or rows)
        wide = long.pivot(index=["authority", "of"], columns="measure", values="value")
        return wide.reindex(columns=list(measures))

    def draws(self) -> dict[str, pd.DataFrame]:
        """The results by draw of each authority (draws.parquet), for :func:`larcnb.sensitivity.round_draws`.

        Raises
        ------
        LarcError
            03_sensitivity ran with another number of draws in some: they cannot be added draw by draw.
        """
        frames = {slug: pd.read_parquet(path) for slug, path in self._studies("draws").items()}
        sizes = {slug: len(frame) for slug, frame in frames.items() if len(frame)}
        if len(set(sizes.values())) > 1:
            said = listed(f"{slug} has {n:,} draws" for slug, n in sizes.items())
            raise LarcError(
                f"Simulations cannot be added: {said}. "
                "Run 03_sensitivity of all with one number of draws and one seed."
            )
        return frames

    def _studies(self, name: str) -> dict[str, Path]:
        """A file of each authority's study; empty while any has none."""
        paths = {slug: self._file(slug, name) for slug in self.received}
        if not all(path.is_file() for path in paths.values()):
            return {}
        for slug in paths:
            self.check(slug, name, "03_sensitivity")
        return paths

    @cached_property
    def judged(self) -> pd.DataFrame:
        """The futures that count in the families' stories, costed or not: accepted, and likely enough.

        Returns
        -------
        DataFrame, one row a case and future
            Columns of :func:`larcnb.costing.judge`, ``authority`` and ``chance`` (that it would have come without the
            help, 0 to 1, under the authority's assumptions; blank where those have no rate for it).
        """
        cases, parts = self.tables["cases"].assign(costed="yes"), []
        for slug in self.received:
            told, agreed, of = (
                frame[frame["authority"] == slug].drop(columns="authority")
                for frame in (self.tables["futures"], self.tables["moderation"], cases)
            )
            a = self.assumptions[slug]
            judged = {"futures": told, "moderation": agreed, "cases": of}
            counted = costing.judge(judged, a.accept_at).query("why_not == ''")
            chance = costing.chances(counted, self.library.effects, a)
            parts.append(counted.assign(authority=slug, chance=chance))
        return pd.concat(parts, ignore_index=True)

    def _library_of(self, slug: str) -> Library:
        """The national library, with the authority's own unit costs where it has some."""
        of = self.everyone.get(slug) or self.authorities[slug]
        has_own = of.local_costs == "yes" or own_costs(self.root.raw(slug))
        return load_library(self.root, of) if has_own else self.library

    def by_authority(self, measure: Measure) -> pd.DataFrame:
        """Ask each authority's ledger in turn, and put the answers below each other.

        Parameters
        ----------
        measure : callable
            ``measure(ledger, prices, assumptions)``, such as :func:`larcnb.costing.by_payer`; ``prices`` at the
            authority's vintage and price base, its own unit costs merged in.

        Returns
        -------
        DataFrame
            ``authority``, then the columns of the answers, their index among them.
        """
        answers = []
        for slug in self.received:
            found = self.authorities[slug]
            prices = self._library_of(slug).prices(found.vintage, found.price_base)
            answer = measure(self._read(slug, "ledger"), prices, self.assumptions[slug])
            answers.append(
                _named(answer.reset_index().drop(columns="index", errors="ignore"), slug)
            )
        return pd.concat(answers, ignore_index=True)

    @cached_property
    def cases_of_all_rounds(self) -> pd.DataFrame:
        """The cases of the round's authorities with results, and of published rounds: ``authority``, money.

        Another round is left out whole while params or prices of one of its authorities were changed and not run.
        """
        there = [slug for slug in self.everyone if is_cleaned(self.root, slug)]
        round_of = {slug: self.everyone[slug].round for slug in there}
        priced = (slug for slug in there if is_priced(self.root, slug))
        old = {round_of[slug] for slug in priced if not self.is_current(slug)}
        frames = []
        for slug in there:
            if slug in self.authorities or round_of[slug] not in old:
                if slug in self.received:
                    self.check(slug, "cases")
                frames.append(pd.read_parquet(self._file(slug, "cases")).assign(authority=slug))
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Every clean table, pooled, read when it is asked for; ``cases`` with its costs."""
        return _Tables(self)

    def finish(self, as_csv: Collection[str] = (), **results: Any) -> Completion:
        """Write results to ``data/processed/consortium/<round>/``; see :meth:`larcnb.workbook.Run.finish`."""
        if self.is_what_if:
            return Completion(self.notebook, self.unit, {}, what_if=True)
        wrote = write_results(self.root.processed(self.unit), results, as_csv)
        return Completion(self.notebook, self.unit, wrote)

    def _repr_html_(self) -> str:
        return self.context._repr_html_()

    def __repr__(self) -> str:
        return f"{self.notebook}\n{self.context}"


class _Tables(dict):
    """The clean tables of a round by name, each read when it is first asked for."""

    def __init__(self, of: Round):
        super().__init__()
        self._of = of

    def __missing__(self, name: str) -> pd.DataFrame:
        if name not in schema.RETURN:
            raise KeyError(name)
        self[name] = self._of.pooled(name)
        return self[name]


def _named(frame: pd.DataFrame, slug: str) -> pd.DataFrame:
    """A frame with its authority's slug in front."""
    frame.insert(0, "authority", pd.Series(slug, index=frame.index, dtype="str"))
    return frame


def open_round(
    notebook: str,
    round_name: str,
    preset: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    *,
    seed: int = 0,
    cleaned_will_do: bool = False,
    added: bool = False,
) -> Round:
    """Open a consortium notebook's run.

    Parameters
    ----------
    notebook : str
        The notebook's name, such as "12_reproduce_larc4".
    round_name : str
        The round, as the authorities' params name it.
    preset, overrides : optional
        A what-if for every authority, as :func:`larcnb.workbook.open_run` takes them: all are priced again from their
        clean tables, and nothing is written.
    seed : int
        The notebook's own, of 0 or more.
    cleaned_will_do : bool
        Take authorities whose return is clean and not priced yet: for what asks for no pounds.
    added : bool
        Pounds are to be added over authorities: refuse those priced at other prices or another vintage.

    Raises
    ------
    LarcError
        A parameter is of the wrong kind or was lost, no authority's params name the round, none of its authorities
        has results yet, or their pounds cannot be added.
    """
    root = notebooks_root()
    install_safe_errors(root.path)
    parameters.text("round_name", round_name, codes.DEFAULT_ROUND)
    parameters.what_if(preset, overrides)
    parameters.whole("seed", seed, 0)
    parameters.check_injected({"preset": preset, "overrides": overrides}, round_name=round_name)
    opened = find_round(root, notebook, round_name, cleaned_will_do, preset, overrides)
    bases = sorted({(found.vintage, found.price_base) for found in opened.authorities.values()})
    if added and len(bases) > 1:
        unlike = ", ".join(f"{vintage} at {base} prices" for vintage, base in bases)
        raise LarcError(
            f"The authorities of round '{round_name}' are priced unlike: {unlike}. Pounds of different years are not "
            "added. Give them one vintage and one price_base in params/."
        )
    return opened


def find_round(
    root: Root,
    notebook: str,
    round_name: str,
    cleaned_will_do: bool = False,
    preset: str | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Round:
    """The round of :func:`open_round`, for a notebook that has been opened already."""
    everyone = params.load_authorities(root, params.list_authorities(root))
    round_of = {slug: found.round or codes.DEFAULT_ROUND for slug, found in everyone.items()}
    # an authority's own round is nobody else's business
    shown = {round_name, *params.published_rounds(root)}
    everyone = {slug: found for slug, found in everyone.items() if round_of[slug] in shown}
    members = {slug: found for slug, found in everyone.items() if round_of[slug] == round_name}
    if not members:
        raise LarcError(f"No authority's params name the round '{round_name}'.")
    what_if = None
    if preset is not None or overrides:
        what_if = dict(overrides or {})
        for slug, found in members.items():
            members[slug] = params.what_if(root, found, preset, what_if)
    library = load_library(root)
    opened = Round(root, round_name, notebook, members, library, everyone, cleaned_will_do, what_if)
    if not opened.received:
        raise LarcError(
            f"No authority of the round '{round_name}' has results yet. Run larcnb batch first."
        )
    return opened


def side_by_side(
    everyone: Mapping[str, Authority], cases: pd.DataFrame, printed: pd.DataFrame
) -> pd.DataFrame:
    """Set the rounds side by side: who took part, how far they said they were, what an episode cost and saved.

    Parameters
    ----------
    everyone : dict of slug to Authority
        All authorities of the root.
    cases : DataFrame
        Pooled over all rounds: ``authority``, ``costed``, ``inputs``, ``saving_long``; GBP at each round's price base.
    printed : DataFrame
        ``national/published/rounds.csv``: ``round``, ``year``, ``authorities``, ``cases``, ``wording``.

    Returns
    -------
    DataFrame, one row a round, in order of year
        ``round``, ``year``, ``authorities``, ``cases`` (as published; those here where nothing was), ``wording`` (of
        the report on impact), ``costed`` (cases here), ``level`` (median impact level claimed here), ``price_base``,
        ``inputs``, ``saving_long`` (medians of the cases here, GBP); blank where there is none.
    """
    of = {slug: found.round for slug, found in everyone.items() if found.round}
    published, rows = printed.set_index("round").to_dict("index"), []
    for name in dict.fromkeys([*printed["round"], *sorted(set(of.values()))]):
        said = published.get(name, {})
        members = [found for found in everyone.values() if found.round == name]
        sent = cases[cases["authority"].map(of) == name]
        priced = sent[sent["costed"] == "yes"]
        bases = " and ".join(sorted({found.price_base for found in members}))
        row = {
            "round": name,
            "year": said.get("year"),
            "authorities": said.get("authorities", len(members)),
            "cases": said.get("cases", len(sent)),
            "wording": said.get("wording", ""),
            "costed": len(priced),
            "level": pd.Series([found.impact_level for found in members], dtype=float).median(),
            "price_base": bases if len(priced) else "",
        }
        rows.append(row | priced[["inputs", "saving_long"]].median().to_dict())
    frame = pd.DataFrame(rows).astype(dict.fromkeys(["year", "authorities", "cases"], "Int64"))
    return frame.sort_values("year", na_position="last", kind="stable").reset_index(drop=True)
