"""The published study beside the computed round: one row for each figure LARC4 printed.

In: the clean tables of every authority of a round, its appraised cases, the national futures library and the
list of published figures with the interval each allows. Out: the same list with the figure computed here and
whether it is met. Holds the definitions the report leaves to the reader; each is one entry of
:data:`FIGURES`, made by one of the statistics below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf, nan
from typing import Any

import pandas as pd

from larcnb import codes
from larcnb.errors import LarcError
from larcnb.show import Table
from larcnb.show import table as show_table
from larcnb.show.context import styled
from larcnb.show.words import written

CASE = ["authority", "case_id"]
IMPROVED = ["better", "much_better"]
LIKELY = list(codes.LIKELIHOOD)[list(codes.LIKELIHOOD).index("likely") :]
COLUMNS = [
    "id",
    "section",
    "scope",
    "quantity",
    "statistic",
    "wording",
    "low",
    "high",
    "unit",
    "computed",
    "met",
]
SECTIONS = {
    "summary": "Summary",
    "1": "The study",
    "1.1": "Interviews",
    "2": "The families",
    "2.1": "Needs",
    "2.2": "Meetings",
    "2.4": "Support",
    "2.5": "Outcomes avoided",
    "3": "Cases costed",
    "3.1": "Costs and savings",
    "3.2": "Three case studies",
    "5": "Conclusions",
}
"""Sections of LARC4's report that print a figure, with what they are about in our words."""
MET = {True: "\N{CHECK MARK}\N{NO-BREAK SPACE}met", False: "\N{BALLOT X} NOT MET"}
STATISTIC = {"min": "least", "mean": "mean", "median": "median", "max": "most"}
"""How a figure is told apart from others of the same quantity; counts and single values need no word."""


@dataclass(frozen=True)
class Study:
    """A round of the study: every authority's clean tables and results together.

    Parameters
    ----------
    authorities : iterable of str
        Those that took part, with or without cases.
    tables : dict of DataFrame
        The clean tables under their own names, each with ``authority``.
    cases : DataFrame
        :func:`larcnb.costing.appraise` of all authorities, with ``authority``.
    futures : DataFrame
        The national futures library: ``future``, ``theme``, ``overlap_group``.
    """

    authorities: tuple[str, ...]
    tables: Mapping[str, pd.DataFrame]
    cases: pd.DataFrame
    futures: pd.DataFrame

    @cached_property
    def costed(self) -> pd.DataFrame:
        """The cases whose costs were collected."""
        return self.cases[self.cases["costed"] == "yes"]

    @cached_property
    def avoided(self) -> pd.DataFrame:
        """The futures avoided: accepted, and agreed likely or highly likely; with theme and overlap group."""
        agreed = self.tables["moderation"]
        agreed = agreed[(agreed["accepted"] == "yes") & agreed["likelihood"].isin(LIKELY)]
        return agreed.merge(
            self.futures[["future", "theme", "overlap_group"]].drop_duplicates(), on="future"
        )

    def table(self, name: str, **equal: object) -> pd.DataFrame:
        """The rows of a table, or of :attr:`avoided`, whose columns hold the values given (one, or any of a list)."""
        rows = self.avoided if name == "avoided" else self.tables[name]
        for column, value in equal.items():
            rows = rows[rows[column].isin(value if isinstance(value, list) else [value])]
        return rows


Statistic = Callable[[Study], float]


def families(name: str, **equal: object) -> Statistic:
    """How many families have such a row of a table.

    Examples
    --------
    Two rows of one family and one of another, of which one is a parent's:

    >>> needs = pd.DataFrame([("la-01", "c1", "child"), ("la-01", "c1", "parent"), ("la-02", "c1", "child")],
    ...     columns=["authority", "case_id", "subject"])
    >>> of = Study(("la-01", "la-02"), {"needs": needs}, pd.DataFrame(), pd.DataFrame())
    >>> families("needs")(of), families("needs", subject="parent")(of)
    (2, 1)
    """
    return lambda of: len(of.table(name, **equal)[CASE].drop_duplicates())


def rows(name: str, **equal: object) -> Statistic:
    """How many such rows a table has."""
    return lambda of: len(of.table(name, **equal))


def money(column: str, how: str) -> Statistic:
    """``min``, ``max`` or ``mean`` of a column over the costed cases, GBP at the price base."""
    return lambda of: of.costed[column].agg(how)


