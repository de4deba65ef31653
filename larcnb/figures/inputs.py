"""Figures of families and of what their episodes cost.

In: clean tables, ledger and cases of DATA.md. Out: :class:`~larcnb.figures.figure.Figure`. Every amount is a sum
of ledger rows, or a column of ``cases`` that is.
"""

from __future__ import annotations

import pandas as pd

from larcnb import codes
from larcnb.costing import total
from larcnb.figures import bars
from larcnb.figures.figure import INK, Figure, draw, pounds
from larcnb.tables import Context, gbp, plural, show


def needs(frame: pd.DataFrame, cases: pd.DataFrame, context: Context) -> Figure:
    """Draw how many families had each presenting issue, of a child or of a parent.

    Parameters
    ----------
    frame : DataFrame
        The clean table ``needs``: ``case_id``, ``subject``, ``need``.
    cases : DataFrame, one row a case

    Source
    ------
    Easton et al (2012), LARC4, section 2.1.
    """
    counts = frame.groupby(["subject", "need"], observed=True)["case_id"].nunique()
    rows = [
        (codes.SUBJECT[subject], label, int(counts.get((subject, need), 0)))
        for subject, labels in codes.NEED.items() for need, label in labels.items()
    ]  # fmt: skip
    table = pd.DataFrame([row for row in rows if row[2]], columns=["whose", "need", "families"])
    table = table.sort_values("families", ascending=False, kind="stable").reset_index(drop=True)
    labels = [f"{row.whose}: {_lower(row.need)}" for row in table.itertuples()]
    measure = f"Families with each presenting issue. {context.name}, {plural(len(cases), 'family')}."
    if table.empty:
        message = "No presenting issue was recorded."
    else:
        said = [f"{row.need} ({row.whose.lower()})" for row in table.itertuples()]
        which, several = bars.leading(said, table["families"])
        of = f"in {table['families'][0]} of {plural(len(cases), 'family')}{' each' if several else ''}"
        message = f"{which} {'were the commonest issues' if several else 'was the commonest issue'}, {of}."

    def paint(axes):
        child = [n if whose == codes.SUBJECT["child"] else 0 for whose, n in zip(table["whose"], table["families"])]  # noqa: B905
        parent = [n - c for n, c in zip(table["families"], child, strict=True)]
        bars.stacked(axes, labels, (child, parent), ("Child", "Parent"), [str(n) for n in table["families"]])
        bars.count_axis(axes)

    return draw(
        message, measure, alt=f"Bar chart of families by presenting issue. {_listed(labels, table['families'])}.",
        numbers=show(table, measure, row_headers=2), paint=paint, labels=labels, legend=("Child", "Parent"),
        notes=["A family may have several issues."],
    )  # fmt: skip


def inputs_by_element(ledger: pd.DataFrame, cases: pd.DataFrame, context: Context) -> Figure:
    """Draw what each element of the process costs a case: the mean, and the least and the most of any case.

    Parameters
    ----------
    ledger : DataFrame
        Lines of the stage ``process`` count.
    cases : DataFrame, one row a case
        Costed cases are those counted, a case without an element at nil.

    Source
    ------
    Easton et al (2012), LARC4, section 3.1: costs of preparation, assessment, TAC and review meetings.
    """
    costed = list(cases.loc[cases["costed"] == "yes", "case_id"])
    lines = ledger[(ledger["stage"] == "process") & ledger["case_id"].isin(costed)]
    words = codes.WORDING[context.wording]
    rows, several = [], len(costed) > 1
    for element, label in codes.ELEMENT.items():
        of = lines[lines["element"] == element]
        by_case = of.groupby("case_id", observed=True)["amount"].agg(total).reindex(costed, fill_value=0.0)
        whole = total(of["amount"])
        if len(costed):
            label = label.replace("TAC", words["tac_short"])
            rows.append((label, of["quantity"].sum(), whole, whole / len(costed), by_case.min(), by_case.max()))
    table = pd.DataFrame(rows, columns=["element", "hours", "sum", "mean", "least", "most"])
    measure = context.measure(f"Mean cost of each element of the {words['process']}, a case", len(costed))
    whole, worth = total(table["sum"]), table["sum"].idxmax() if table["sum"].any() else None
    if worth is None:
        message = f"No cost of the {words['process']} was recorded."
    else:
        message = (
            f"{table['element'][worth]} cost most: {gbp(table['mean'][worth])} of the {gbp(whole / len(costed))} "
            f"that the {words['process']} costs a case on average."
        )

    def paint(axes):
        bars.one(axes, table["element"], table["mean"], gbp)
        if several:
            for place, row in enumerate(table.itertuples()):
                axes.plot([row.least, row.most], [place + 0.4] * 2, color=INK, linewidth=1.2, marker="|",
                             markersize=5)
            axes.set_xlim(right=max(table["most"].max() * 1.04, axes.get_xlim()[1]))
        bars.money_axis(axes)

    return draw(
        message, measure,
        alt=f"Bar chart of mean cost a case by element. {_listed(table['element'], map(gbp, table['mean']))}.",
        numbers=show(table, measure, {"hours": "hours"},
                     formats={"hours": "number"} | dict.fromkeys(["sum", "mean", "least", "most"], "gbp"),
                     labels={"sum": "All cases", "mean": "Mean", "hours": "Time", "least": "Least of a case",
                             "most": "Most of a case"}),
        paint=paint, labels=list(table["element"]) if whole else [], each=0.42,
        notes=["The thin line below a bar runs from the case with the least to the case with the most."] * several,
    )  # fmt: skip


