"""A round: the results of all its authorities, and one authority's beside the others', without names.

In: a round's name. Out: :class:`Round`, which pools what each authority's notebooks wrote, an ``authority``
column in front, and writes to ``data/processed/consortium/<round>/``. What needs an authority's own prices asks its
run in turn (:meth:`Round.run`), the one its own notebooks open. For an authority's own page :class:`Peers`, under
which, as under the names of :func:`combine_small`, no single family's cost shows.
"""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from larcnb import codes, costing, params, schema, workbook
from larcnb.consortium.pooling import across
from larcnb.errors import LarcError
from larcnb.library import Library, load_library
from larcnb.notebook import Completion, enter, whole_number, write_results
from larcnb.params import Authority
from larcnb.returns.files import own_costs
from larcnb.root import Root
from larcnb.sensitivity.scenarios import OWN
from larcnb.show import Context, gbp, listed, plural
from larcnb.show.sentences import phrase
from larcnb.workbook import Run, is_cleaned, is_priced

Frame, Everyone = pd.DataFrame, Mapping[str, Authority]
MONEY = ("process", "interventions", "inputs")
MONEY += ("avoided_short", "avoided_long", "saving_short", "saving_long")
SCENARIO = ("inputs", "told_long", "avoided_long", "saving_long", "years")
LEVELS = tuple(codes.IMPACT_LEVEL)