def between(column: str, low: float = -inf, high: float = inf, ends: str = "both") -> Statistic:
    """How many costed cases have a column from ``low`` to ``high``, GBP; ``ends`` says which ends count.

    ``ends`` is ``both``, ``left`` or ``neither``.
    """
    return lambda of: int(of.costed[column].between(low, high, inclusive=ends).sum())


def named(case_id: str, column: str) -> Statistic:
    """A column of one of the report's three case studies, GBP; blank where the round has no such case."""
    return lambda of: next(iter(of.costed.loc[of.costed["case_id"] == case_id, column]), nan)


def meetings(how: str) -> Statistic:
    """Team Around the Child meetings a family, those without any counted as 0 (``min``, ``max``, ``mean``).

    A family's meetings are the distinct ``meeting_no`` of its ``tac_meeting`` rows.
    """

    def statistic(of: Study) -> float:
        held = of.table("process", element="tac_meeting").groupby(CASE)["meeting_no"].nunique()
        return held.reindex(pd.MultiIndex.from_frame(of.cases[CASE]), fill_value=0).agg(how)

    return statistic


def meeting_hours(of: Study) -> float:
    """The typical duration of a meeting: the median of ``hours`` over ``tac_meeting`` rows, one a role and meeting."""
    return of.table("process", element="tac_meeting")["hours"].median()


def interviews(of: Study) -> int:
    """Interviews held: distinct case and perspective over futures told and outcomes seen."""
    witnesses = [of.tables[name][[*CASE, "perspective"]] for name in ("futures", "outcomes")]
    return len(pd.concat(witnesses).drop_duplicates())


def three_services(of: Study) -> int:
    """Families supported by three or more services: three or more distinct items delivered."""
    given = of.table("interventions", status="delivered").groupby(CASE)["item"].nunique()
    return int((given >= 3).sum())


def _case_study(case_id: str) -> dict[str, Statistic]:
    parts = {"inputs": "inputs", "avoided": "avoided_long", "saving": "saving_long"}
    return {f"{case_id.lower()}_{part}": named(case_id, column) for part, column in parts.items()}


def _spread(prefix: str, column: str, *how: str) -> dict[str, Statistic]:
    return {f"{prefix}_{one}": money(column, one) for one in how}


def _supported(support: str) -> Statistic:
    return families("interventions", support=support, status="delivered")


