"""Figures of the futures told and avoided.

In: clean tables, the national futures library and the ledger. Out: :class:`~larcnb.figures.figure.Figure`. A
future without a price is drawn in words, at the same size as one with a price.
"""

from __future__ import annotations

import pandas as pd

from larcnb import codes
from larcnb.costing import total
from larcnb.figures import bars
from larcnb.figures.figure import DARK, INK, MID, Figure, bars_across, draw, pounds, write
from larcnb.figures.inputs import _listed
from larcnb.tables import Context, gbp, plural, show

NO_CASE = "No case was costed."
LIKELIHOOD_STYLE = {
    "very_unlikely": {"facecolor": "white", "edgecolor": INK, "linewidth": 0.8},
    "unlikely": {"facecolor": "#ADD1F1", "edgecolor": INK, "linewidth": 0.8},
    "possible": {"facecolor": "#6BACE6", "edgecolor": INK, "linewidth": 0.8},
    "likely": {"facecolor": "#2073BC", "edgecolor": INK, "linewidth": 0.8},
    "highly_likely": {"facecolor": DARK, "edgecolor": INK, "linewidth": 0.8},
}
"""From light to dark with the likelihood, so that the order stands in greyscale; each part also says its number."""


def futures_by_theme(
    futures: pd.DataFrame, moderation: pd.DataFrame, library: pd.DataFrame, cases: pd.DataFrame, context: Context
) -> Figure:
    """Draw how many families a future of each theme was told of, and for how many it was accepted.

    Parameters
    ----------
    futures, moderation : DataFrame
        Clean tables.
    library : DataFrame
        The national futures: ``future``, ``theme``.
    cases : DataFrame, one row a case

    Source
    ------
    Easton et al (2012), LARC4, section 2.5.
    """
    theme = dict(zip(library["future"], library["theme"], strict=True))
    told = futures.assign(theme=futures["future"].map(theme)).groupby("theme", observed=True)["case_id"].nunique()
    agreed = moderation[moderation["accepted"] == "yes"]
    agreed = agreed.assign(theme=agreed["future"].map(theme)).groupby("theme", observed=True)["case_id"].nunique()
    rows = [(label, int(agreed.get(code, 0)), int(told.get(code, 0))) for code, label in codes.FUTURE_THEME.items()]
    table = pd.DataFrame([row for row in rows if row[2]], columns=["theme", "accepted", "told"])
    table = table.sort_values(["accepted", "told"], ascending=False, kind="stable").reset_index(drop=True)
    measure = f"Families by theme of the futures told. {context.name}, {plural(len(cases), 'family')}."
    if table.empty:
        message = "No future was told of."
    elif not table["accepted"].any():
        message = "No future told of was accepted."
    else:
        which, several = bars.leading(table["theme"], table["accepted"])
        message = (
            f"{which} {'were the futures' if several else 'was the future'} most often accepted, in "
            f"{table['accepted'][0]} of {plural(len(cases), 'family')}{' each' if several else ''}."
        )
    ends = [f"{row.accepted} of {row.told}" if row.accepted < row.told else str(row.told) for row in table.itertuples()]

    def paint(axes):
        parts = (table["accepted"], table["told"] - table["accepted"])
        bars.stacked(axes, table["theme"], parts, ("Accepted", "Told, not accepted"), ends)
        bars.count_axis(axes)

    return draw(
        message, measure,
        alt=f"Bar chart of families by theme of future, accepted of those told. {_listed(table['theme'], ends)}.",
        numbers=show(table, measure, labels={"accepted": "Families, accepted", "told": "Families, told"}),
        paint=paint, labels=list(table["theme"]), legend=("Accepted", "Told, not accepted"),
        notes=["A family with futures of several themes is counted in each. Accepted by the moderators, whatever "
               "the likelihood agreed; which count towards the saving is for the preset."],
    )  # fmt: skip


