"""The round compared with what others published: figures, bands, another study's rates, shares met elsewhere.

In: a round's clean tables and appraised cases, and what others published (``national/published/``). Out: for each
figure a report printed, with the interval it allows, the one computed here and whether it is met; the definitions the
report leaves to the reader are in ``figures.csv``: for each a table, which of its rows count, and what is counted of
them. And frames that set the round's figures beside bands, an independent cost of a CAF and rates seen elsewhere
(docs/method.md parts 4 and 5). None of them is a comparison group.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from larcnb import show
from larcnb.consortium.pooling import CASE, wilson
from larcnb.errors import LarcError
from larcnb.follow_up import MONTH
from larcnb.library import Library
from larcnb.show.sentences import phrase
from larcnb.show.words import written

Frame, Tables, Counts = pd.DataFrame, Mapping[str, pd.DataFrame], Mapping[str, int]
HERE = Path(__file__).parent
WORDS = tomllib.loads((HERE / "words.toml").read_text("utf-8"))
SECTIONS, LABELS, STATISTIC = (WORDS[name] for name in ("larc4", "table", "statistic"))
LIKELY = ("likely", "highly_likely")
PRINTED = ["id", "section", "scope", "quantity", "statistic", "wording", "low", "high", "unit"]
COLUMNS = [*PRINTED, "computed", "met"]
MET = {True: "\N{CHECK MARK}\N{NO-BREAK SPACE}met", False: "\N{BALLOT X} NOT MET"}


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


def compare(published: pd.DataFrame, run: Any, cases: pd.DataFrame) -> pd.DataFrame:
    """Set each figure LARC4 published beside the one computed here.

    Its definitions ask for the clean tables, and beside them for ``authorities`` (those that took part), ``costed``
    (cases whose costs were collected), ``avoided`` (futures accepted and agreed likely or highly likely, with theme and
    overlap group), ``meetings`` (of each family: distinct ``meeting_no`` of ``tac_meeting`` rows, 0 without any),
    ``interviews`` (distinct case and perspective over futures told and outcomes seen) and ``services`` (of each family:
    distinct items delivered).

    Parameters
    ----------
    published : DataFrame, n rows
        ``national/published/larc4.csv``: :data:`PRINTED`.
    run : Round
        Its ``authorities``, with or without cases; ``tables``; and ``library``.
    cases : DataFrame
        :func:`larcnb.costing.appraise` of all authorities under preset ``larc``, with ``authority``; GBP at
        2010-11 prices.

    Returns, Raises
    ---------------
    As :func:`compare_figures`.

    Source
    ------
    Easton et al (2012), LARC4, sections 1 to 3 and 5.
    """
    tables = run.tables
    agreed = tables["moderation"].query("accepted == 'yes' and likelihood in @LIKELY")
    library = run.library.futures[["future", "theme", "overlap_group"]].drop_duplicates()
    held = tables["process"].query("element == 'tac_meeting'").groupby(CASE)["meeting_no"].nunique()
    given = tables["interventions"].query("status == 'delivered'").groupby(CASE)["item"].nunique()
    witnesses = [tables[name][[*CASE, "perspective"]] for name in ("futures", "outcomes")]
    families = pd.MultiIndex.from_frame(cases[CASE])
    tables = {
        **tables,
        "authorities": pd.DataFrame({"authority": list(run.authorities)}),
        "costed": cases.query("costed == 'yes'"),
        "avoided": agreed.merge(library, on="future"),
        "meetings": held.reindex(families, fill_value=0).to_frame("meetings"),
        "interviews": pd.concat(witnesses).drop_duplicates(),
        "services": given.to_frame("services"),
    }
    return compare_figures(published, definitions("larc4"), tables)


def compare_figures(published: pd.DataFrame, known: pd.DataFrame, tables: Tables) -> pd.DataFrame:
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
        A published figure has no definition here; exit code 2. Lists every such id.

    Examples
    --------
    Two authorities took part, and 12 is the figure printed:

    >>> printed = pd.DataFrame([("n_authorities", "1", "all", "authorities", "count", "twelve", 12, 12, "authorities")],
    ...     columns=PRINTED)
    >>> here = {"authorities": pd.DataFrame({"authority": ["l2-01", "l2-02"]})}
    >>> compare_figures(printed, definitions("larc2"), here)[["computed", "met"]].values.tolist()
    [[2.0, False]]
    """
    unknown = sorted(set(published["id"]) - set(known.index))
    if unknown:
        raise LarcError(phrase("not_defined", number=len(unknown), figures=", ".join(unknown)))
    figures = [computed(known.loc[figure], tables) for figure in published["id"]]
    values = pd.Series(figures, index=published.index, dtype="float64")
    met = values.between(published["low"], published["high"])
    return published.assign(computed=values, met=met)[COLUMNS]


