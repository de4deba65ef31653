"""Figures of what is not known: the saving, the years, the cases and the payers with their intervals.

In: frames of :class:`larcnb.sensitivity.Study`. Out: :class:`~larcnb.figures.figure.Figure`. All cases together stand
at their expected value; a single case also has chance variation.
"""

from __future__ import annotations

import pandas as pd

from larcnb import codes
from larcnb.figures import bars
from larcnb.figures.figure import DARK, INK, Figure, draw, pounds
from larcnb.figures.inputs import _listed
from larcnb.figures.sensitivity import NO_CASE
from larcnb.figures.sets import KEY, interval_rows, of_saving
from larcnb.tables import Context, gbp, plural, show
from larcnb.tables.sensitivity import in_hundred

EXPECTED = "Each future stands at its expected value."
VARIES = "Each case with chance variation: each of its futures comes or does not."
NOT_DRAWN = (
    "This set fixes the chance of a future or what help prevented, so no chance of saving is stated."
)
SHORT = "In the short term the mean can lie below the central case: what lasts beyond the horizon does not count."
FIGURES = ("mean", "median", "low80", "high80", "low95", "high95", "central")


def savings(frame: pd.DataFrame, context: Context, draws: int) -> Figure:
    """Draw the interval of the saving, short and long.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.monte_carlo.savings`.
    draws : int
    """
    rows = frame.sort_values("horizon", ignore_index=True)
    names = [_upper(context.over(horizon)) for horizon in rows["horizon"]]
    long = rows[rows["horizon"] == "long"].iloc[0]
    measure = context.measure(f"Saving of all cases together, {plural(draws, 'draw')}")
    stated = not rows["chance"].isna().any()
    some = bool(rows[["low95", "high95"]].to_numpy().any())
    between = f"between {gbp(long['low95'])} and {gbp(long['high95'])} in 95 of 100 draws"
    ends = (f"{in_hundred(long['chance'])} show a saving." if stated
            else f"{long['drawn']} only: whether the futures were real is in no interval here.")  # fmt: skip
    message = f"Within this set the saving {context.over('long')} lies {between}; {ends}" if some else NO_CASE

    def paint(axes):
        interval_rows(axes, rows, rows["central"])
        bars.rows(axes, names)
        bars.money_axis(axes)

    notes = [KEY, EXPECTED, SHORT] + [NOT_DRAWN] * (not stated)
    return _intervals(message, measure, rows.assign(horizon=names), names * some, paint, "horizon", notes)


def fan(frame: pd.DataFrame, context: Context) -> Figure:
    """Draw how the saving builds up year by year, as a fan.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.monte_carlo.fan`.
    """
    measure = context.measure("Saving up to the end of each year, median and intervals")
    paid = frame[(frame["year"] > 0) & (frame["median"] >= 0)]
    some = bool(frame[["low95", "high95"]].to_numpy().any())
    message = (
        NO_CASE if not some
        else "In most draws the avoided cost does not cover what was spent within the long term." if paid.empty
        else "In most draws the avoided cost covers what was spent by the end of year "
             f"{int(paid['year'].iloc[0])} (payback)."
    )  # fmt: skip

    def paint(axes):
        years = frame["year"]
        for share, colour in ((95, "#CFE0F1"), (80, "#7FB0DE")):
            axes.fill_between(years, frame[f"low{share}"], frame[f"high{share}"], facecolor=colour, edgecolor=DARK,
                              linewidth=0.6, label=f"{share}% interval")  # fmt: skip
        axes.plot(years, frame["median"], color=DARK, linewidth=2.4, label="Median")
        axes.plot(years, frame["central"], color=INK, linewidth=1.6, linestyle=(0, (4, 2)), label="Central case")
        axes.axhline(0, color=INK, linewidth=1.2)
        bars.upright_money(axes, "Years after the episode", int(years.max()))

    picked = frame[frame["year"].isin([0, 1, 2, 5, 10, int(frame["year"].max())])]
    said = [f"end of year {row.year}: {gbp(row.median)}, 95% interval {gbp(row.low95)} to {gbp(row.high95)}"
            for row in picked.itertuples()]  # fmt: skip
    return draw(
        message, measure, alt=f"Fan chart of cumulative saving: {'; '.join(said)}.",
        numbers=_numbers(frame, measure, "year"), paint=paint, labels=[pounds(-888_000)] * 9 * some,
        legend=["95% interval", "80% interval", "Median", "Central case"], foot=0.5, notes=[EXPECTED],
    )  # fmt: skip


