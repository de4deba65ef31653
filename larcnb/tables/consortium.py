"""Tables of a round over all its authorities: means, futures and who agreed, pooling, other rounds.

In: frames of :mod:`larcnb.consortium`. Out: :class:`~larcnb.tables.table.Table`. A figure that would rest on too little
is not shown; its place says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from larcnb import codes
from larcnb.consortium.agreement import FEWEST_FAMILIES, FEWEST_RATED
from larcnb.consortium.pooling import Across
from larcnb.consortium.process_cost import Drivers
from larcnb.tables.table import Context, Table, show
from larcnb.tables.words import plural

THESE = "The spread of these families, who were chosen and not drawn: it is scaled up to no population."
TOO_FEW = "too few"


def means(frame: pd.DataFrame, context: Context) -> Table:
    """What a case comes to: least, middle, mean with its interval, most.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.consortium.intervals.means`.
    """
    n = int(frame["cases"].max()) if len(frame) else 0
    columns = ["least", "median", "mean", "low", "high", "most"]
    return show(
        frame[["label", *columns]], context.measure("What a case comes to", n), formats=dict.fromkeys(columns, "gbp"),
        labels={"label": "A case", "median": "Middle", "low": "Mean from", "high": "Mean to"},
        missing=dict.fromkeys(columns, TOO_FEW),
        notes=["Mean from and to: 95% interval by bootstrap of cases (BCa), which does not allow for cases of one "
               "authority going together; the mean over authorities below does. " + THESE],
    )  # fmt: skip


def agreement(frame: pd.DataFrame, context: Context) -> Table:
    """How far witnesses of the same future agreed on its likelihood, theme by theme, beside what chance would give.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.consortium.agreement.by_theme`.
    """
    table = pd.DataFrame({
        "theme": frame["theme"].map(codes.FUTURE_THEME | {"all": "All futures"}),
        "futures": frame["futures"], "several": frame["several"], **_beside_chance(frame),
    })  # fmt: skip
    return show(
        table, f"How far witnesses of one future agreed on its likelihood. {context.name}.",
        labels={"futures": "Futures told", "several": "By two or more"} | AGREED,
        totals=1, empty=f"No future was told of, so there is nothing to agree on. {context.name}.", notes=[CHANCE],
    )  # fmt: skip


AGREED = {"share": "The same answer", "kappa": "Weighted kappa"}
CHANCE = (
    "In brackets 95% intervals, the futures of one family taken together. Shuffled: the mean where each witness's "
    "answers are shuffled among the futures they told of, so that only chance agrees. Kappa: 1 full agreement, 0 no "
    "more than chance, a step apart counted as near (quadratic weights). Too few: under "
    f"{FEWEST_RATED} futures with two witnesses, or {FEWEST_FAMILIES} families."
)


def _beside_chance(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Share and kappa, each in one cell with its interval and its value by chance."""
    return {name: [_cell(row, name) for row in frame.to_dict("records")] for name in AGREED}


def _cell(row: Mapping, name: str) -> str:
    values = [row[f"{name}{end}"] for end in ("", "_low", "_high", "_shuffled")]
    if values[0] != values[0]:
        return TOO_FEW if row["why_not"] else "all alike"
    value, low, high, shuffled = (f"{x:.0%}" if name == "share" else f"{x:z.2f}" for x in values)
    return f"{value} ({low} to {high}); shuffled {shuffled}".replace("-", "\N{MINUS SIGN}")


def pairs(frame: pd.DataFrame, context: Context) -> Table:
    """How far each two perspectives agreed, beside what chance would give, and who held the future likelier.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.consortium.agreement.by_pair`.
    """
    table = pd.DataFrame({
        "first": frame["first"].map(codes.PERSPECTIVE), "second": frame["second"].map(codes.PERSPECTIVE),
        "futures": frame["futures"], "higher": frame["higher"], "lower": frame["lower"], **_beside_chance(frame),
    })  # fmt: skip
    return show(
        table, f"Two witnesses of the same future, pair by pair. {context.name}.",
        empty=f"No future was told of by two witnesses. {context.name}.",
        formats=dict.fromkeys(["higher", "lower"], "share"),
        labels={"first": "One", "second": "Other", "futures": "Futures both told", "higher": "First likelier",
                "lower": "Second likelier"} | AGREED,
        row_headers=2, folded=True, notes=[CHANCE],
    )  # fmt: skip