@dataclass(frozen=True, repr=False, eq=False)
class Round:
    """One round of the consortium. Its representation names the round and no case.

    ``authorities`` are those of the round, in a what-if (``what_if`` is then not None) with its assumptions;
    ``everyone`` those of this and of published rounds, as their params have them.
    """

    root: Root
    name: str
    notebook: str
    authorities: dict[str, Authority]
    everyone: dict[str, Authority]
    library: Library
    allow_unpriced: bool = False
    what_if: Mapping[str, Any] | None = None
    _runs: dict[str, Run] = field(default_factory=dict, init=False)
    _prices: dict[tuple, tuple] = field(default_factory=dict, init=False)

    @property
    def is_what_if(self) -> bool:
        """Whether ``authorities`` have other assumptions than their params; their cases are then priced here."""
        return self.what_if is not None

    @cached_property
    def received(self) -> list[str]:
        """The authorities whose results are there, in alphabetical order."""
        there = is_cleaned if self.allow_unpriced else is_priced
        return [slug for slug in self.authorities if there(self.root, slug)]

    @property
    def missing(self) -> list[str]:
        """The authorities of the round without results."""
        return [slug for slug in self.authorities if slug not in self.received]

    @property
    def names(self) -> dict[str, str]:
        """Slug to name, of all authorities of the round."""
        return {slug: authority.name for slug, authority in self.authorities.items()}

    @cached_property
    def context(self) -> Context:
        """Whose figures, at whose prices, under which assumptions: for every caption."""
        authorities = list(self.authorities.values())
        own = "" if self.is_what_if else " with own values"
        presets = sorted({a.preset + own * bool(a.overrides) for a in authorities})
        used = (params.assumptions_for(self.root, a) for a in authorities)
        terms = {(a.short_years, a.long_years) for a in used}
        return Context(
            f"Round {codes.round_label(self.name)}",
            " and ".join(sorted({a.price_base for a in authorities})),
            " and ".join(presets),
            codes.notice_of([self.root.notice(slug) for slug in self.authorities]),
            authorities[0].wording,
            *(terms.pop() if len(terms) == 1 else (None, None)),
            overrides=self.what_if or {},
            what_if=self.is_what_if,
        )

    @cached_property
    def prices(self) -> pd.DataFrame:
        """Labels and provenance of unit costs at the round's vintage and price base."""
        first = next(iter(self.authorities.values()))
        return self.library.prices(first.vintage, first.price_base)

    def run(self, slug: str) -> Run:
        """An authority's run, under its own params or the round's what-if; what it reads must be of its own params.

        A batch says itself whose last run went wrong, and whose figures are therefore those of an earlier return.
        """
        if slug not in self._runs:
            own, asked = self.everyone[slug], self.authorities[slug]
            has_own = own.local_costs == "yes" or own_costs(self.root.raw(slug))
            library = load_library(self.root, own) if has_own else self.library
            key = own.vintage, own.price_base, slug * bool(has_own)
            if key not in self._prices:
                prices = library.prices(own.vintage, own.price_base)
                self._prices[key] = prices, workbook.basis_of_prices(prices, library)
            prices, checksum = self._prices[key]
            run = Run(self.root, asked, self.notebook, library, prices, self.is_what_if)
            made = run.assumptions if asked is own else params.assumptions_for(self.root, own)
            now = workbook.basis_of(own, made, checksum)
            if not os.environ.get("LARCNB_UNIT"):
                now |= workbook.basis_of_return(self.root, slug)
            run.__dict__["_now"] = now  # in place of what the what-if would be made from
            self._runs[slug] = run
        return self._runs[slug]

    def check(self, slug: str, name: str = "cases", notebook: str = "02_price") -> None:
        """Refuse an authority's table of pounds that was made from other params, prices or (by hand) another return.

        Raises
        ------
        LarcError
            It names what was made how, and the notebook to run again; exit code 2.
        """
        now = self.run(slug).__dict__["_now"]
        workbook.check_basis(self._file(slug, name), now, slug, notebook)

    def is_current(self, slug: str) -> bool:
        """Whether an authority's cases were priced from what :meth:`check` finds now."""
        try:
            self.check(slug)
        except LarcError:
            return False
        return True

    def _file(self, slug: str, name: str) -> Path:
        return self.root.processed(slug) / f"{name}.parquet"

    def pooled(self, name: str) -> pd.DataFrame:
        """One table of all authorities received, the authority's slug in the column ``authority``.

        Parameters
        ----------
        name : str
            ``cases`` (with their costs), ``ledger`` or another clean table of the data dictionary.

        Returns
        -------
        DataFrame
            ``authority`` and the table's columns; a case id that several authorities use has its slug before it.

        Raises
        ------
        LarcError
            As :meth:`larcnb.workbook.Run.read`.
        """
        priced = name in ("cases", "ledger") and not self.allow_unpriced
        runs = {slug: self.run(slug) for slug in self.received}
        kept, by = priced and self.is_what_if, "02_price" if priced else "01_clean"
        # what is read is not kept: a large round's ledgers once are enough
        frames = {s: getattr(run, name) if kept else run.read(name, by) for s, run in runs.items()}
        whole = _stacked(frames)
        if self.shared_ids and "case_id" in whole:
            shared = whole["case_id"].isin(self.shared_ids)
            longer = whole["authority"] + "/" + whole["case_id"]
            whole["case_id"] = whole["case_id"].where(~shared, longer)
        return whole

    @cached_property
    def shared_ids(self) -> frozenset[str]:
        """Case ids that more than one authority uses; pooled tables put the authority's slug before them."""
        files = [self._file(slug, "cases") for slug in self.received]
        ids = pd.concat([pd.read_parquet(file, columns=["case_id"])["case_id"] for file in files])
        return frozenset(ids[ids.duplicated()])

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every clean table, pooled."""
        return {name: self.pooled(name) for name in schema.RETURN}

    def money(self, of: Collection[str]) -> pd.DataFrame:
        """The pounds of every case of some authorities, read without the rest: quick enough for a page of each.

        Parameters
        ----------
        of : collection of str
            Slugs among those received; whether they are current is the caller's to ask.

        Returns
        -------
        DataFrame, one row a case
            ``authority``, ``costed`` and the columns :data:`MONEY`, GBP.
        """
        from pyarrow import concat_tables
        from pyarrow.parquet import ParquetFile

        if self.is_what_if:
            frames = {slug: self.run(slug).cases for slug in of}
            return _stacked(frames)[["authority", "costed", *MONEY]]
        files = [ParquetFile(self._file(slug, "cases")) for slug in of]
        parts = [file.read(columns=["costed", *MONEY], use_threads=False) for file in files]
        frame = concat_tables(parts, promote_options="permissive").to_pandas()
        frame.insert(0, "authority", np.repeat(list(of), [len(part) for part in parts]))
        return frame

    def scenarios(self) -> pd.DataFrame:
        """What each preset makes of each authority's cases, as 03_sensitivity found it.

        Returns
        -------
        DataFrame, one row an authority and preset
            ``authority``, ``set``, ``inputs``, ``told_long``, ``avoided_long``, ``saving_long`` (GBP), ``years``; no
            rows while an authority has no study.
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
        blank = pd.DataFrame(columns=["of", "measure", "value"])
        long = _stacked(self._studies("sensitivity", list(wanted)) or {"": blank})
        wide = long.pivot(index=["authority", "of"], columns="measure", values="value")
        return wide.reindex(columns=list(measures))

    def draws(self) -> dict[str, pd.DataFrame]:
        """The results by draw of each authority (draws.parquet), for :func:`larcnb.sensitivity.round_draws`.

        Returns
        -------
        dict of slug to DataFrame
            :func:`larcnb.sensitivity.by_draw`; empty while an authority has no study.

        Raises
        ------
        LarcError
            03_sensitivity ran with another number of draws in some: they cannot be added draw by draw.
        """
        frames = self._studies("draws")
        sizes = {slug: len(frame) for slug, frame in frames.items() if len(frame)}
        if len(set(sizes.values())) > 1:
            said = listed(f"{slug} has {n:,} draws" for slug, n in sizes.items())
            raise LarcError(phrase("draws_unlike", draws=said))
        return frames

    def _studies(self, name: str, wanted: list | None = None) -> dict[str, pd.DataFrame]:
        """A file of each authority's study; empty while any has none."""
        paths = {slug: self._file(slug, name) for slug in self.received}
        if not all(path.is_file() for path in paths.values()):
            return {}
        for slug in paths:
            self.check(slug, name, "03_sensitivity")
        return {slug: pd.read_parquet(path, filters=wanted) for slug, path in paths.items()}

    @cached_property
    def counted(self) -> pd.DataFrame:
        """The futures that count in the families' stories, costed or not: accepted, and likely enough.

        Returns
        -------
        DataFrame, one row a case and future
            Columns of :func:`larcnb.costing.apply_moderation`, ``authority`` and ``chance`` (that it would have come
            without the help, 0 to 1, under the authority's assumptions; blank where those have no rate for it).
        """
        frames = {}
        for slug in self.received:
            run = self.run(slug)
            of = {name: run.tables[name] for name in ("futures", "moderation")}
            of["cases"] = run.tables["cases"].assign(costed="yes")
            counted = costing.apply_moderation(of, run.assumptions.accept_at).query("why_not == ''")
            chance = costing.chances(counted, self.library.effects, run.assumptions)
            frames[slug] = counted.assign(chance=chance)
        return _stacked(frames)

    @cached_property
    def cases_of_all_rounds(self) -> pd.DataFrame:
        """The cases of the round's authorities with results, and of published rounds: ``authority``, ``costed``."""
        files = {s: self._file(s, "cases") for s in self.everyone if is_cleaned(self.root, s)}
        return _stacked({s: pd.read_parquet(file, columns=["costed"]) for s, file in files.items()})

    def finish(self, as_csv: Collection[str] = (), **results: Any) -> Completion:
        """Write results to ``data/processed/consortium/<round>/``; see :meth:`larcnb.workbook.Run.finish`."""
        slug = f"consortium/{self.name}"
        wrote = {} if self.is_what_if else write_results(self.root.processed(slug), results, as_csv)
        return Completion(self.notebook, slug, wrote, self.is_what_if)

    def _repr_html_(self) -> str:
        return self.context._repr_html_()

    def __repr__(self) -> str:
        return f"{self.notebook}\n{self.context}"


