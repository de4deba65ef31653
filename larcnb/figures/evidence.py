"""Figures of the evidence: what authorities report and can show, who was heard, what works where, how far it came.

In: :class:`larcnb.evidence.Evidence`. Out: :class:`Anchored` figures, to which the recommendations link. Bars
count authorities, never people's remarks; what could be shown is solid, what was only mentioned hatched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from larcnb import codes, evidence
from larcnb.figures import bars
from larcnb.figures.figure import DARK, INK, Figure, bars_across, draw, write
from larcnb.tables import evidence as tables
from larcnb.tables import plural, show

PARTS = ("Could show it", "Mentioned it only")
MOST_PROPOSITIONS = 10
SHADES = (("#FFFFFF", INK), ("#C9D5E3", INK), ("#3D6A94", "#FFFFFF"), (DARK, "#FFFFFF"))
"""Fill and ink of the four impact levels, each 4.5 to 1; every part says its level and number too."""
ANCHORS = {
    "outcome": "evidence-outcomes", "factor": "evidence-factors", "challenge": "evidence-challenges",
    "school": "evidence-schools", "unique": "evidence-unique",
}  # fmt: skip
ASKED = {
    "factor": "each key factor", "challenge": "each challenge", "school": "each theme about schools",
    "unique": "each benefit held to be this process's own",
}  # fmt: skip
INTERVALS = (
    "Thin line: the 95% Wilson interval of the share, as a number of authorities. It would hold had they been drawn by "
    "lot; they were not."
)


@dataclass(frozen=True)
class Anchored(Figure):
    """A figure with an anchor, so that what rests on it can link to it."""

    anchor: str = ""

    def _repr_html_(self) -> str:
        return f'<div id="{self.anchor}">{super()._repr_html_()}</div>'

    __repr__ = Figure.__repr__


def outcomes(found: evidence.Evidence) -> Figure:
    """Draw how many authorities report each outcome, under its domain, and how many could show it.

    Source
    ------
    Easton, Morris and Gee (2010), LARC2, section 3.
    """
    under, over = evidence.themes(found, "outcome"), evidence.domains(found)
    over = over[over["codes"] > 0]
    table = pd.concat([
        pd.concat([over[over["domain"] == domain].assign(label=f"{label}: any"), _sorted(under, domain)])
        for domain, label in found.domain_labels.items()
    ]).assign(domain_label=lambda frame: frame["domain"].map(found.domain_labels))  # fmt: skip
    of = found.of("outcome")
    measure = (
        f"Authorities reporting each outcome by {codes.WORDING[found.wording]['domain']}. {found.name}, "
        f"{plural(of, 'authority')} that gave detail on outcomes."
    )
    message = "No authority gave any detail on outcomes."
    if of:
        every = over[over["reported"] == over["reported"].max()]
        message = (
            f"Most often reported is {evidence.most_reported(under)}. "
            f"{evidence.listed(every['label']).capitalize()} {'have' if len(every) > 1 else 'has'} the widest support: "
            f"some change in it in {every['reported'].iloc[0]} of {of}."
        )
    labels = [row.label.upper() if pd.isna(row.theme) else row.label for row in table.itertuples()]
    return _reported(message, measure, table, labels, "outcome", "Outcome")


def themes(found: evidence.Evidence, strand: str) -> Figure:
    """Draw how many authorities report each theme of a strand, and how many could show it.

    Parameters
    ----------
    found : Evidence
    strand : str
        ``factor``, ``challenge``, ``school`` or ``unique``.
    """
    table = evidence.themes(found, strand).sort_values("reported", ascending=False, kind="stable")
    if len(table) and table["reported"].min() == table["of"].max():
        table = table.sort_values("evidenced", ascending=False, kind="stable")
    of = found.of(strand)
    measure = f"Authorities reporting {ASKED[strand]}. {found.name}, {plural(of, 'authority')} with evidence."
    if not table["reported"].any():
        message = "No authority sent evidence of this."
        table = table.head(0)
    elif table["reported"].min() == of:
        best, least = table.iloc[0], table.iloc[-1]
        message = (
            f"All {of} authorities report every one of them, so what tells them apart is what could be shown: "
            f"{evidence.listed([best['label']])} in {best['evidenced']}, {evidence.listed([least['label']])} in "
            f"{least['evidenced']}."
        )
    else:
        any_of_them = found.strand(strand)["authority"].nunique()
        message = (
            f"Most often reported: {evidence.most_reported(table)}. "
            f"{any_of_them} of {of} authorities report at least one of these."
        )
    return _reported(message, measure, table, list(table["label"]), strand, codes.STRAND[strand])


def voices(found: evidence.Evidence) -> Figure:
    """Draw how many people of each perspective were heard, at least."""
    people = evidence.participants(found)
    heard, where = people.sum(), (people > 0).sum()
    table = pd.DataFrame({
        "label": [found.label(label) for label in codes.PERSPECTIVE.values()],
        "people": heard.to_numpy(), "authorities": where.to_numpy(),
    })  # fmt: skip
    whole, sent = int(heard.sum()), len(found.sent)
    measure = f"People heard, at least, by perspective. {found.name}, {plural(sent, 'authority')} with evidence."
    message = "Nobody's account was sent." if not whole else (
        f"At least {whole:,} people were heard; {int(heard['child'])} of them were children or young people, "
        f"in {int(where['child'])} of {sent} authorities."
    )  # fmt: skip

    def paint(axes):
        ends = [f"{row.people} in {row.authorities}" for row in table.itertuples()]
        bars.one(axes, table["label"], table["people"], texts=ends)
        bars.count_axis(axes)

    said = [f"{row.people} in {plural(row.authorities, 'authority')}" for row in table.itertuples()]
    return _anchored("evidence-voices", draw(
        message, measure, alt=f"Bar chart of people heard by perspective. {_joined(table['label'], said)}.",
        numbers=show(table, measure, labels={"label": "Perspective", "people": "People, at least",
                                             "authorities": "Authorities that heard any"}),
        paint=paint, labels=list(table["label"]) if whole else [],
        notes=["At least: the most people who spoke to any one theme, in each authority and perspective. Nobody is "
               "counted twice; who spoke to other themes only is not counted. At the end of a bar: in how many "
               "authorities."],
    ))  # fmt: skip


def propositions(found: evidence.Evidence) -> Figure:
    """Draw the best supported propositions: where, what made the difference, and to which outcome.

    Source
    ------
    Pawson and Tilley (1997), as LARC2 used it: context, mechanism, outcome.
    """
    whole = evidence.propositions(found)
    supported = int((whole["status"] == "supported").sum())
    measure = (
        f"Authorities that put each proposition: mechanism \N{RIGHTWARDS ARROW} outcome (context). {found.name}, "
        f"{plural(len(whole), 'proposition')}."
    )
    if whole.empty:
        message = "No authority named what made the difference to an outcome, so there is no proposition to support."
    else:
        message = (
            f"{supported} of {plural(len(whole), 'proposition')} are supported by more than one authority and more "
            f"than one perspective; {int((whole['status'] == 'told').sum())} were told of and not shown."
        )
    top = whole.head(MOST_PROPOSITIONS)
    labels = [f"{row.factor} \N{RIGHTWARDS ARROW} {row.domain} ({row.context.lower()})" for row in top.itertuples()]
    mark = top["status"].map({"supported": ", supported"}).fillna("")
    ends = [f"{row.evidenced} of {row.put}{marked}" for row, marked in zip(top.itertuples(), mark, strict=True)]

    def paint(axes):
        bars.stacked(axes, labels, (top["evidenced"], top["put"] - top["evidenced"]), PARTS, ends)
        axes.set_xlim(0, top["put"].max() * 1.55)
        bars.count_axis(axes)

    rest = len(whole) - len(top)
    return _anchored("evidence-propositions", draw(
        message, measure,
        alt=f"Bar chart of authorities by proposition: could show it, of those that put it. {_joined(labels, ends)}.",
        numbers=tables.propositions(whole, measure), paint=paint, labels=labels, each=0.32, legend=PARTS,
        notes=[f"The {len(top)} best supported; the other {rest} stand in the table."] * bool(rest),
    ))  # fmt: skip


def levels(rounds: pd.DataFrame) -> Figure:
    """Draw the authorities at each impact level, round by round.

    Parameters
    ----------
    rounds : DataFrame
        :func:`larcnb.evidence.rounds`.
    """
    names = [f"level_{n}" for n in codes.IMPACT_LEVEL]
    years = rounds["year"].astype("string")
    named = zip(rounds["round"], years, strict=True)
    labels = [f"{name.upper()} ({year})".replace(" (<NA>)", "") for name, year in named]
    given = rounds[names].sum(axis=1)
    shares = rounds[names].div(given.where(given > 0), axis=0).fillna(0)
    said = [_at_levels(row, names, n) for (_, row), n in zip(rounds.iterrows(), given, strict=True)]
    measure = f"Authorities of this workbook by level of the impact model, {plural(int(given.sum()), 'authority')}."
    here = [f"{label}: {words}" for label, words, n in zip(labels, said, given, strict=True) if n]
    message = f"Where authorities place themselves. {'; '.join(here) or 'None gave a level'}."

    def paint(axes):
        left = pd.Series(0.0, index=rounds.index)
        for (n, words), name, (fill, ink) in zip(codes.IMPACT_LEVEL.items(), names, SHADES, strict=True):
            bars_across(axes, range(len(rounds)), shares[name], 0.62, left, facecolor=fill, edgecolor=INK,
                        linewidth=0.8, label=_level(n, words))  # fmt: skip
            told = ((start + share / 2, place, str(number)) for place, (start, share, number)
                    in enumerate(zip(left, shares[name], rounds[name], strict=True)) if number)  # fmt: skip
            write(axes, told, ha="center", color=ink, fontsize=9)
            left = left + shares[name]
        none = ((0.01, place, words) for place, (n, words) in enumerate(zip(given, said, strict=True)) if not n)
        write(axes, none, fontsize=9)
        axes.set_xlim(0, 1.1)
        bars.share_axis(axes)
        bars.beside(axes, labels)
        axes.set_ylim(len(labels) - 0.45, -0.55)

    return _anchored("evidence-levels", draw(
        message, measure,
        alt=f"Stacked bars, one a round, of the share of authorities at each impact level. {_joined(labels, said)}.",
        numbers=tables.rounds(rounds), paint=paint, labels=labels, each=0.5,
        legend=[_level(n, words) for n, words in codes.IMPACT_LEVEL.items()],
        notes=["In the bars: authorities. Each round had other authorities and other families, so the difference "
               "between rounds is no trend."],
    ))  # fmt: skip


def _reported(
    message: str, measure: str, table: pd.DataFrame, labels: Sequence[str], strand: str, heading: str
) -> Figure:
    """Bars of authorities that could show a theme and that only mentioned it, with the interval of their share."""
    table = table.reset_index(drop=True)
    of = int(table["of"].max()) if len(table) else 0
    ends = [f"{row.reported} of {row.of}" for row in table.itertuples()]

    def paint(axes):
        bars.stacked(axes, labels, (table["evidenced"], table["mentioned"]), PARTS, ends)
        for place, row in enumerate(table.itertuples()):
            axes.plot([row.low * of, row.high * of], [place + 0.4] * 2, color=INK, linewidth=1.2, marker="|",
                      markersize=5)  # fmt: skip
        axes.set_xlim(0, of * 1.25)
        bars.count_axis(axes)

    said = [f"{end}, {row.evidenced} could show it" for end, row in zip(ends, table.itertuples(), strict=True)]
    return _anchored(ANCHORS[strand], draw(
        message, measure,
        alt=f"Bar chart of authorities, {plural(len(table), 'bar')}. {_joined(table['label'], said)}.",
        numbers=tables.counts(table, measure, heading), paint=paint, labels=labels if of else [], each=0.36,
        legend=PARTS, notes=[INTERVALS],
    ))  # fmt: skip


def _sorted(under: pd.DataFrame, domain: str) -> pd.DataFrame:
    return under[under["domain"] == domain].sort_values("reported", ascending=False, kind="stable")


def _at_levels(row: pd.Series, names: Sequence[str], given: int) -> str:
    """``2 at level 1, 11 at level 2``, or why there is none."""
    if not given:
        return "published only, no level here" if not row["authorities"] else "no level given"
    at = zip(codes.IMPACT_LEVEL, names, strict=True)
    return ", ".join(f"{row[name]} at level {n}" for n, name in at if row[name])


def _level(number: int, words: str) -> str:
    return f"Level {number}, {words}"


def _joined(labels: Sequence[str], said: Sequence[str]) -> str:
    return "; ".join(f"{label} {words}" for label, words in zip(labels, said, strict=True)) or "Nothing to draw"


def _anchored(anchor: str, figure: Figure) -> Figure:
    return Anchored(**vars(figure), anchor=anchor)