def pooled(found: Iterable[Across], names: Mapping[str, str], context: Context) -> Table:
    """Means over authorities, how far authorities differ, and where a further authority's mean would lie.

    Parameters
    ----------
    found : iterable of Across
    names : dict of column to label
    """
    rows = []
    for one in found:
        p = one.pooled
        differ = TOO_FEW if p.why_not else f"{p.i2:.0%}" if p.tau2 else "cannot be estimated"
        rows.append((names[one.column], p.k, p.mean, p.low, p.high, differ, p.tau, p.tau_low, p.tau_high, p.next_low,
                     p.next_high))  # fmt: skip
    columns = ["label", "authorities", "mean", "low", "high", "differ", "tau", "tau_low", "tau_high", "next_low",
               "next_high"]  # fmt: skip
    money = [name for name in columns[2:] if name != "differ"]
    return show(
        pd.DataFrame(rows, columns=columns), context.measure("The mean case, over authorities"),
        formats=dict.fromkeys(money, "gbp"),
        labels={"label": "A case", "low": "From", "high": "To", "differ": "More than chance (I\N{SUPERSCRIPT TWO})",
                "tau": "Spread between authorities", "tau_low": "Spread from", "tau_high": "Spread to",
                "next_low": "A further authority from", "next_high": "Further to"},
        missing=dict.fromkeys(money, TOO_FEW),
        notes=["Mean: random effects by REML, 95% interval by Hartung and Knapp, never narrower than normal; "
               "spread within authorities pooled. I\N{SUPERSCRIPT TWO}: share of the spread between authorities' means "
               "that chance does not explain; not to be estimated where REML gives a spread of 0. Spread (standard "
               "deviation) and a further authority's true mean: 95% intervals with a half-normal prior for the spread, "
               "its scale the spread of cases within authorities. " + THESE],
    )  # fmt: skip


def shrunken(found: Across, names: Mapping[str, str], context: Context) -> Table:
    """Each authority's own mean, and its estimate drawn towards the mean of all.

    Parameters
    ----------
    found : Across
    names : dict of slug to name
    """
    money = ["own", "own_low", "own_high", "estimate", "low", "high"]
    table = found.means[["authority", "cases", *money]]
    return show(
        table.assign(authority=table["authority"].map(names)),
        context.measure("The mean saving a case, authority by authority, as sent and drawn towards all"),
        formats=dict.fromkeys(money, "gbp"),
        labels={"own": "Own mean", "own_low": "Own from", "own_high": "Own to", "estimate": "Drawn towards all",
                "low": "From", "high": "To"},
        missing=dict.fromkeys(money, TOO_FEW), folded=True,
        notes=["Drawn towards all: the fewer cases a mean rests on, the more it borrows from others (the same model "
               "as for a further authority). 95% intervals. Not a league table."],
    )  # fmt: skip


def sets(frame: pd.DataFrame, names: Mapping[str, str], context: Context) -> Table:
    """What each set of assumptions makes of the round.

    Parameters
    ----------
    frame : DataFrame
        :attr:`larcnb.national.Frames.sets`.
    names : dict of set to label
    """
    money = ["inputs", "avoided_long", "saving_short", "saving_long"]
    return show(
        frame.assign(set=frame["set"].map(lambda name: names.get(name, name))),
        f"The same episodes under each set of assumptions, £ at {context.price_base} prices. {context.name}.",
        formats=dict.fromkeys(money, "gbp"),
        labels={"set": "Set", "avoided_long": "Avoided, long term", "saving_short": "Saving, short term",
                "saving_long": "Saving, long term", "losses": "Cases that lose", "years": "Years counted"},
        empty=f"What other assumptions would make of the episodes is not known. {context.name}.",
        notes=["The authorities' own sensitivity studies, added. LARC4 convention: every accepted future in full. The "
               "other sets are this project's."],
    )  # fmt: skip


