"""The published study beside the computed round: one row for each figure a report printed.

In: the clean tables of every authority of a round, its appraised cases, the national futures library and the
list of published figures with the interval each allows. Out: the same list with the figure computed here and
whether it is met. The definitions the report leaves to the reader are in ``figures.csv``: for each figure a table,
which of its rows count, and what is counted of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from larcnb.consortium.intervals import CASE
from larcnb.errors import LarcError
from larcnb.show import Table, say
from larcnb.show import table as show_table
from larcnb.show.sentences import Shown
from larcnb.show.words import written

HERE = Path(__file__).parent
WORDS = tomllib.loads((HERE / "words.toml").read_text("utf-8"))
SECTIONS = WORDS["larc4"]
LIKELY = ("likely", "highly_likely")
PRINTED = ["id", "section", "scope", "quantity", "statistic", "wording", "low", "high", "unit"]
COLUMNS = [*PRINTED, "computed", "met"]
LABELS = {
    "report": "The report says",
    "allows": "Which allows",
    "computed": "Computed here",
    "met": "Met?",
}
MET = {True: "\N{CHECK MARK}\N{NO-BREAK SPACE}met", False: "\N{BALLOT X} NOT MET"}
STATISTIC = {"min": "least", "mean": "mean", "median": "median", "max": "most"}
"""How a figure is told apart from others of the same quantity; counts and single values need no word."""


def definitions(study: str) -> pd.DataFrame:
    """How each figure of a study is computed.

    Bounds are the report's own words: "around 7000" is read to the nearest thousand, 9600 to the nearest hundred.

    Parameters
    ----------
    study : str
        ``larc2`` or ``larc4``.

    Returns
    -------
    DataFrame indexed by ``id``
        ``table``; ``where``, a condition of :meth:`pandas.DataFrame.query` (blank for every row); ``measure``:
        ``rows``, ``families`` (different ones), or a statistic and a column, such as ``max saving_long``.
    """
    known = pd.read_csv(HERE / "figures.csv", keep_default_na=False)
    return known[known["study"] == study].set_index("id").drop(columns="study")


def frames(
    authorities: Iterable[str],
    tables: Mapping[str, pd.DataFrame],
    cases: pd.DataFrame,
    futures: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """The tables that LARC4's definitions ask for: the clean ones, and what is made of them.

    Parameters
    ----------
    As :func:`compare`.

    Returns
    -------
    dict of DataFrame
        Beside the clean tables ``authorities`` (those that took part), ``costed`` (cases whose costs were collected),
        ``avoided`` (futures accepted and agreed likely or highly likely, with theme and overlap group), ``meetings``
        (of each family: distinct ``meeting_no`` of ``tac_meeting`` rows, 0 without any), ``interviews`` (distinct case
        and perspective over futures told and outcomes seen) and ``services`` (of each family: distinct items
        delivered).
    """
    agreed = tables["moderation"].query("accepted == 'yes' and likelihood in @LIKELY")
    library = futures[["future", "theme", "overlap_group"]].drop_duplicates()
    held = tables["process"].query("element == 'tac_meeting'").groupby(CASE)["meeting_no"].nunique()
    given = tables["interventions"].query("status == 'delivered'").groupby(CASE)["item"].nunique()
    witnesses = [tables[name][[*CASE, "perspective"]] for name in ("futures", "outcomes")]
    families = pd.MultiIndex.from_frame(cases[CASE])
    return {
        **tables,
        "authorities": pd.DataFrame({"authority": list(authorities)}),
        "costed": cases.query("costed == 'yes'"),
        "avoided": agreed.merge(library, on="future"),
        "meetings": held.reindex(families, fill_value=0).to_frame("meetings"),
        "interviews": pd.concat(witnesses).drop_duplicates(),
        "services": given.to_frame("services"),
    }


def compare(
    published: pd.DataFrame,
    authorities: Iterable[str],
    tables: Mapping[str, pd.DataFrame],
    cases: pd.DataFrame,
    futures: pd.DataFrame,
) -> pd.DataFrame:
    """Set each figure LARC4 published beside the one computed here.

    Parameters
    ----------
    published : DataFrame, n rows
        ``national/published/larc4.csv``: :data:`PRINTED`.
    authorities : iterable of str
        Slugs of those that took part, with or without cases.
    tables : dict of DataFrame
        The clean tables of all authorities, each with ``authority``.
    cases : DataFrame
        :func:`larcnb.costing.appraise` of all authorities under preset ``larc``, with ``authority``; GBP at
        2010-11 prices.
    futures : DataFrame
        The national futures library: ``future``, ``theme``, ``overlap_group``.

    Returns, Raises
    ---------------
    As :func:`beside`.

    Source
    ------
    Easton et al (2012), LARC4, sections 1 to 3 and 5.
    """
    return beside(published, definitions("larc4"), frames(authorities, tables, cases, futures))


def beside(
    published: pd.DataFrame, known: pd.DataFrame, tables: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """Compute each published figure, and say whether it is met: ``low <= computed <= high``.

    A figure printed exactly allows only itself, a rounded one what rounds to it.

    Parameters
    ----------
    published : DataFrame, n rows
        :data:`PRINTED`.
    known : DataFrame
        :func:`definitions`.
    tables : dict of DataFrame
        Those they name.

    Returns
    -------
    DataFrame, n rows in the order of ``published``
        :data:`COLUMNS`; ``computed`` is blank where nothing can be computed, ``met`` is bool.

    Raises
    ------
    LarcError
        A published figure has no definition here. Lists every such id.

    Examples
    --------
    Two authorities took part, and 12 is the figure printed:

    >>> printed = pd.DataFrame([("n_authorities", "1", "all", "authorities", "count", "twelve", 12, 12, "authorities")],
    ...     columns=PRINTED)
    >>> here = {"authorities": pd.DataFrame({"authority": ["l2-01", "l2-02"]})}
    >>> beside(printed, definitions("larc2"), here)[["computed", "met"]].values.tolist()
    [[2.0, False]]
    """
    unknown = sorted(set(published["id"]) - set(known.index))
    if unknown:
        raise LarcError(
            f"No definition for {len(unknown)} published figure(s): {', '.join(unknown)}. "
            "Add each to larcnb/consortium/figures.csv, or take it out of the list."
        )
    figures = [computed(known.loc[figure], tables) for figure in published["id"]]
    values = pd.Series(figures, index=published.index, dtype="float64")
    met = values.between(published["low"], published["high"])
    return published.assign(computed=values, met=met)[COLUMNS]


def computed(figure: pd.Series, tables: Mapping[str, pd.DataFrame]) -> float:
    """One figure by its definition; blank where no row has the column asked for.

    Examples
    --------
    Two rows of one family and one of another:

    >>> needs = pd.DataFrame([("la-01", "c1"), ("la-01", "c1"), ("la-02", "c1")], columns=CASE)
    >>> computed(pd.Series({"table": "needs", "where": "", "measure": "families"}), {"needs": needs})
    2.0
    """
    rows, (how, _, column) = tables[figure["table"]], figure["measure"].partition(" ")
    if figure["where"]:
        rows = rows.query(figure["where"])
    if not column:
        return float(len(rows[CASE].drop_duplicates() if how == "families" else rows))
    return float(next(iter(rows[column]), "nan") if how == "first" else rows[column].agg(how))


def by_section(
    compared: pd.DataFrame, sections: Mapping[str, str] = SECTIONS
) -> list[Table | Shown]:
    """Show the comparison section by section: what the report says, the values that allows, ours, a tick where met.

    Parameters
    ----------
    compared : DataFrame
        :func:`beside`.
    sections : dict of section to title
        In the order they are shown.
    """
    if compared.empty:
        return [say("No figure was published of this round.")]
    quantity = compared.groupby(["section", "scope", "quantity"], sort=False).ngroup()
    order = pd.DataFrame(
        {
            "section": compared["section"].map({name: n for n, name in enumerate(sections)}),
            "quantity": quantity,
            "least_first": compared["statistic"].map({how: n for n, how in enumerate(STATISTIC)}),
        }
    )
    rows = compared.loc[order.sort_values(list(order), kind="stable").index]
    study = rows["scope"].str.extract(r"^case study (.+)", expand=False)
    which = (", " + study.fillna(rows["statistic"].map(STATISTIC))).fillna("")
    kinds = rows["unit"].map({"GBP": "gbp"}).fillna("number")
    frame = pd.DataFrame(
        {
            "figure": rows["quantity"].str[:1].str.upper() + rows["quantity"].str[1:] + which,
            "report": rows["wording"],
            "allows": [_interval(*row) for row in rows[["low", "high", "unit"]].values],
            "computed": [written(*row) for row in zip(rows["computed"], kinds, strict=True)],
            "met": rows["met"].map(MET),
        }
    )
    look, tables = {"labels": LABELS, "formats": dict.fromkeys(frame, "text")}, []
    for section, of in rows.groupby("section", sort=False):
        named = f"{section if section[0].isdigit() else ''} {sections.get(section, '')}".strip()
        said = f"{named}: {of['met'].sum()} of {len(of)} met."
        tables.append(show_table(frame.loc[of.index].reset_index(drop=True), said, **look))
    return tables


def _interval(low: float, high: float, unit: str) -> str:
    """The values a wording allows, with their unit."""
    kind = "number"
    if unit == "GBP":
        kind, unit = "gbp" if low == int(low) and high == int(high) else "pence", ""
    else:
        unit = f" {unit.removesuffix('s') if high == 1 else unit}"
    ends = [written(low, kind), *[written(high, kind)] * (low != high)]
    return " to ".join(ends) + unit


def as_written(compared: pd.DataFrame) -> pd.DataFrame:
    """The comparison as ``published.csv`` holds it; ``met`` is yes or no."""
    met = compared["met"].map({True: "yes", False: "no"})
    return compared.assign(met=met)[["id", "low", "high", "wording", "computed", "met"]]