def inputs_by_case(cases: pd.DataFrame, context: Context) -> Figure:
    """Draw each costed case's inputs, process and support on end.

    Parameters
    ----------
    cases : DataFrame, one row a case
        ``process``, ``interventions``, ``inputs``: GBP at the price base.
    """
    costed = cases[cases["costed"] == "yes"].sort_values(["inputs", "case_id"], ascending=[False, True])
    costed = costed.reset_index(drop=True)
    words = codes.WORDING[context.wording]
    measure = context.measure(f"{_upper(words['process'])} and support, by case", len(costed))
    table = costed[["case_id", "process", "interventions", "inputs"]]
    if costed.empty:
        message = "No case was costed."
    elif len(costed) == 1:
        message = f"The episode cost {gbp(costed['inputs'][0])}."
    else:
        low, high = costed["inputs"].min(), costed["inputs"].max()
        message = f"An episode cost from {gbp(low)} to {gbp(high)}, {gbp(costed['inputs'].median())} in the middle."

    def paint(axes):
        bars.stacked(axes, bars.case_names(costed), (costed["process"], costed["interventions"]),
                     (_upper(words["process"]), "Support"), [pounds(x) for x in costed["inputs"]])  # fmt: skip
        bars.money_axis(axes)

    return draw(
        message, measure,
        alt=f"Bar chart of inputs by case, {plural(len(costed), 'bar')}. "
            f"{_listed(bars.case_names(costed), map(gbp, costed['inputs']))}.",
        numbers=show(table, measure, formats=dict.fromkeys(table.columns[1:], "gbp"),
                     labels={"case_id": "Case", "interventions": "Support", "inputs": "Both"}),
        paint=paint, labels=bars.names(bars.case_names(costed)), legend=(_upper(words["process"]), "Support"),
    )  # fmt: skip


def support(interventions: pd.DataFrame, cases: pd.DataFrame, context: Context) -> Figure:
    """Draw how many families had each kind of support, and how many needed some of it and did not have it.

    Parameters
    ----------
    interventions : DataFrame
        ``case_id``, ``support``, ``status``.
    cases : DataFrame, one row a case

    Source
    ------
    Easton et al (2012), LARC4, section 2.4.
    """
    had = interventions[interventions["status"] == "delivered"].groupby("support", observed=True)["case_id"].nunique()
    missed = interventions[interventions["status"] != "delivered"]
    gap = missed.groupby("support", observed=True)["case_id"].nunique()
    rows = [(label, int(had.get(code, 0)), int(gap.get(code, 0))) for code, label in codes.SUPPORT.items()]
    table = pd.DataFrame([row for row in rows if row[1] or row[2]], columns=["support", "had", "gap"])
    table = table.sort_values(["had", "gap"], ascending=False, kind="stable").reset_index(drop=True)
    measure = f"Families by kind of support. {context.name}, {plural(len(cases), 'family')}."
    n = missed["case_id"].nunique()
    if table.empty:
        message = "No support was recorded."
    else:
        which, several = bars.leading(table["support"], table["had"])
        message = (
            f"{which} {'were' if several else 'was'} the commonest support, for {plural(table['had'][0], 'family')}"
            f"{' each' if several else ''}; {plural(n, 'family') if n else 'none'} needed something and went without."
        )

    def paint(axes):
        bars.pairs(axes, table["support"], (table["had"], table["gap"]), ("Had it", "Needed it, did not have it"),
                   str)  # fmt: skip
        bars.count_axis(axes)

    said = [f"{row.had} had it, {row.gap} did not" for row in table.itertuples()]
    return draw(
        message, measure, alt=f"Bar chart of families by kind of support. {_listed(table['support'], said)}.",
        numbers=show(table, measure, labels={"had": "Families that had it", "gap": "Families with a gap"}),
        paint=paint, labels=list(table["support"]), each=0.46, legend=("Had it", "Needed it, did not have it"),
        notes=["A family may have had support of one kind and lacked more of it: it is then in both bars."],
    )  # fmt: skip


def _listed(labels, values, most: int = 16) -> str:
    """``label value; label value``, the first ``most`` of them."""
    pairs = [f"{label} {value}" for label, value in zip(labels, values, strict=True)]
    rest = f"; and {len(pairs) - most} more" if len(pairs) > most else ""
    return ("; ".join(pairs[:most]) + rest) or "Nothing to draw"


def _lower(text: str) -> str:
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