def cases(frame: pd.DataFrame, context: Context) -> Figure:
    """Draw each case's long-term saving with its interval.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.monte_carlo.cases`.
    """
    rows = frame.sort_values(["central", "case_id"], ascending=[False, True], ignore_index=True)
    measure = context.measure(f"Saving {context.over('long')} by case, with chance variation", len(rows))
    names, sure = list(rows["case_id"]), int((rows["low95"] >= 0).sum())
    lead = f"{sure or 'None'} of {plural(len(rows), 'case')} {'have' if sure > 1 else 'has'}"
    message = f"{lead} a saving in 95 of 100 draws." if len(rows) else NO_CASE

    def paint(axes):
        if len(rows) > bars.NAMED:
            places = range(len(rows))
            axes.fill_betweenx(places, rows["low95"], rows["high95"], color="#CFE0F1")
            axes.fill_betweenx(places, rows["low80"], rows["high80"], color="#7FB0DE")
            axes.plot(rows["central"], places, color=DARK, linewidth=2)
        else:
            interval_rows(axes, rows, rows["central"])
        bars.rows(axes, names)
        bars.money_axis(axes)

    return _intervals(message, measure, rows, bars.names(names), paint, "case_id", [KEY, VARIES])


def payers(frame: pd.DataFrame, context: Context) -> Figure:
    """Draw what each payer gains or loses, with its interval.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.monte_carlo.payers`.
    """
    rows = frame.assign(payer=frame["payer"].map(codes.PAYER))
    rows = rows.sort_values("central", ascending=False, ignore_index=True)
    measure = context.measure(f"Avoided {context.over('long')} less paid, by payer, central case and intervals")
    gains = list(rows.loc[rows["low95"] > 0, "payer"])
    more = f", with {plural(len(gains) - 2, 'other')}" if len(gains) > 2 else ""
    message = (
        NO_CASE if rows.empty else "No payer gains in 95 of 100 draws." if not gains
        else f"{' and '.join(gains[:2])} gain{'s' if len(gains) == 1 else ''} in 95 of 100 draws{more}."
    )  # fmt: skip

    def paint(axes):
        interval_rows(axes, rows, rows["central"])
        bars.rows(axes, list(rows["payer"]))
        bars.money_axis(axes)

    return _intervals(message, measure, rows, list(rows["payer"]), paint, "payer", [KEY, EXPECTED])


def _intervals(message, measure, table, names, paint, head, notes) -> Figure:
    said = [f"{gbp(row.central)}, 95% interval {gbp(row.low95)} to {gbp(row.high95)}" + of_saving(row.chance)
            for row in table.itertuples()]  # fmt: skip
    return draw(
        message, measure, alt=f"Interval chart, one row each. {_listed([str(name) for name in table[head]], said)}.",
        numbers=_numbers(table, measure, head), paint=paint, labels=names, each=0.4, notes=notes,
    )  # fmt: skip


def _numbers(table: pd.DataFrame, measure: str, head: str):
    chances = [in_hundred(chance) for chance in table["chance"]]
    table = table[[head, *(name for name in FIGURES if name in table)]]
    table = table if not any(chances) else table.assign(chance=chances)
    labels = {"low80": "80% from", "high80": "80% to", "low95": "95% from", "high95": "95% to", "case_id": "Case",
              "central": "Central case", "chance": "Draws that save"}  # fmt: skip
    return show(table, measure, formats={name: "gbp" for name in FIGURES if name in table}, labels=labels)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
