"""Figures of the balance: savings and losses by case, who pays and who saves, how much had to be real.

In: cases of DATA.md, :func:`larcnb.costing.by_payer`. Out: :class:`~larcnb.figures.figure.Figure`. A loss is
drawn to the left of nil and written with a minus sign.
"""

from __future__ import annotations

import pandas as pd

from larcnb import codes
from larcnb.costing import total
from larcnb.figures import bars
from larcnb.figures.avoided import NO_CASE
from larcnb.figures.figure import INK, Figure, draw
from larcnb.figures.inputs import _listed
from larcnb.tables import Context, does, gbp, plural, show


def saving_by_case(cases: pd.DataFrame, context: Context) -> Figure:
    """Draw each costed case's saving in the short and in the long term.

    Parameters
    ----------
    cases : DataFrame, one row a case
        ``saving_short``, ``saving_long``: GBP at the price base; a loss is negative.

    Source
    ------
    Easton et al (2012), LARC4, section 3.1: short-term and long-term savings and losses.
    """
    costed = cases[cases["costed"] == "yes"].sort_values(["saving_long", "case_id"], ascending=[False, True])
    costed = costed.reset_index(drop=True)
    n = len(costed)
    gains = {term: int((costed[f"saving_{term}"] > 0).sum()) or "none" for term in ("short", "long")}
    some = bool(costed[["inputs_appraised", "avoided_short", "avoided_long"]].to_numpy().any())
    measure = context.measure("Saving (futures avoided less inputs), by case", n)
    if not n:
        message = "No case was costed."
    elif not some:
        message = NO_CASE
    elif n == 1:
        message = (f"The case {_verdict(costed['saving_long'][0])} {context.over('long')} and "
                   f"{_verdict(costed['saving_short'][0])} {context.over('short')}.")  # fmt: skip
    else:
        verb = "saves" if gains["long"] == 1 else "save"
        message = (f"{_upper(str(gains['long']))} of {n} cases {verb} {context.over('long')}, "
                   f"{gains['short']} of {n} {context.over('short')}.")  # fmt: skip
    short, long = context.over("short"), context.over("long")

    def paint(axes):
        bars.pairs(axes, bars.case_names(costed), (costed["saving_short"], costed["saving_long"]),
                   (_upper(short), _upper(long)))  # fmt: skip
        bars.money_axis(axes)

    said = [f"{gbp(row.saving_short)} then {gbp(row.saving_long)}" for row in costed.itertuples()]
    table = costed[["case_id", "inputs_appraised", "avoided_short", "saving_short", "avoided_long", "saving_long"]]
    middle = f" Median {gbp(costed['saving_long'].median())} {context.over('long')}." if n > 1 else ""
    return draw(
        message, measure,
        alt=f"Bar chart of saving by case, two bars for each of {plural(n, 'case')}, {context.over('short')} then "
            f"{context.over('long')}. {_listed(bars.case_names(costed), said)}.{middle}",
        numbers=show(table, measure, formats=dict.fromkeys(table.columns[1:], "gbp"),
                     labels={"case_id": "Case", "inputs_appraised": "Inputs",
                             "avoided_short": f"Avoided {short}", "saving_short": f"Saving {short}",
                             "avoided_long": f"Avoided {long}", "saving_long": f"Saving {long}"}),
        paint=paint, labels=bars.names(bars.case_names(costed)) * some, each=0.46, legend=(_upper(short), _upper(long)),
        notes=_underestimates(costed),
    )  # fmt: skip