def futures_told(futures: pd.DataFrame, moderation: pd.DataFrame, context: Context) -> Figure:
    """Draw how likely each kind of witness held the futures, beside what the moderators agreed.

    Parameters
    ----------
    futures : DataFrame
        ``perspective``, ``likelihood``: one row a witness and a future.
    moderation : DataFrame
        ``likelihood``, ``accepted``: one row a future.
    """
    groups = {label: futures.loc[futures["perspective"] == code, "likelihood"]
              for code, label in codes.PERSPECTIVE.items()}  # fmt: skip
    groups["Agreed and accepted"] = moderation.loc[moderation["accepted"] == "yes", "likelihood"]
    groups["Not accepted"] = moderation.loc[moderation["accepted"] == "no", "likelihood"]
    rows = [(who, *((said == code).sum() for code in codes.LIKELIHOOD)) for who, said in groups.items() if len(said)]
    table = pd.DataFrame(rows, columns=["who", *codes.LIKELIHOOD])
    measure = f"Futures by likelihood: each witness's view, then the moderators'. {context.name}."
    several = int((futures.groupby(["case_id", "future"], observed=True).size() > 1).sum())
    different = len(futures.drop_duplicates(["case_id", "future"]))
    accepted = int((moderation["accepted"] == "yes").sum())
    message = "No future was told of." if not different else (
        f"{plural(different, 'future')} {'was' if different == 1 else 'were'} told of, {several or 'none'} by more "
        f"than one witness; moderators accepted {accepted}."
    )  # fmt: skip

    def paint(axes):
        left, room = [0] * len(table), 0.035 * table.iloc[:, 1:].sum(axis=1).max()
        for code, label in codes.LIKELIHOOD.items():
            counts = list(table[code])
            bars_across(axes, range(len(table)), counts, 0.66, left, label=label, **LIKELIHOOD_STYLE[code])
            ink = "white" if code in ("likely", "highly_likely") else INK
            told = ((start + count / 2, place, str(count))
                    for place, (start, count) in enumerate(zip(left, counts, strict=True)) if count > room)  # fmt: skip
            write(axes, told, ha="center", color=ink, fontsize=8.5)
            left = [start + count for start, count in zip(left, counts, strict=True)]
        bars.rows(axes, table["who"])
        bars.count_axis(axes)

    said = [", ".join(f"{row[code]} {label.lower()}" for code, label in codes.LIKELIHOOD.items() if row[code])
            for row in table.to_dict("records")]  # fmt: skip
    return draw(
        message, measure, alt=f"Stacked bar chart of futures by likelihood. {_listed(table['who'], said)}.",
        numbers=show(table, measure, labels={"who": "Who"} | codes.LIKELIHOOD),
        paint=paint, labels=list(table["who"]), legend=list(codes.LIKELIHOOD.values()),
        notes=["Several witnesses to one future are one future."],
    )  # fmt: skip


def avoided_by_theme(ledger: pd.DataFrame, library: pd.DataFrame, cases: pd.DataFrame, context: Context) -> Figure:
    """Draw the cost avoided by theme of future, and say how many futures of each have no price.

    Parameters
    ----------
    ledger : DataFrame
        Lines of the stage ``future``; a blank amount is a future without a price.
    library : DataFrame
        The national futures: ``future``, ``theme``.
    cases : DataFrame, one row a case
        For the number of costed cases.
    """
    theme = dict(zip(library["future"], library["theme"], strict=True))
    lines = ledger[ledger["stage"] == "future"]
    lines = lines.assign(theme=lines["element"].map(theme))
    amounts = lines.groupby("theme", observed=True)["amount"].agg(total)
    blank = lines[lines["amount"].isna()].drop_duplicates(["case_id", "element"])
    unpriced = blank.groupby("theme", observed=True).size()
    rows = [(label, float(amounts.get(code, 0)), int(unpriced.get(code, 0)))
            for code, label in codes.FUTURE_THEME.items()]  # fmt: skip
    table = pd.DataFrame([row for row in rows if row[1] or row[2]], columns=["theme", "avoided", "unpriced"])
    table = table.sort_values(["avoided", "unpriced"], ascending=False, kind="stable").reset_index(drop=True)
    costed = int((cases["costed"] == "yes").sum())
    measure = context.measure(f"Cost avoided {context.over('long')}, by theme of future", costed)
    whole, without = total(table["avoided"]), int(table["unpriced"].sum())
    if table.empty:
        message = "No future counts towards the saving."
    elif not whole:
        message = f"No future avoided has a national price: {plural(without, 'future')}."
    else:
        told = "every future avoided has a price" if not without else (
            f"{plural(without, 'future')} avoided {'has' if without == 1 else 'have'} no price"
        )  # fmt: skip
        message = f"{table['theme'][0]} is {gbp(table['avoided'][0])} of the {gbp(whole)} avoided; {told}."
    ends = [_with_unpriced(row.avoided, row.unpriced) for row in table.itertuples()]

    def paint(axes):
        bars.one(axes, table["theme"], table["avoided"], pounds, texts=ends)
        axes.set_xlim(0, max(table["avoided"].max(), 1) * 1.6)
        bars.money_axis(axes)

    return draw(
        message, measure, alt=f"Bar chart of cost avoided by theme. {_listed(table['theme'], ends)}.",
        numbers=show(table, measure, formats={"avoided": "gbp"}, labels={"unpriced": "Futures without a price"}),
        paint=paint, labels=list(table["theme"]),
        notes=["A future without a price is no less a future: it adds nothing to the sum, so the sum is too low."],
    )  # fmt: skip