# Bounds are the report's own words; "around 7000" is read to the nearest thousand, 9600 to the nearest hundred.
FIGURES: dict[str, Statistic] = {
    "n_case_studies": rows("cases"),
    "n_costed": rows("cases", costed="yes"),
    "n_no_financial_data": rows("cases", costed="no"),
    "n_authorities_participating": lambda of: len(of.authorities),
    "n_authorities_reporting": lambda of: of.tables["cases"]["authority"].nunique(),
    "n_interviews": interviews,
    "n_children": rows("children"),
    "n_fam_age_0_5": families("children", age_band="0-5"),
    "n_fam_age_5_11": families("children", age_band="5-11"),
    "n_fam_age_11_16": families("children", age_band="11-16"),
    "n_fam_age_over_16": families("children", age_band="over-16"),
    "n_fam_unborn": families("children", age_band="unborn"),
    "n_children_age_unknown": rows("children", age_band="unknown"),
    "need_child_behaviour": families("needs", subject="child", need="behaviour"),
    "need_child_education": families("needs", subject="child", need="education"),
    "need_child_emotional": families("needs", subject="child", need="emotional_health"),
    "need_child_learning_autism": families("needs", subject="child", need="learning_or_autism"),
    "need_child_physical": families("needs", subject="child", need="physical_health"),
    "need_parent_coping": families("needs", subject="parent", need="coping"),
    "need_parent_emotional": families("needs", subject="parent", need="emotional_health"),
    "need_parent_housing": families("needs", subject="parent", need="housing"),
    "need_parent_ill_health": families("needs", subject="parent", need="ill_health"),
    "n_borderline_child_protection": families("cases", borderline_child_protection="yes"),
    "n_prior_social_care": families("cases", prior_social_care="yes"),
    "tac_meetings_mean": meetings("mean"),
    "tac_meetings_min": meetings("min"),
    "tac_meetings_max": meetings("max"),
    "tac_duration_typical": meeting_hours,
    "support_parenting": _supported("parenting"),
    "support_emotional": _supported("emotional_health"),
    "support_education": _supported("education"),
    "support_positive_activities": _supported("positive_activities"),
    "support_physical_health": _supported("physical_health"),
    "support_three_or_more_services": three_services,
    "future_social_care": families("avoided", theme="social_care"),
    "future_looked_after": families("avoided", overlap_group="looked_after"),
    "future_education": families("avoided", theme="education"),
    "future_police": families("avoided", theme="police"),
    "future_hurt": families("avoided", theme="hurt"),
    "future_exclusion": families("avoided", theme="exclusion"),
    "future_mental_health": families("avoided", theme="mental_health"),
    "improved_all": families("outcomes", change=IMPROVED),
    **_spread("prep_cost", "preparation", "min", "max", "mean"),
    **_spread("assessment_cost", "assessment", "min", "max", "mean"),
    **_spread("tac_cost", "meetings", "min", "max", "mean"),
    "process_under_1000": between("process", high=1000, ends="neither"),
    "process_over_5000": between("process", low=5000, ends="neither"),
    "process_1000_to_5000": between("process", 1000, 5000),
    **_spread("intervention_cost", "interventions", "min", "max"),
    "interventions_1000_to_3600": between("interventions", 1000, 3600),
    "interventions_5000_to_6000": between("interventions", 5000, 6000),
    "interventions_around_7000": between("interventions", 6500, 7500, ends="left"),
    "interventions_9600": between("interventions", 9550, 9650, ends="left"),
    "interventions_10700": between("interventions", 10650, 10750, ends="left"),
    "interventions_16900": between("interventions", 16850, 16950, ends="left"),
    **_spread("short_saving", "saving_short", "min", "max"),
    "short_losses": between("saving_short", high=0, ends="neither"),
    **_spread("long_saving", "saving_long", "min", "max"),
    "long_over_60000": between("saving_long", low=60000, ends="neither"),
    "long_conservative": lambda of: int((of.costed["conservative"] == "yes").sum()),
    **_case_study("Toby"),
    **_case_study("Sam"),
    **_case_study("Jamie"),
}


def compare(
    published: pd.DataFrame,
    authorities: Iterable[str],
    tables: Mapping[str, pd.DataFrame],
    cases: pd.DataFrame,
    futures: pd.DataFrame,
) -> pd.DataFrame:
    """Set each published figure beside the one computed here.

    ``met`` where ``low <= computed <= high``: a figure printed exactly allows only itself, a rounded one what
    rounds to it.

    Parameters
    ----------
    published : DataFrame, n rows
        ``id`` (a key of :data:`FIGURES`), ``section`` of the report, ``quantity``, ``statistic``, ``wording``, ``low``,
        ``high``, ``unit``.
    authorities : iterable of str
        Slugs of those that took part, with or without cases.
    tables : dict of DataFrame
        ``cases``, ``children``, ``needs``, ``process``, ``interventions``, ``futures``, ``moderation`` and
        ``outcomes`` of all authorities, each with ``authority``.
    cases : DataFrame
        :func:`larcnb.costing.appraise` of all authorities under preset ``larc``, with ``authority``; GBP at
        2010-11 prices.
    futures : DataFrame
        The national futures library: ``future``, ``theme``, ``overlap_group``.

    Returns
    -------
    DataFrame, n rows in the order of ``published``
        :data:`COLUMNS`; ``computed`` is blank where nothing can be computed, ``met`` is bool.

    Raises
    ------
    LarcError
        A published figure has no definition here. Lists every such id.

    Source
    ------
    Easton et al (2012), LARC4, sections 1 to 3 and 5.

    Examples
    --------
    Two authorities took part, and 12 is the figure printed:

    >>> printed = pd.DataFrame([("n_authorities_participating", "1", "all", "authorities", "count", "twelve", 12, 12,
    ...     "authorities")], columns=COLUMNS[:-2])
    >>> beside = compare(printed, ["la-01", "la-02"], {}, pd.DataFrame(), pd.DataFrame())
    >>> beside["computed"].tolist(), beside["met"].tolist()
    ([2.0], [False])
    """
    return beside(published, FIGURES, Study(tuple(authorities), tables, cases, futures))