def leave_one_out(found: Across, names: Mapping[str, str], context: Context) -> Table:
    """The mean over authorities with each left out in turn.

    Parameters
    ----------
    found : Across
    names : dict of slug to name
    """
    table = found.means[["authority", "cases", "without", "without_low", "without_high"]]
    table = table.assign(authority=table["authority"].map(names))
    money = ["without", "without_low", "without_high"]
    return show(
        table, context.measure("The mean saving a case with one authority left out"),
        formats=dict.fromkeys(money, "gbp"),
        labels={"authority": "Left out", "without": "Mean of the rest", "without_low": "From", "without_high": "To"},
        missing=dict.fromkeys(money, TOO_FEW), folded=True, empty=f"No authority costed a case. {context.name}.",
    )  # fmt: skip


def drivers(found: Drivers, context: Context) -> Table:
    """What goes with a dearer process.

    Parameters
    ----------
    found : Drivers
        :func:`larcnb.consortium.process_cost.drivers`.
    """
    terms = found.terms
    table = pd.DataFrame({"label": [label[:1].upper() + label[1:] for label in terms["label"]],
                          "more": terms["more"], "low": terms["low"], "high": terms["high"]})  # fmt: skip
    if found.why_not:
        table = pd.DataFrame([(f"Not fitted, {found.why_not}", None, None, None)], columns=list(table))
    words = codes.WORDING[context.wording]
    return show(
        table.astype(dict.fromkeys(("more", "low", "high"), "float64")),
        f"What goes with a dearer {words['process']}. {context.name}, {plural(found.cases, 'costed case')}, "
        f"{plural(found.authorities, 'authority')}.",
        formats=dict.fromkeys(["more", "low", "high"], "share"),
        labels={"label": "With", "more": "Dearer by", "low": "From", "high": "To"},
        missing=dict.fromkeys(["more", "low", "high"], ""),
        notes=["Gamma regression with log link on both together; 95% intervals allow for cases of one authority going "
               "together. Meetings and people are what the cost is made of: this says how much, not why."],
    )  # fmt: skip


def larc3(inputs: pd.DataFrame, savings: pd.DataFrame, published: pd.DataFrame, context: Context) -> Table:
    """This round in the bands in which LARC4 quotes LARC3.

    Parameters
    ----------
    inputs, savings : DataFrame
        :func:`larcnb.consortium.comparison.banded` of ``inputs`` and ``saving_long``.
    published : DataFrame
        ``national/published/larc3.csv``.
    """
    table = pd.concat([inputs.assign(what="Process and support"), savings.assign(what="Saving, long term")])
    of = published.set_index("id")["wording"]
    return show(
        table[["what", "label", "cases", "share", "larc3", "larc4"]],
        f"The bands in which LARC4 quotes LARC3. {context.name}, {plural(int(inputs['cases'].sum()), 'costed case')}.",
        formats={"share": "share"}, missing={"share": "", "larc3": "", "larc4": ""}, row_headers=2,
        labels={"what": "What", "label": "Band", "cases": "Cases here", "share": "Of all here",
                "larc3": "LARC3, as LARC4 quotes it", "larc4": "LARC4 itself"},
        notes=[f"LARC3: {of['n_authorities']}; {of['n_cases']}; families with lower needs. Its own report and price "
               "base could not be seen; its cases are not rebuilt here."],
    )  # fmt: skip


def rounds(frame: pd.DataFrame, context: Context) -> Table:
    """The rounds side by side: who took part, how far they said they were, what an episode cost and saved.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.consortium.rounds.side_by_side`.
    """
    table = frame.assign(round=frame["round"].str.upper())
    none = dict.fromkeys(["year", "cases", "level", "price_base", "inputs", "saving_long"], "")
    return show(
        table, "The LARC story, round by round: what was published, and the cases in this workbook. £ at each round's "
        "price base.",
        formats={"level": "number", "inputs": "gbp", "saving_long": "gbp", "year": "text"},
        labels={"wording": "On impact its report says", "costed": "Costed cases here",
                "level": "Impact level claimed here, middle", "inputs": "Inputs, middle case",
                "price_base": "Price base",
                "saving_long": f"Saving {context.over('long')}, middle case"}, missing=none,
        notes=[f"Impact levels: {', '.join(f'{n} {words}' for n, words in codes.IMPACT_LEVEL.items())}. Who took part "
               "differs from round to round, and so do the families: side by side, not a trend."],
    )  # fmt: skip
