"""Figures of what is not known: the saving, the years, the cases and the payers with their intervals.

In: frames of :class:`larcnb.sensitivity.Study`. Out: :class:`~larcnb.figures.figure.Figure`. Each says whether its
futures stand at their expectation or happen or not.
"""

from __future__ import annotations

import pandas as pd

from larcnb import codes
from larcnb.figures import bars
from larcnb.figures.figure import DARK, INK, Figure, draw, pounds
from larcnb.figures.inputs import _listed
from larcnb.figures.sensitivity import NO_CASE
from larcnb.figures.sets import KEY, interval_rows
from larcnb.tables import Context, does, gbp, plural, show
from larcnb.tables.sensitivity import chance

BASIS = {
    "expectation": "Expected value: each future stands at its chance, what is to be expected of many families.",
    "luck": "With chance variation: each future happens or does not, what might come to pass.",
}

CERTAIN = (
    "This set of assumptions takes every accepted future as certain: luck plays no part, and doubt about the futures "
    "themselves is in no interval here. The other sets show it."
)
UNPRICED = "nothing priced"
FIGURES = ("mean", "median", "low80", "high80", "low95", "high95", "central", "paid", "avoided")


def savings(frame: pd.DataFrame, context: Context, draws: int) -> Figure:
    """Draw the interval of the saving, short and long, at expectation and with luck.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.intervals.savings`.
    draws : int
    """
    rows = frame.sort_values(["horizon", "basis"], ignore_index=True)
    label = {"expectation": "expected value", "luck": "with chance variation"}
    names = [f"{_upper(context.over(row.horizon))}, {label[row.basis]}" for row in rows.itertuples()]
    long = rows[(rows["horizon"] == "long") & (rows["basis"] == "expectation")].iloc[0]
    measure = context.measure(f"Saving of all cases together, {plural(draws, 'draw')}")
    message = (
        f"{_upper(chance(long['chance']))} that it saves {context.over('long')}; nineteen in twenty draws lie between "
        f"{gbp(long['low95'])} and {gbp(long['high95'])}."
    )

    some = bool(rows[["low95", "high95"]].to_numpy().any())
    message = message if some else NO_CASE

    def paint(axes):
        interval_rows(axes, rows, rows["central"])
        bars.rows(axes, names)
        bars.money_axis(axes)

    return _intervals(
        message,
        measure,
        rows.assign(horizon=names).drop(columns="basis"),
        names * some,
        paint,
        "horizon",
        [KEY, CERTAIN] if _certain(rows) else [KEY, *BASIS.values()],
    )


def fan(frame: pd.DataFrame, context: Context) -> Figure:
    """Draw how the saving builds up year by year, as a fan.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.intervals.fan`.
    """
    measure = context.measure("Saving up to the end of each year, median and intervals")
    paid = frame[(frame["year"] > 0) & (frame["chance"] >= 0.5)]
    message = (
        "In most draws the money is not back within the long term."
        if paid.empty
        else f"In most draws the money is back by the end of year {int(paid['year'].iloc[0])}; at the end "
        f"{chance(frame['chance'].iloc[-1])} that it is."
    )

    some = bool(frame[["low95", "high95"]].to_numpy().any())
    message = message if some else NO_CASE

    def paint(axes):
        years = frame["year"]
        axes.fill_between(
            years,
            frame["low95"],
            frame["high95"],
            facecolor="#CFE0F1",
            edgecolor=DARK,
            linewidth=0.6,
            label="95% interval",
        )
        axes.fill_between(
            years,
            frame["low80"],
            frame["high80"],
            facecolor="#7FB0DE",
            edgecolor=DARK,
            linewidth=0.6,
            label="80% interval",
        )
        axes.plot(years, frame["median"], color=DARK, linewidth=2.4, label="Median")
        axes.plot(years, frame["central"], color=INK, linewidth=1.6, linestyle=(0, (4, 2)), label="Central case")
        axes.axhline(0, color=INK, linewidth=1.2)
        bars.upright_money(axes, "Years after the episode", int(years.max()))

    picked = frame[frame["year"].isin([0, 1, 2, 5, 10, int(frame["year"].max())])]
    said = [
        f"end of year {row.year}: {gbp(row.median)}, 95% interval {gbp(row.low95)} to {gbp(row.high95)}"
        for row in picked.itertuples()
    ]
    return draw(
        message,
        measure,
        alt=f"Fan chart of cumulative saving: {'; '.join(said)}.",
        numbers=_numbers(frame.drop(columns="basis"), measure, "year"),
        paint=paint,
        labels=[pounds(-888_000)] * 9 * some,
        legend=["95% interval", "80% interval", "Median", "Central case"],
        foot=0.5,
        notes=[BASIS["expectation"]],
    )