def beside(
    published: pd.DataFrame, figures: Mapping[str, Callable[[Any], float]], of: Any
) -> pd.DataFrame:
    """Compute each published figure, and say whether it is met: ``low <= computed <= high``.

    Parameters
    ----------
    published : DataFrame, n rows
        ``national/published/<round>.csv``: :data:`COLUMNS` but the last two.
    figures : mapping of id to function of ``of``
        Each figure's definition.

    Returns
    -------
    DataFrame, n rows in the order of ``published``
        :data:`COLUMNS`; ``computed`` is blank where nothing can be computed.

    Raises
    ------
    LarcError
        A published figure has no definition here. Lists every such id.
    """
    unknown = sorted(set(published["id"]) - set(figures))
    if unknown:
        raise LarcError(
            f"No definition for {len(unknown)} published figure(s): {', '.join(unknown)}. "
            "Add each to larcnb/consortium/, or take it out of the list."
        )
    computed = pd.Series(
        [float(figures[key](of)) for key in published["id"]], index=published.index, dtype="float64"
    )
    return published.assign(
        computed=computed, met=computed.between(published["low"], published["high"])
    )[COLUMNS]


@dataclass(frozen=True)
class Comparison:
    """Published figures beside ours: one table a section of the report."""

    tables: tuple[Table, ...]

    def _repr_html_(self) -> str:
        return styled(f'<div class="larc">{"".join(table.html() for table in self.tables)}</div>')

    def __repr__(self) -> str:
        return "\n\n".join(map(str, self.tables)) or "No figure was published of this round."


def by_section(compared: pd.DataFrame, sections: Mapping[str, str] = SECTIONS) -> Comparison:
    """Show the comparison section by section: what the report says, the values that allows, ours, a tick where met.

    Parameters
    ----------
    compared : DataFrame
        :func:`beside`.
    sections : dict of section to title
        In the order they are shown.
    """
    quantity = compared.groupby(["section", "scope", "quantity"], sort=False).ngroup()
    least_first = compared["statistic"].map({how: n for n, how in enumerate(STATISTIC)})
    rows = compared.loc[
        pd.DataFrame({1: quantity, 2: least_first}).sort_values([1, 2], kind="stable").index
    ]
    kind = rows["unit"].map({"GBP": "gbp"}).fillna("number")
    which = (
        rows["scope"]
        .str.extract(r"^case study (.+)", expand=False)
        .fillna(rows["statistic"].map(STATISTIC))
    )
    frame = pd.DataFrame(
        {
            "section": rows["section"].astype("str"),
            "figure": rows["quantity"].str[:1].str.upper()
            + rows["quantity"].str[1:]
            + (", " + which).fillna(""),
            "report": rows["wording"],
            "allows": [
                _interval(*row) for row in rows[["low", "high", "unit"]].itertuples(index=False)
            ],
            "computed": [
                written(value, how) for value, how in zip(rows["computed"], kind, strict=True)
            ],
            "met": rows["met"].map(MET),
        }
    )
    labels = {
        "report": "The report says",
        "allows": "Which allows",
        "computed": "Computed here",
        "met": "Met?",
    }
    order = sorted(
        frame["section"].unique(),
        key=lambda key: list(sections).index(key) if key in sections else 99,
    )
    tables = []
    for section in order:
        rows = frame[frame["section"] == section].drop(columns="section")
        met = f"{int(compared.loc[rows.index, 'met'].sum())} of {len(rows)} met"
        named = " ".join(filter(None, [section * section[:1].isdigit(), sections.get(section, "")]))
        formats = dict.fromkeys(rows, "text")
        tables.append(
            show_table(
                rows.reset_index(drop=True), f"{named}: {met}.", labels=labels, formats=formats
            )
        )
    return Comparison(tuple(tables))


def _interval(low: float, high: float, unit: str) -> str:
    """The values a wording allows, with their unit."""
    kind = (
        "number" if unit != "GBP" else "gbp" if low == int(low) and high == int(high) else "pence"
    )
    unit = "" if unit == "GBP" else f" {unit.removesuffix('s') if high == 1 else unit}"
    return (
        written(low, kind) if low == high else f"{written(low, kind)} to {written(high, kind)}"
    ) + unit


def as_written(compared: pd.DataFrame) -> pd.DataFrame:
    """The comparison as ``published.csv`` holds it; ``met`` is yes or no."""
    met = compared["met"].map({True: "yes", False: "no"})
    return compared.assign(met=met)[["id", "low", "high", "wording", "computed", "met"]]