def who_pays_who_saves(payers: pd.DataFrame, context: Context, costed: int | None = None) -> Figure:
    """Draw, for each payer, what it put in and what it was spared.

    Parameters
    ----------
    payers : DataFrame indexed by ``payer``
        :func:`larcnb.costing.by_payer`: ``paid``, ``avoided_short``, ``avoided_long``, ``net``, ``cashable``.
    costed : int, optional
        How many cases were costed.
    """
    rows = payers[(payers["paid"] != 0) | (payers["avoided_long"] != 0)]
    rows = rows.sort_values(["avoided_long", "paid"], ascending=False, kind="stable").reset_index()
    table = rows.assign(payer=rows["payer"].map(codes.PAYER))
    table = table[["payer", "paid", "avoided_short", "avoided_long", "net", "cashable"]]
    measure = context.measure(f"Inputs, and cost avoided {context.over('long')}, by who pays", costed)
    names = ("Pays", f"Is spared {context.over('long')}")
    paid, avoided = total(table["paid"]), total(table["avoided_long"])
    parts = []
    if paid:
        most = table.loc[table["paid"].idxmax()]
        parts.append(f"{does(most['payer'], 'pays', 'pay')} most, {gbp(most['paid'])} of {gbp(paid)}")
    if avoided:
        spared = table.loc[table["avoided_long"].idxmax()]
        same = paid and most["payer"] == spared["payer"]
        verb = does(spared["payer"], "is", "are")
        verb = f"and {verb.split()[-1]}" if same else verb
        parts.append(f"{verb} spared most, {gbp(spared['avoided_long'])} of {gbp(avoided)}")
        message = f"{(', ' if same else '; ').join(parts)}."
    elif paid:
        message = f"{parts[0]}; nobody is spared anything."
    else:
        message = "Nothing was paid and nothing avoided that has a price."

    def paint(axes):
        bars.pairs(axes, table["payer"], (table["paid"], table["avoided_long"]),
                   names)  # fmt: skip
        bars.money_axis(axes)

    said = [f"{gbp(row.paid)} paid, {gbp(row.avoided_long)} spared" for row in table.itertuples()]
    return draw(
        message, measure, alt=f"Bar chart of what each payer pays and is spared. {_listed(table['payer'], said)}.",
        numbers=show(table, measure, formats=dict.fromkeys(table.columns[1:], "gbp"),
                     labels={"paid": "Pays", "avoided_short": f"Spared {context.over('short')}",
                             "avoided_long": f"Spared {context.over('long')}", "net": "Balance",
                             "cashable": "Of it cashable"}),
        paint=paint, labels=list(table["payer"]), each=0.46, legend=names,
        notes=["The numbers drawn say how much of it is cashable: the part that could be taken out of a budget. The "
               "rest frees time and places for others."] if avoided else [],
    )  # fmt: skip


def break_even(cases: pd.DataFrame, context: Context) -> Figure:
    """Draw how many of the futures told help must have prevented for each episode to pay for itself.

    Parameters
    ----------
    cases : DataFrame, one row a case
        ``break_even_share``: inputs_appraised / told_long; blank where nothing is told.

    Source
    ------
    METHOD.md part 2.
    """
    costed = cases[cases["costed"] == "yes"].sort_values(["break_even_share", "case_id"], na_position="last")
    costed = costed.reset_index(drop=True)
    share = costed["break_even_share"].astype("float64")
    ends = ["nothing told" if s != s else f"{s:.0%}" if s <= 1 else f"{s:.0%}: does not pay" for s in share]
    of = "Inputs as a share of what the futures told would have cost " + context.over("long")
    measure = context.measure(of, len(costed))
    measure = measure.replace(f", £ at {context.price_base} prices", "")
    below = int((share <= 0.1).sum())
    if costed.empty:
        message = "No case was costed."
    elif len(costed) == 1:
        message = f"Inputs against what the futures told would have cost: {ends[0]}."
    else:
        message = f"{below} of {len(costed)} cases would pay if help prevented only a tenth of the futures told."

    def paint(axes):
        drawn = share.fillna(0).clip(upper=1.25)
        bars.one(axes, bars.case_names(costed), drawn, str, texts=ends)
        axes.set_xlim(0, max(0.2, drawn.max() if len(drawn) else 0) * 1.5)
        axes.axvline(1, color=INK, linewidth=1.2, linestyle=(0, (4, 3)))
        bars.share_axis(axes)

    table = costed[["case_id", "inputs_appraised", "told_long", "break_even_share"]]
    return draw(
        message, measure, alt=f"Bar chart of break-even share by case. {_listed(bars.case_names(costed), ends)}.",
        numbers=show(table, measure,
                     formats={"inputs_appraised": "gbp", "told_long": "gbp", "break_even_share": "share"},
                     labels={"case_id": "Case", "inputs_appraised": "Inputs", "told_long": "Told",
                             "break_even_share": "Inputs of told"},
                     missing={"break_even_share": "nothing told"}),
        paint=paint, labels=bars.names(bars.case_names(costed)),
        notes=["Above 100% (the broken line) the episode does not pay even if help prevented every future told."],
    )  # fmt: skip


def _underestimates(costed: pd.DataFrame) -> list[str]:
    number = int((costed["conservative"] == "yes").sum())
    if not number:
        return []
    return [f"In {plural(number, 'case')} the saving is an underestimate: a future has no price, or a child of the "
            "family is not in it."]  # fmt: skip


def _verdict(saving: float) -> str:
    return f"loses {gbp(-saving)}" if saving < 0 else f"saves {gbp(saving)}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
