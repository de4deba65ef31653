"""Tables of a round over all its authorities: means, futures and who agreed, pooling, coverage, other rounds.

In: frames of :mod:`larcnb.inference`. Out: :class:`~larcnb.tables.table.Table`. A figure that would rest on too little
is not shown; its place says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from larcnb import codes
from larcnb.inference import Across, Drivers
from larcnb.inference.enough import FEWEST_RATED
from larcnb.tables.table import Context, Table, show
from larcnb.tables.words import gbp, plural

NOT_RANDOM = "Intervals are those of a random sample of families like these. The cases were chosen, not drawn."
TOO_FEW = "too few"


def means(frame: pd.DataFrame, context: Context) -> Table:
    """What a case comes to: least, middle, mean with its interval, most.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.inference.means`.
    """
    n = int(frame["cases"].max()) if len(frame) else 0
    columns = ["least", "median", "mean", "low", "high", "most"]
    return show(
        frame[["label", *columns]], context.measure("What a case comes to", n), formats=dict.fromkeys(columns, "gbp"),
        labels={"label": "A case", "median": "Middle", "low": "Mean from", "high": "Mean to"},
        missing=dict.fromkeys(columns, TOO_FEW),
        notes=["Mean from and to: 95% interval by bootstrap of cases (BCa), which does not allow for cases of one "
               "authority going together; the mean over authorities below does. " + NOT_RANDOM],
    )  # fmt: skip


def shares(frame: pd.DataFrame, what: str, families: int, context: Context) -> Table:
    """How many families, what share of all, and its interval.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.inference.counted`.
    what : str
        What is counted, such as "Futures accepted, by theme".
    families : int
    """
    columns = ["share", "low", "high"]
    return show(
        frame[["label", "families", *columns]], f"{what}. {context.name}, {plural(families, 'family')}.",
        formats=dict.fromkeys(columns, "share"),
        labels={"label": "", "share": "Of all", "low": "From", "high": "To"} | {"label": "What"},
        missing=dict.fromkeys(columns, ""), folded=True, notes=["From and to: 95% Wilson interval. " + NOT_RANDOM],
    )  # fmt: skip


def agreement(frame: pd.DataFrame, context: Context) -> Table:
    """How far witnesses of the same future agreed on its likelihood, theme by theme.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.inference.by_theme`.
    """
    labels = codes.FUTURE_THEME | {"all": "All futures"}
    table = pd.DataFrame({
        "theme": frame["theme"].map(labels),
        "futures": frame["futures"],
        "several": frame["several"],
        **{name: [_span(row, name) for row in frame.to_dict("records")] for name in ("share", "gwet", "fleiss")},
    })  # fmt: skip
    return show(
        table, f"How far witnesses of one future agreed on its likelihood. {context.name}.",
        labels={"futures": "Futures told", "several": "By two or more", "share": "The same answer",
                "gwet": "Gwet's AC", "fleiss": "Fleiss's kappa"},
        totals=1, empty=f"No future was told of, so there is nothing to agree on. {context.name}.",
        notes=["In brackets 95% intervals, the futures of one family taken together. AC and kappa: 1 full agreement, 0 "
               "no more than chance, a step apart counted as near (quadratic weights). Kappa is low where nearly all "
               f"say the same; AC is not. Too few: under {FEWEST_RATED} futures with two witnesses."],
    )  # fmt: skip


def _span(row: Mapping, name: str) -> str:
    value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    if value != value:
        return TOO_FEW if row["why_not"] else "all alike"
    text = "{:.0%} ({:.0%} to {:.0%})" if name == "share" else "{:.2f} ({:.2f} to {:.2f})"
    return text.format(value, low, high).replace("-", "\N{MINUS SIGN}")


def pairs(frame: pd.DataFrame, context: Context) -> Table:
    """How far each two perspectives agreed, and who held the future likelier.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.inference.by_pair`.
    """
    kappa = [_span({**row, "fleiss": row["kappa"], "fleiss_low": row["kappa_low"], "fleiss_high": row["kappa_high"]},
                   "fleiss") for row in frame.to_dict("records")]  # fmt: skip
    table = pd.DataFrame({
        "first": frame["first"].map(codes.PERSPECTIVE), "second": frame["second"].map(codes.PERSPECTIVE),
        "futures": frame["futures"], "share": frame["share"], "higher": frame["higher"], "lower": frame["lower"],
        "kappa": kappa,
    })  # fmt: skip
    return show(
        table, f"Two witnesses of the same future, pair by pair. {context.name}.",
        empty=f"No future was told of by two witnesses. {context.name}.",
        formats=dict.fromkeys(["share", "higher", "lower"], "share"),
        labels={"first": "One", "second": "Other", "futures": "Futures both told", "share": "The same answer",
                "higher": "First likelier", "lower": "Second likelier", "kappa": "Weighted kappa"},
        row_headers=2, folded=True, notes=["Quadratic weights; in brackets 95% intervals. "
                                            f"Too few: under {FEWEST_RATED} futures."],
    )  # fmt: skip


def pooled(found: Iterable[Across], names: Mapping[str, str], context: Context) -> Table:
    """Means over authorities, with where a further authority's would lie and how far authorities differ.

    Parameters
    ----------
    found : iterable of Across
    names : dict of column to label
    """
    rows = []
    for one in found:
        p = one.pooled
        differ = TOO_FEW if p.why_not else f"{p.i2:.0%} ({p.i2_low:.0%} to {p.i2_high:.0%})"
        rows.append((names[one.column], p.k, p.mean, p.low, p.high, p.next_low, p.next_high, differ))
    columns = ["label", "authorities", "mean", "low", "high", "next_low", "next_high", "differ"]
    return show(
        pd.DataFrame(rows, columns=columns), context.measure("The mean case, over authorities"),
        formats=dict.fromkeys(columns[2:7], "gbp"),
        labels={"label": "A case", "low": "From", "high": "To", "next_low": "A further authority from",
                "next_high": "to", "differ": "More than chance (I\N{SUPERSCRIPT TWO})"},
        missing=dict.fromkeys(columns[2:7], TOO_FEW),
        notes=["Random effects by REML; 95% intervals by Hartung and Knapp, never narrower than the normal one; spread "
               "within authorities pooled. I\N{SUPERSCRIPT TWO}: share of the spread between authorities' means that "
               "chance does not explain."],
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
        notes=["The authorities' own sensitivity studies, added. As LARC4: every accepted future in full. The "
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


def coverage(frames: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """How often intervals called 95% hold the truth, in made-up rounds as small and as skewed as this one.

    Parameters
    ----------
    frames : dict of case to DataFrame
        :func:`larcnb.inference.coverage`; the key says which measure and how far authorities differ.
    """
    rows = [(name, row.label, row.covers, row.low, row.high, row.too_low, row.rounds)
            for name, frame in frames.items() for row in frame.itertuples()]  # fmt: skip
    table = pd.DataFrame(rows, columns=["measure", "label", "covers", "low", "high", "too_low", "rounds"])
    shown = ["covers", "low", "high", "too_low"]
    return show(
        table.assign(**{name: [f"{share:.1%}" for share in table[name]] for name in shown}),
        f"How often an interval called 95% holds the true mean: made-up rounds, cases as many as in {context.name}.",
        labels={"measure": "Cases as skewed as", "label": "Interval", "covers": "Holds it", "low": "From", "high": "To",
                "too_low": "Wholly too low", "rounds": "Rounds made up"},
        row_headers=2, folded=True, notes=["From and to: 95% interval of the simulation itself."],
        empty=f"No interval over authorities is given, so none was tried out. {context.name}.",
    )  # fmt: skip


def drivers(found: Drivers, context: Context) -> Table:
    """What goes with a dearer process.

    Parameters
    ----------
    found : Drivers
        :func:`larcnb.inference.drivers`.
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
        :func:`larcnb.inference.banded` of ``inputs`` and ``saving_long``.
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
        :func:`larcnb.inference.rounds`.
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


def benchmark_steps(steps: pd.DataFrame, context: Context) -> Table:
    """The independent study's steps, with their source.

    Parameters
    ----------
    steps : DataFrame
        ``national/published/caf_steps.csv``.
    """
    parts = steps.set_index("step")["value"]
    table = steps[["label", "value", "per", "price_year", "confidence", "source"]]
    added = parts.drop("whole").sum() - parts["later_tac"] + 5 * parts["support"]
    return show(
        table, f"An independent cost of a CAF, step by step. {context.name} is set beside it.",
        formats={"value": "gbp"}, folded=True,
        labels={"label": "Step", "value": "Cost", "per": "For each", "price_year": "Prices of"},
        notes=[f"One meeting and six months of support add to {gbp(added)}; the source does not say how its whole was "
               "made up."],
    )  # fmt: skip