def computed(figure: pd.Series, tables: Tables) -> float:
    """One figure by its definition, a row of :func:`definitions`; blank where no row has the column asked for.

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


def by_section(compared: pd.DataFrame, sections: Mapping[str, str] = SECTIONS) -> list:
    """Show the comparison section by section: what the report says, the values that allows, ours, a tick where met.

    Parameters
    ----------
    compared : DataFrame
        :func:`compare_figures`.
    sections : dict of section to title
        In the order they are shown.

    Returns
    -------
    list of Table
        One a section; one sentence where nothing was published of the round.
    """
    if compared.empty:
        return [show.say("No figure was published of this round.")]
    quantity = compared.groupby(["section", "scope", "quantity"], sort=False).ngroup()
    place, least_first = ({name: n for n, name in enumerate(of)} for of in (sections, STATISTIC))
    by = compared["statistic"].map(least_first), quantity, compared["section"].map(place)
    rows = compared.iloc[np.lexsort(by)]  # by section first
    study = rows["scope"].str.extract(r"^case study (.+)", expand=False)
    which = (", " + study.fillna(rows["statistic"].map(STATISTIC))).fillna("")
    kinds = rows["unit"].map({"GBP": "gbp"}).fillna("number")
    columns = {
        "figure": rows["quantity"].str[:1].str.upper() + rows["quantity"].str[1:] + which,
        "report": rows["wording"],
        "allows": [_interval(*row) for row in rows[["low", "high", "unit"]].values],
        "computed": [written(*row) for row in zip(rows["computed"], kinds, strict=True)],
        "met": rows["met"].map(MET),
    }
    frame = pd.DataFrame(columns)
    look, tables = {"labels": LABELS, "formats": dict.fromkeys(frame, "text")}, []
    for section, of in rows.groupby("section", sort=False):
        named = f"{section if section[0].isdigit() else ''} {sections.get(section, '')}".strip()
        said = f"{named}: {of['met'].sum()} of {len(of)} met."
        tables.append(show.table(frame.loc[of.index].reset_index(drop=True), said, **look))
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
    """The comparison as ``published.csv`` holds it: ``id``, ``low``, ``high``, ``wording``, ``computed``, ``met`` (yes
    or no)."""
    met = compared["met"].map({True: "yes", False: "no"})
    return compared.assign(met=met)[["id", "low", "high", "wording", "computed", "met"]]


def compare_steps(counts: Frame, cases: Frame, steps: Frame, library: Library, base: str) -> Frame:
    """Compare each case's process cost with what an independent study's steps would make it.

    ``steps = intention + assessment + first_tac [meetings >= 1] + later_tac (meetings - 1) + support x months +
    closing``, each uprated by ``deflator[base] / deflator[price_year]``; months from start to close.

    Parameters
    ----------
    counts : DataFrame
        :func:`larcnb.consortium.pooling.people_and_meetings`.
    cases : DataFrame
        Pooled: ``authority``, ``case_id``, ``started``, ``closed``.
    steps : DataFrame
        ``national/published/caf_steps.csv``: ``step``, ``value`` (GBP), ``price_year``.
    library : Library
        Of its deflators.
    base : str
        The price base.

    Returns
    -------
    DataFrame, one row a costed case that is closed
        ``authority``, ``case_id``, ``process``, ``meetings``, ``months``, ``steps`` (its meetings and months at the
        study's rates), ``whole`` (the study's mean CAF of six months): GBP at the price base.

    Source
    ------
    Holmes and others (2012), DFE-RR210, as carried by the GMCA Unit Cost Database.
    """
    index = library.deflators.set_index("year")["index"]
    to_base = float(index[base]) / steps["price_year"].map(index).astype("float64")
    rate = dict(zip(steps["step"], steps["value"] * to_base, strict=True))
    days = pd.to_datetime(cases["closed"]) - pd.to_datetime(cases["started"])
    dated = cases[CASE].assign(months=days.dt.days / MONTH)
    frame = counts.merge(dated, on=CASE).dropna(subset="months").reset_index(drop=True)
    later = (frame["meetings"] - 1).clip(lower=0)
    once = rate["intention"] + rate["assessment"] + rate["closing"]
    each = once + rate["first_tac"] * (frame["meetings"] > 0)
    priced = each + rate["later_tac"] * later + rate["support"] * frame["months"]
    frame = frame[[*CASE, "process", "meetings", "months"]]
    return frame.assign(steps=priced.round(2), whole=round(rate["whole"], 2))


def compare_beliefs(counted: Frame, library: Frame, known: Frame, persons: Counts) -> Frame:
    """Compare the share of persons of whom a future counts with the share of comparison persons who met it.

    Children are compared with children, adults with adults, families with families. Futures that stand for each other
    and borrow the same rate (a child looked after, in a home or fostered) are one.

    Parameters
    ----------
    counted : DataFrame
        Futures that count: ``authority``, ``case_id``, ``future``, ``people`` (of the family, whom it would have met),
        ``chance`` (believed, without help, 0 to 1).
    library : DataFrame
        The national futures: ``future``, ``label``, ``overlap_group``.
    known : DataFrame
        The base rates in use: ``future``, ``person`` (``child``, ``adult``, ``family``), ``comparison_share``,
        ``programme_share``, ``months``, ``population``, ``source``, ``confidence``.
    persons : dict of person to int
        How many of each kind the round has whose futures could count; a kind left out was not counted.

    Returns
    -------
    DataFrame, one row a future (or group) with a comparison share, the most often told first
        ``label``, ``futures`` (codes), ``person``, ``told`` (persons), ``persons`` (of how many; blank where not
        counted), ``believed``, ``low``, ``high`` (share of persons, Wilson), ``chance`` (mean), then of the rates.

    Source
    ------
    docs/method.md part 4: counts cap beliefs.
    """
    named = library.drop_duplicates("future")[["future", "label", "overlap_group"]]
    known = known.dropna(subset="comparison_share").merge(named, on="future")
    known["group"] = known["overlap_group"].fillna(known["future"])
    names = ["label", "futures", "person", "told", "persons", "believed", "low", "high", "chance"]
    rates = ["comparison_share", "programme_share", "months", "population", "source", "confidence"]
    rows = []
    for _, of in known.groupby(["group", "person", "comparison_share"], sort=False):
        first = of.sort_values("confidence", key=lambda c: c != "verified", kind="stable").iloc[0]
        told = counted[counted["future"].isin(of["future"])]
        met = told.groupby(CASE)[["people", "chance"]].max()
        people = met["people"].astype("float64")
        if first["person"] == "family":
            people[:] = 1.0
        row = first[["label", "person", *rates]].to_dict()
        row |= {"futures": " ".join(of["future"]), "told": int(people.sum())}
        row["persons"] = persons.get(first["person"], np.nan)
        row["chance"] = (people * met["chance"]).sum() / people.sum() if len(met) else np.nan
        rows.append(row)
    frame = pd.DataFrame(rows, columns=[*names, *rates])
    frame = frame.sort_values(["told", "comparison_share"], ascending=False, kind="stable")
    low, high = wilson(frame["told"], frame["persons"])
    believed = frame["told"] / frame["persons"]
    return frame.assign(believed=believed, low=low, high=high).reset_index(drop=True)


def counts_cap_beliefs(beliefs: pd.DataFrame) -> pd.DataFrame:
    """Say how likely a future told can have been at most, where a rate is known and so many were told of it.

    ``P(f | told) <= min(p0, s r N / n)``: if a share r of N persons meets the future, and telling catches the share s
    of those, then of the n persons told of it no more than s r N can have been right. s is taken as 1, which gives
    beliefs the most room.

    Parameters
    ----------
    beliefs : DataFrame
        :func:`compare_beliefs`: ``told`` (n), ``persons`` (N), ``comparison_share`` (r), ``chance`` (p0).

    Returns
    -------
    DataFrame, the same rows
        ``bound`` (r N / n; may exceed 1) and ``cap`` (what is left of p0) beside; blank where nobody was told, or N
        is not known.

    Examples
    --------
    Of 93 children 8 were told of care, which 2.5 in 100 such children meet:

    >>> told = pd.DataFrame({"told": [8], "persons": [93], "comparison_share": [0.025], "chance": [0.7]})
    >>> counts_cap_beliefs(told)[["bound", "cap"]].round(2).values.tolist()
    [[0.29, 0.29]]
    """
    expected = beliefs["comparison_share"] * beliefs["persons"]
    bound = expected / beliefs["told"].where(beliefs["told"] > 0)
    return beliefs.assign(bound=bound, cap=np.minimum(bound, beliefs["chance"]))