def cases(frame: pd.DataFrame, context: Context) -> Figure:
    """Draw each case's long-term saving with its interval and its chance of saving.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.intervals.cases`.
    """
    rows = frame[frame["horizon"] == "long"].sort_values(
        ["median", "case_id"], ascending=[False, True], ignore_index=True
    )
    measure = context.measure(f"Saving {context.over('long')} by case, median and intervals", len(rows))
    priced = rows[["low95", "high95"]].any(axis=1)
    rows["chance"] = rows["chance"].where(priced)
    sure = int((rows["chance"] >= 0.95).sum())
    message = (
        f"{sure or 'None'} of {plural(len(rows), 'case')} save{'s' if sure == 1 else ''} in at least 95 of 100 draws."
        if priced.any()
        else NO_CASE
    )
    chances = [f"{row.case_id}: {_chance(row.chance)}" for row in rows.itertuples()]

    def paint(axes):
        if len(rows) > bars.NAMED:
            places = range(len(rows))
            axes.fill_betweenx(places, rows["low95"], rows["high95"], color="#CFE0F1")
            axes.fill_betweenx(places, rows["low80"], rows["high80"], color="#7FB0DE")
            axes.plot(rows["median"], places, color=DARK, linewidth=2)
        else:
            interval_rows(axes, rows, None)
        bars.rows(axes, chances)
        bars.money_axis(axes)

    return _intervals(
        message,
        measure,
        rows.drop(columns=["horizon", "basis"]),
        bars.names(chances) * bool(priced.any()),
        paint,
        "case_id",
        [
            "Beside each case: in how many of 100 draws it saves. " + KEY.replace("Diamond: the central case. ", ""),
            BASIS["luck"],
        ],
    )


def payers(frame: pd.DataFrame, context: Context) -> Figure:
    """Draw what each payer gains or loses, with its interval.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.intervals.payers`.
    """
    rows = frame.assign(payer=frame["payer"].map(codes.PAYER)).sort_values("median", ascending=False, ignore_index=True)
    measure = context.measure(f"Avoided {context.over('long')} less paid, by payer, median and intervals")
    gains = rows[rows["low95"] > 0]
    message = (
        NO_CASE
        if rows.empty
        else "No payer is sure to gain."
        if gains.empty
        else f"{does(gains['payer'].iloc[0], 'gains', 'gain')} in nearly every draw."
        if len(gains) == 1
        else f"{' and '.join(gains['payer'].iloc[:2])} gain in nearly every draw"
        f"{'' if len(gains) < 3 else ', with ' + plural(len(gains) - 2, 'other')}."
    )

    def paint(axes):
        interval_rows(axes, rows, None)
        bars.rows(axes, list(rows["payer"]))
        bars.money_axis(axes)

    return _intervals(
        message,
        measure,
        rows.drop(columns="basis"),
        list(rows["payer"]),
        paint,
        "payer",
        [KEY.replace("Diamond: the central case. ", ""), BASIS["expectation"]],
    )


def _intervals(message, measure, table, names, paint, head, notes) -> Figure:
    said = [
        f"{gbp(row.median)}, 95% interval {gbp(row.low95)} to {gbp(row.high95)}, chance {_chance(row.chance)}"
        for row in table.itertuples()
    ]
    listed = _listed([str(name) for name in table[head]], said)
    return draw(
        message,
        measure,
        alt=f"Interval chart, one row each. {listed}.",
        numbers=_numbers(table, measure, head),
        paint=paint,
        labels=names,
        each=0.4,
        notes=notes,
    )


def _numbers(table: pd.DataFrame, measure: str, head: str):
    table = table[[head, *(column for column in table if column != head)]]
    formats = {name: "gbp" for name in FIGURES if name in table} | {"chance": "share"}
    labels = {
        "low80": "80% from",
        "high80": "80% to",
        "low95": "95% from",
        "high95": "95% to",
        "case_id": "Case",
        "central": "Central case",
        "chance": "Chance of saving",
    }
    return show(table, measure, formats=formats, labels=labels, missing={"chance": UNPRICED})


def _chance(share: float) -> str:
    return UNPRICED if pd.isna(share) else f"{share:.0%}"


def _certain(rows: pd.DataFrame) -> bool:
    """Luck plays no part: every accepted future is taken as certain."""
    ends = [rows.loc[rows["basis"] == basis, ["low95", "high95"]].to_numpy() for basis in BASIS]
    return bool((ends[0] == ends[1]).all())


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
