"""Figures of a round: the report's bands, savings, an independent cost, beliefs beside known rates, authorities.

In: frames of :mod:`larcnb.consortium`. Out: :class:`~larcnb.figures.figure.Figure`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.figures import bars
from larcnb.figures.authorities import BAND, forest, standing
from larcnb.figures.figure import DARK, INK, PLUM, Figure, draw
from larcnb.figures.inputs import _listed
from larcnb.figures.measures import measured
from larcnb.tables import Context, gbp, plural, show

__all__ = ["bands", "beliefs", "benchmark", "forest", "savings", "spread", "standing"]

COSTS = ("process", "interventions", "inputs")
QUARTERS = {"least": 0.0, "quarter": 0.25, "middle": 0.5, "three quarters": 0.75, "most": 1.0}


def spread(cases: pd.DataFrame, context: Context) -> Figure:
    """Draw how far apart costed cases lie in what the process, the support and both cost.

    Parameters
    ----------
    cases : DataFrame
        Pooled: ``costed`` and the money columns of :data:`COSTS`, GBP at the price base.
    """
    costed = cases.loc[cases["costed"] == "yes", list(COSTS)]
    labels = [measured(column, context) for column in COSTS]
    table = costed.quantile([*QUARTERS.values()]).T.set_axis([*QUARTERS], axis=1)
    measure = context.measure("Cost of a case", len(costed))
    whole = table.loc["inputs"]
    some = bool(costed.to_numpy().any())
    message = "No case was costed." if costed.empty else "No cost was recorded in any costed case." if not some else (
        f"Half of the cases cost {gbp(whole['quarter'])} to {gbp(whole['three quarters'])} in all, the dearest "
        f"{gbp(whole['most'])}."
    )  # fmt: skip
    said = [f"{gbp(row['least'])} to {gbp(row['most'])}, half of them {gbp(row['quarter'])} to "
            f"{gbp(row['three quarters'])}" for _, row in table.iterrows()]  # fmt: skip

    def paint(axes):
        import seaborn

        seaborn.boxplot(costed, orient="h", whis=(0, 100), width=0.5, color=BAND, linecolor=INK, ax=axes)
        bars.rows(axes, labels)
        bars.money_axis(axes)

    return draw(
        message, measure, alt=f"Box plot of what cases cost. {_listed(labels, said)}.",
        numbers=show(table.assign(what=labels)[["what", *QUARTERS]], measure, formats=dict.fromkeys(QUARTERS, "gbp"),
                     labels={"quarter": "A quarter below", "three quarters": "A quarter above"},
                     missing=dict.fromkeys(QUARTERS, "")),
        paint=paint, labels=labels if some else [], each=0.5,
        notes=["Box: the half of the cases in the middle; the line in it: the middle case; lines out of it: to the "
               "least and the most."],
    )  # fmt: skip


def bands(banded: pd.DataFrame, column: str, context: Context) -> Figure:
    """Draw how many costed cases fall into each band of the report, with what the report says of it.

    Parameters
    ----------
    banded : DataFrame
        :func:`larcnb.consortium.comparison.banded`.
    column : str
        The money column banded.
    """
    n = int(banded["cases"].sum())
    measure = context.measure(f"{measured(column, context)}, by the report's bands", n)
    ends = [f"{row.cases} (LARC4: {row.larc4})" if row.larc4 else str(row.cases) for row in banded.itertuples()]
    most = banded.loc[banded["cases"].idxmax()] if n else None
    message = "No case was costed." if most is None else (
        f"{measured(column, context)}: {most['label'][0].lower()}{most['label'][1:]} in {most['cases']} of "
        f"{plural(n, 'case')}."
    )  # fmt: skip

    def paint(axes):
        bars.one(axes, banded["label"], banded["cases"], str, texts=ends)
        axes.set_xlim(0, max(banded["cases"].max(), 1) * 2.2)
        bars.count_axis(axes)

    return draw(
        message, measure, alt=f"Bar chart of cases by band, with LARC4's words. {_listed(banded['label'], ends)}.",
        numbers=show(banded[["label", "cases", "share", "share_low", "share_high", "larc4"]], measure,
                     formats=dict.fromkeys(["share", "share_low", "share_high"], "share"),
                     labels={"label": "Band", "share": "Of all", "share_low": "From", "share_high": "To",
                             "larc4": "LARC4 says"}, missing=dict.fromkeys(["share", "share_low", "share_high"], "")),
        paint=paint, labels=list(banded["label"]),
        notes=["From and to: 95% Wilson interval, the spread of these families: they were chosen, not drawn."],
    )  # fmt: skip


def savings(short: pd.DataFrame, long: pd.DataFrame, context: Context) -> Figure:
    """Draw how many cases lose and save, in the short and in the long term.

    Parameters
    ----------
    short, long : DataFrame
        :func:`larcnb.consortium.comparison.banded` of ``saving_short`` and ``saving_long``, in the same bands.
    """
    table = long[["label"]].assign(short=short["cases"], long=long["cases"], larc4=long["larc4"])
    n = int(table["long"].sum())
    names = tuple(measured(f"saving_{term}", context) for term in ("short", "long"))
    measure = context.measure("Cases by saving (futures avoided less inputs)", n)
    lose = [int(table[term].iloc[0]) for term in ("short", "long")]
    message = "No case was costed." if not n else (
        f"{lose[0]} of {plural(n, 'case')} cost more than they save {context.over('short')}, {lose[1]} "
        f"{context.over('long')}."
    )  # fmt: skip

    def paint(axes):
        bars.pairs(axes, table["label"], (table["short"], table["long"]), names, str)
        bars.count_axis(axes)

    said = [f"{row.short} then {row.long}" for row in table.itertuples()]
    return draw(
        message, measure, alt=f"Bar chart of cases by saving, two bars a band. {_listed(table['label'], said)}.",
        numbers=show(table, measure, labels={"label": "Saving", "short": names[0], "long": names[1],
                                             "larc4": "LARC4 says, long term"}),
        paint=paint, labels=list(table["label"]), each=0.46, legend=names,
    )  # fmt: skip


def benchmark(beside: pd.DataFrame, context: Context) -> Figure:
    """Draw the mean cost of the process beside an independent study's CAF, plain and with this round's meetings.

    Parameters
    ----------
    beside : DataFrame
        :func:`larcnb.consortium.comparison.beside_steps`.
    """
    n = len(beside)
    measure = context.measure("Mean cost of a process, closed cases", n)
    table = pd.DataFrame({
        "what": ["Independent study: a CAF over six months", "Its steps, with these cases' meetings and months",
                 "These cases, from people's hours"],
        "mean": [beside["whole"].mean(), beside["steps"].mean(), beside["process"].mean()],
    })  # fmt: skip
    whole, steps, own = table["mean"]
    some = bool(n and own)
    unsaid = "No time on the process of a closed case was recorded." if n else "No closed case was costed."
    message = unsaid if not some else (
        f"A process here costs {gbp(own)} on average, {own / whole:.1f} times the independent {gbp(whole)}; with as "
        f"many meetings and months the independent rates come to {gbp(steps)}."
    )  # fmt: skip

    def paint(axes):
        bars.one(axes, table["what"], table["mean"].fillna(0), gbp)
        bars.money_axis(axes)

    return draw(
        message, measure, alt=f"Bar chart of mean cost. {_listed(table['what'], map(gbp, table['mean']))}.",
        numbers=show(table, measure, formats={"mean": "gbp"}), paint=paint, each=0.44,
        labels=list(table["what"]) * some,
        notes=["The independent figures are for all families with a CAF, not for complex needs alone."],
    )  # fmt: skip


PERSONS = {"child": ("child", "children"), "adult": ("adult", "adults"), "family": ("family", "families")}


def beliefs(beside: pd.DataFrame, context: Context) -> Figure:
    """Draw of how many persons a future counts, beside how many comparison persons met it, like with like.

    Parameters
    ----------
    beside : DataFrame
        :func:`larcnb.consortium.comparison.counts_cap_beliefs`.
    """
    table = beside
    measure = f"Share of children, or of families: believed here, and seen in comparison families. {context.name}."
    of = [plural(row.told, *PERSONS[row.person]) if row.persons != row.persons else
          f"{row.told} of {plural(int(row.persons), *PERSONS[row.person])}" for row in table.itertuples()]  # fmt: skip
    held = table[(table["told"] > 0) & table["persons"].notna()]
    message = "No future with a known rate was counted." if held.empty else (
        f"{held['label'].iloc[0]}: believed of {of[held.index[0]]} ({held['believed'].iloc[0]:.1%}), seen in "
        f"{held['comparison_share'].iloc[0]:.1%} of comparison {PERSONS[held['person'].iloc[0]][1]}."
    )  # fmt: skip

    def paint(axes):
        at = np.arange(len(table))
        axes.hlines(at, table["low"], table["high"], color=INK, linewidth=1.2)
        axes.plot(table["believed"], at, "s", color=DARK, markersize=7, label="Believed here", linestyle="")
        axes.plot(table["comparison_share"], at, "D", color="white", markeredgecolor=PLUM, markeredgewidth=1.8,
                  markersize=7, label="Comparison families", linestyle="")  # fmt: skip
        axes.set_xlim(0, max(0.05, np.nan_to_num(table["high"].max())))
        bars.rows(axes, table["label"])
        bars.share_axis(axes)

    if table.empty or not (table["persons"] > 0).any():
        return Figure(f"No family was sent. {message}", measure, "", show(table[["label"]], measure), "")
    seen = [f"{share:.1%}" for share in table["comparison_share"]]
    said = [f"{words} believed, {share} seen" for words, share in zip(of, seen, strict=True)]
    shares = ["believed", "low", "high", "chance", "cap"]
    numbers = table.assign(of=of, comparison_share=seen, confidence=table["confidence"].map(codes.CONFIDENCE))
    columns = ["label", "of", *shares[:3], "comparison_share", "months", *shares[3:], "population", "confidence"]
    return draw(
        message, measure, alt=f"Dot chart of shares. {_listed(table['label'], said)}.",
        numbers=show(numbers[columns], measure, formats=dict.fromkeys(shares, "share"),
                     labels={"label": "Future", "of": "Believed of", "believed": "Share", "low": "From", "high": "To",
                             "comparison_share": "Seen in comparison families", "months": "Within months",
                             "chance": "Chance believed", "cap": "At most, by the counts"},
                     missing=dict.fromkeys(shares, "not known")),
        paint=paint, labels=list(table["label"]), legend=("Believed here", "Comparison families"),
        notes=["Comparison families had several problems but were not all on the edge of care, and were followed for "
               "two years. Lines: 95% Wilson intervals, the spread of these families. At most, by the counts: if the "
               "rate held here and telling caught every such event, no larger share of those told of it can have been "
               "right. A return counts no adults, so their share is not known."],
    )  # fmt: skip