def cumulative(ledger: pd.DataFrame, cases: pd.DataFrame, context: Context) -> Figure:
    """Draw the cost avoided year upon year against the inputs, and the year in which they are paid back.

    Parameters
    ----------
    ledger : DataFrame
        Lines of the stage ``future``; ``year`` t runs from t to t + 1 after the episode.
    cases : DataFrame, one row a case
        ``inputs_appraised``: GBP at the price base.

    Source
    ------
    METHOD.md part 2: payback year, the first t with cumulative avoided at or above inputs.
    """
    costed = cases[cases["costed"] == "yes"]
    inputs = total(costed["inputs_appraised"])
    flows = ledger[(ledger["stage"] == "future") & ledger["amount"].notna()]
    last = max(int(flows["year"].max()) + 1 if len(flows) else 1, context.long_years or 1)
    by_year = flows.groupby("year")["amount"].agg(total)
    sums = [total(by_year.get(year, 0.0) for year in range(upto)) for upto in range(1, last + 1)]
    paid_back = next((n + 1 for n, amount in enumerate(sums) if amount >= inputs), None) if len(costed) else None
    table = pd.DataFrame({"year": range(1, last + 1), "avoided": sums, "balance": [a - inputs for a in sums]})
    measure = context.measure("Cost avoided by the end of each year, cumulative, and inputs", len(costed))
    if costed.empty:
        message = "No case was costed."
    elif not inputs:
        message = (
            f"No cost was recorded to be paid back; {gbp(sums[-1])} is avoided in {plural(last, 'year')}."
            if sums[-1] else NO_CASE
        )  # fmt: skip
    elif not any(sums):
        message = f"Nothing with a price is avoided, so the {gbp(inputs)} put in is not paid back."
    elif paid_back:
        within = "the first year" if paid_back == 1 else f"{paid_back} years"
        message = f"The {gbp(inputs)} put in is paid back within {within}."
    else:
        message = f"The {gbp(inputs)} put in is not paid back in {plural(last, 'year')}."

    def paint(axes):
        ends = range(last + 1)
        axes.plot(ends, [0, *sums], color=DARK, linewidth=2.2, marker="o", markersize=4.5)
        axes.axhline(inputs, color=MID, linewidth=2, linestyle=(0, (5, 2)))
        axes.axhline(0, color=INK, linewidth=1)
        axes.set_ylim(min(0, *sums) * 1.05, max(inputs, *sums) * 1.14 or 1)
        for words, amount in ((f"Inputs {pounds(inputs)}", inputs), (f"Avoided {pounds(sums[-1])}", sums[-1])):
            axes.annotate(words, (last, amount), (0, 4), textcoords="offset points", ha="right", va="bottom")
        if paid_back and inputs:
            axes.plot([paid_back], [sums[paid_back - 1]], marker="D", color="white", markeredgecolor=INK, markersize=9,
                    zorder=4)  # fmt: skip
            at = (paid_back, sums[paid_back - 1])
            axes.annotate("paid back", at, (9, -4), textcoords="offset points", va="top")
        bars.upright_money(axes, "Years after the episode", last)

    picked = [n for n in range(last) if n in (0, 1, 2, 4, 9, last - 1)]
    said = [f"{gbp(sums[n])} by the end of year {n + 1}" for n in picked]
    return draw(
        message, measure,
        alt=f"Line chart of cumulative cost avoided against inputs of {gbp(inputs)}: {'; '.join(said)}.",
        numbers=show(table, measure, formats={"year": "count", "avoided": "gbp", "balance": "gbp"},
                     labels={"year": "By the end of year", "avoided": "Avoided so far", "balance": "Less inputs"}),
        paint=paint, labels=[pounds(-888_000)] * 8 * any(sums), foot=0.5,
    )  # fmt: skip


def _with_unpriced(avoided: float, unpriced: int) -> str:
    words = [pounds(avoided)] if avoided else []
    return " and ".join(words + ([f"{unpriced} without a price"] if unpriced else []))