def _stacked(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Frames of several authorities below each other, the slug in front."""
    return pd.concat(frames, names=["authority"]).reset_index("authority").reset_index(drop=True)


def open_round(
    notebook: str,
    round_name: str,
    preset: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    *,
    seed: int = 0,
    allow_unpriced: bool = False,
    same_prices: bool = False,
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
    allow_unpriced : bool
        Take authorities whose return is clean and not priced yet: for what asks for no pounds.
    same_prices : bool
        Pounds are to be added over authorities: refuse those priced at other prices or another vintage.

    Raises
    ------
    LarcError
        A parameter is of the wrong kind or was lost, no authority's params name the round, none of its authorities
        has results yet, or their pounds cannot be added.
    """
    root = enter(preset, overrides, round_name=round_name)
    whole_number("seed", seed, 0)
    opened = find_round(root, notebook, round_name, allow_unpriced, (preset, overrides))
    bases = sorted({(a.vintage, a.price_base) for a in opened.authorities.values()})
    if same_prices and len(bases) > 1:
        unlike = ", ".join(f"{vintage} at {base} prices" for vintage, base in bases)
        raise LarcError(phrase("priced_unlike", round=round_name, unlike=unlike))
    return opened


def find_round(root: Root, notebook: str, name: str, cleaned: bool, asked: tuple) -> Round:
    """The round of :func:`open_round`, for a notebook that has been opened already; raises as that does.

    ``cleaned`` is its ``allow_unpriced``, ``asked`` its preset and overrides.
    """
    everyone = params.load_authorities(root, params.list_authorities(root))
    # an authority's own round is nobody else's business
    shown = {name, *params.published_rounds(root)}
    everyone = {slug: a for slug, a in everyone.items() if a.round_name in shown}
    members = {slug: a for slug, a in everyone.items() if a.round_name == name}
    if not members:
        raise LarcError(f"No authority's params name the round '{name}'.")
    (preset, overrides), what_if = asked, None
    if preset is not None or overrides:
        what_if = dict(overrides or {})
        for slug, authority in members.items():
            members[slug] = params.what_if(root, authority, preset, what_if)
    opened = Round(root, name, notebook, members, everyone, load_library(root), cleaned, what_if)
    if not opened.received:
        raise LarcError(phrase("round_without_results", round=name))
    return opened


def side_by_side(everyone: Everyone, printed: Frame, cases: Frame | None = None) -> Frame:
    """Set the rounds side by side: who took part, how far they said they were, what was costed.

    Parameters
    ----------
    everyone : dict of slug to Authority
        All authorities of the root, of any round.
    printed : DataFrame
        ``national/published/rounds.csv``: ``round``, ``year``, ``authorities``, ``cases``, ``wording``, ``source``.
    cases : DataFrame, optional
        :attr:`Round.cases_of_all_rounds`.

    Returns
    -------
    DataFrame, one row a round, in order of year, then those no study printed
        ``round``, ``year``, ``authorities``, ``cases`` (as published; those here where none was), ``wording`` (of the
        report on impact), ``source``; ``here`` (authorities in this root), ``level_1`` to ``level_4`` and ``none``
        (their number at each impact level); with cases ``sent`` (cases here) and ``costed`` (of these). A round
        that was only published has no authorities here, and none is invented for it.
    """
    said = [(a.round_name, a.impact_level or "none") for a in everyone.values()]
    here = pd.DataFrame(said, index=list(everyone), columns=["round", "level"])
    known = pd.crosstab(here["round"], here["level"]).reindex(columns=[*LEVELS, "none"])
    known = known.set_axis([*(f"level_{n}" for n in LEVELS), "none"], axis=1)
    known.insert(0, "here", known.sum(axis=1))
    counts = list(known)
    if cases is not None:
        its_round = cases["authority"].map(here["round"]).rename("round")
        costed = cases["costed"].eq("yes").groupby(its_round)
        known = known.join(costed.agg(sent="size", costed="sum"))
        counts += ["sent", "costed"]
    frame = printed[["round", "year", "authorities", "cases", "wording", "source"]]
    frame = frame.merge(known, "outer", "round").sort_values(["year", "round"], ignore_index=True)
    frame[counts] = frame[counts].fillna(0).astype("int64")
    new = frame["year"].isna()
    frame["authorities"] = frame["authorities"].mask(new, frame["here"])
    frame["cases"] = frame["cases"].mask(new, frame.get("sent"))
    return frame.astype(dict.fromkeys(["year", "authorities", "cases"], "Int64"))


def combine_small(cases: pd.DataFrame, names: Mapping[str, str]) -> pd.Series:
    """A name for each case's authority under which no single family's cost shows.

    An authority with fewer costed cases than :data:`~larcnb.codes.FEWEST_SHOWN` joins others, so that subtraction from
    the round's total does not show them either: as many as it takes to leave that number of cases without the group's
    largest authority, whose staff know their own. Blank where all of the round together are too few.

    Parameters
    ----------
    cases : DataFrame
        Costed: ``authority``.
    names : dict of slug to name

    Returns
    -------
    Series, one name a row of ``cases``

    Examples
    --------
    >>> cases = pd.DataFrame({"authority": list("aaaabbbbccccd")})
    >>> names = {"a": "Ashby", "b": "Birchley", "c": "Cedarham", "d": "Dellford"}
    >>> combine_small(cases, names).unique().tolist()
    ['Ashby, Birchley and Dellford', 'Cedarham']
    >>> combine_small(pd.DataFrame({"authority": list("aaaaaaaab")}), names).fillna("").unique().tolist()
    ['']
    """
    counts = cases["authority"].value_counts().to_dict()

    def size(group: list[str]) -> tuple[bool, int]:
        of = [counts[slug] for slug in group]
        return sum(of) - max(of) * (len(of) > 1) >= codes.FEWEST_SHOWN, sum(of)

    groups = [[slug] for slug in sorted(counts)]
    while len(groups) > 1 and not all(size(group)[0] for group in groups):
        few, near, *groups = sorted(groups, key=size)
        groups.append(sorted(few + near))
    shown = [group for group in groups if size(group)[0]]
    name = {slug: listed(names[one] for one in slugs) for slugs in shown for slug in slugs}
    return cases["authority"].map(name).astype("str")  # where none is shown too


@dataclass(frozen=True, repr=False)
class Peers:
    """The costed cases of an authority and of the others of its round that are priced alike and may be shown.

    Parameters
    ----------
    run : Run
        The authority's own.
    cases : DataFrame, one row a costed case
        ``authority``, ``costed`` and :data:`MONEY`, GBP at the price base; others only where they costed
        :data:`~larcnb.codes.FEWEST_SHOWN` cases or more.
    taking_part, alike, few : int
        Other authorities of the round; of them here with results priced alike; of these left out for too few cases.
    """

    run: Run
    cases: pd.DataFrame
    taking_part: int
    alike: int
    few: int

    @property
    def context(self) -> Context:
        """Whose figures, for captions over all of them: the authority and so many others, and their costed cases."""
        others = self.alike - self.few
        words = [plural(others, "other authority", "other authorities")] * bool(others)
        name = listed([self.run.authority.name, *words])
        return replace(self.run.context, name=name, cases=len(self.cases), sent=None)

    def __repr__(self) -> str:
        if not self.taking_part:
            return phrase("beside_alone")
        others = plural(self.taking_part, "other authority", "other authorities")
        if not self.alike:
            return phrase("beside_none", others=others)
        few = phrase("beside_few", few=self.few, fewest=codes.FEWEST_SHOWN) if self.few else ""
        return phrase("beside", others=others, alike=self.alike, few=few)

    def compared(self, column: str) -> str:
        """Say how the authority's mean compares with the others', and what chance explains.

        Parameters
        ----------
        column : str
            A money column of ``cases``. The interval of a cost begins at £0 or more.
        """
        measure, name = across(self.cases.assign(costed="yes"), column), self.run.authority.name
        own = measure.means[measure.means["authority"] == self.run.slug]
        if own.empty:
            return phrase("compare_none", name=name)
        one, p = own.iloc[0], measure.pooled
        cases = plural(int(one["cases"]), "case")
        lead = phrase("compare_lead", mean=gbp(one["own"]), name=name, cases=cases)
        if len(measure.means) == 1:
            return phrase("compare_alone", lead=lead)
        if measure.why_not:
            return phrase("compare_little", lead=lead, why=measure.why_not)
        authorities = plural(len(measure.means), "authority")
        alike = one["own_low"] <= p.mean <= one["own_high"]
        low = p.next_low if column.startswith("saving") else max(0.0, p.next_low)
        said = {"name": name, "estimate": gbp(one["estimate"]), "cases": plural(p.sent, "case")}
        said["average"] = phrase("compare_average", authorities=authorities, mean=gbp(p.mean))
        said["way"] = "above" if one["own"] > p.mean else "below"
        said["range"] = f"between {gbp(low)} and {gbp(p.next_high)}"
        verdict = phrase("compare_same" if alike else "compare_differs", **said)
        shrunk = phrase("shrunk" if p.tau2 else "shrunk_alike", **said)
        return phrase("compare", lead=lead, verdict=verdict, shrunk=shrunk, **said)


def peers(run: Run) -> Peers:
    """Find the cases of an authority's round that its own are compared with.

    Parameters
    ----------
    run : Run
        Opened in the authority's own notebook, after 02_price. In a what-if all are priced under its assumptions.

    Returns
    -------
    Peers

    Raises
    ------
    LarcError
        The authority has not been priced since its return was cleaned, or since its params, prices or return changed.
    """
    if not is_priced(run.root, run.slug):
        raise LarcError(phrase("nothing_to_compare", name=run.authority.name))
    what_if = (run.authority.preset, run.authority.overrides) if run.is_what_if else (None, None)
    opened = find_round(run.root, run.notebook, run.authority.round_name, False, what_if)
    opened.check(run.slug)
    members, own = opened.authorities, pricing_basis(run.authority)
    alike = [slug for slug in opened.received if pricing_basis(members[slug]) == own]
    alike = [slug for slug in alike if run.is_what_if or opened.is_current(slug)]
    cases = opened.money(alike).query("costed == 'yes'")
    enough = cases.groupby("authority")["costed"].transform("size") >= codes.FEWEST_SHOWN
    shown = cases[enough | cases["authority"].eq(run.slug)].reset_index(drop=True)
    others = [slug for slug in alike if slug != run.slug]
    few = len(others) - shown.loc[shown["authority"] != run.slug, "authority"].nunique()
    return Peers(run, shown, len(members) - 1, len(others), few)


def pricing_basis(authority: Authority) -> tuple:
    """How an authority's cases are priced: pounds of two that differ in this are not set side by side."""
    overrides = tuple(sorted((name, str(value)) for name, value in authority.overrides.items()))
    return authority.vintage, authority.price_base, authority.preset, overrides
