"""Tables of the evidence: who told of what, in whose words, how far it has come, and what follows from it.

In: :class:`larcnb.evidence.Evidence` and the frames counted from it. Out: :class:`~larcnb.tables.table.Table`,
and :class:`Advice`, whose every line leads to the figure it rests on.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import pandas as pd

from larcnb import codes, evidence
from larcnb.tables.study import published_figures
from larcnb.tables.table import Context, Table, plural, sentence, show

MOST_QUOTATIONS = 4
"""Quotations shown of a theme, so that a round of many authorities stays a page."""


@dataclass(frozen=True)
class Advice:
    """Gaps or recommendations: what, why, and a link to the figure that shows it.

    Parameters
    ----------
    groups : tuple of (heading, lines)
        A line is text, reason, anchor of the figure and the words of the link.
    nothing : str
        What to say where there is no line.
    """

    groups: tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...]
    nothing: str

    def _repr_html_(self) -> str:
        if not self.groups:
            return f'<p class="finding">{escape(self.nothing)}</p>'
        return "".join(self._group(heading, lines) for heading, lines in self.groups)

    @staticmethod
    def _group(heading: str, lines: tuple[tuple[str, str, str, str], ...]) -> str:
        items = "".join(
            f"<li><strong>{escape(text)}</strong> {escape(reason)} "
            f'<a href="#{escape(anchor)}">See {escape(see)}</a>.</li>'
            for text, reason, anchor, see in lines
        )
        return (f"<h3>{escape(heading)}</h3>" if heading else "") + f"<ol>{items}</ol>"

    def __repr__(self) -> str:
        said = []
        for heading, lines in self.groups:
            said += [heading] * bool(heading)
            said += [f"{n}. {text} {reason} See {see}." for n, (text, reason, _, see) in enumerate(lines, start=1)]
        return "\n".join(said) or self.nothing


def advice(found: evidence.Evidence, interventions: pd.DataFrame) -> Advice:
    """Show gaps and recommendations, each with its count and a link to the figure it rests on.

    Parameters
    ----------
    found : Evidence
    interventions : DataFrame
        The clean table of all authorities, with ``authority``.
    """
    groups = []
    for whose, rows in evidence.advice(found, interventions).groupby("whose", sort=False):
        lines = tuple(
            (codes.words(found.wording, row.text), codes.words(found.wording, row.because), row.anchor,
             evidence.SEE[row.anchor])
            for row in rows.itertuples()
        )  # fmt: skip
        groups.append((evidence.WHOSE[whose], lines))
    return Advice(tuple(groups), "Nothing here calls for a recommendation: no evidence and no gap was sent.")


def by_perspective(found: evidence.Evidence, strand: str) -> Table:
    """Who told of each theme: authorities in which people of each perspective did, and where several did."""
    told = evidence.voices(found, strand)
    whole = evidence.themes(found, strand)["reported"]
    frame = told.assign(reported=whole)[["label", *codes.PERSPECTIVE, "several", "reported"]]
    frame = frame[frame["reported"] > 0].sort_values("reported", ascending=False, kind="stable")
    labels = {code: found.label(label) for code, label in codes.PERSPECTIVE.items()}
    return show(
        _or_says(frame, "Nothing was reported"),
        f"Who told of each {codes.STRAND[strand].lower()}. Authorities in which they did; {found.name}, "
        f"{plural(found.of(strand), 'authority')} with evidence of it.",
        labels=labels | {"label": codes.STRAND[strand], "several": "More than one of them", "reported": "Anybody"},
    )  # fmt: skip


def quotations(found: evidence.Evidence) -> Table:
    """What people said, in their words: in the internal edition only."""
    columns = ["strand", "theme", "who", "quote", "where"]
    frame, left_out = pd.DataFrame(columns=columns), 0
    if "quote" in found.rows:
        said = found.rows[found.rows["quote"].fillna("") != ""].astype("str")
        rows = said.groupby(["strand", "theme"]).head(MOST_QUOTATIONS)
        left_out = len(said) - len(rows)
        frame = pd.DataFrame({
            "strand": rows["strand"].map(codes.STRAND),
            "theme": [found.theme(strand, theme) for strand, theme in zip(rows["strand"], rows["theme"], strict=True)],
            "who": rows["perspective"].map(codes.PERSPECTIVE).map(found.label),
            "quote": rows["quote"],
            "where": rows["authority"].map({slug: authority.name for slug, authority in found.authorities.items()}),
        }, columns=columns)  # fmt: skip
        order = rows["strand"].map(list(codes.STRAND).index).sort_values(kind="stable").index
        frame = frame.loc[order]
    none = "No quotation was sent" if found.edition == "internal" else "Nobody's own words are in this edition"
    return show(
        _or_says(frame, none),
        f"In their own words. {sentence(plural(len(frame), 'quotation'))}, {found.name}; internal edition only.",
        labels={"strand": "About", "who": "Said by", "quote": "Words", "where": "Authority"}, row_headers=2,
        folded=len(frame) > 0,
        notes=[f"At most {MOST_QUOTATIONS} of a theme; {left_out:,} more are in the returns."] * bool(left_out),
    )  # fmt: skip


def claims(found: evidence.Evidence) -> Table:
    """The impact level each authority claims beside the highest its evidence tells of and shows."""
    placed = evidence.claims(found)
    beyond, judged = int((placed["beyond"] == "yes").sum()), int(placed["beyond"].notna().sum())
    said = f"In {beyond} of {plural(judged, 'authority')} the claim goes beyond what the evidence shows."
    if not judged:
        said = "No claim can be held against evidence."
    return show(
        placed.assign(beyond=placed["beyond"].map(codes.YES_NO)),
        f"{said} Impact level, 1 to {len(codes.IMPACT_LEVEL)}, {found.name}.",
        labels={"claimed": "Claimed", "told": "Told of", "shown": "Shown", "beyond": "Claim beyond evidence?"},
        missing={"claimed": "none given", "told": "no evidence", "shown": "none", "beyond": "cannot be said"},
        notes=[f"Level {n}: {words}." for n, words in codes.IMPACT_LEVEL.items()], row_headers=2, folded=True,
    )  # fmt: skip


def rounds(frame: pd.DataFrame) -> Table:
    """The rounds side by side: what was printed of the impact model, and the levels of the authorities here.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.evidence.rounds`.
    """
    shown = frame.assign(round=frame["round"].str.upper(), year=frame["year"].astype("string"))
    levels = {f"level_{n}": f"Level {n}" for n in codes.IMPACT_LEVEL}
    return show(
        shown[["round", "year", "printed_authorities", "wording", "authorities", *levels, "none", "source"]],
        "The rounds side by side: the report's words, and authorities of this workbook at each impact level.",
        labels=levels | {"printed_authorities": "Authorities in the report", "wording": "The report says",
                         "authorities": "Authorities here", "none": "No level given"},
        missing=dict.fromkeys(["year", "printed_authorities", "wording", "source"], "not published"),
        notes=["A round with no authorities here was published and not rebuilt: nothing is made up for it."],
    )  # fmt: skip


def todays_outcomes(found: evidence.Evidence) -> Table:
    """The same evidence under the ten Supporting Families outcomes: reported, shown, or not asked about at all."""
    ten = evidence.domains(found, "early_help")
    counts = ten[["reported", "evidenced"]].astype("Int64").mask(ten["codes"] == 0)
    frame = ten.assign(**counts, interval=[evidence.interval(row) if row["codes"] else "" for _, row in ten.iterrows()])
    reported = int((ten["reported"] > 0).sum())
    return show(
        frame[["label", "codes", "reported", "evidenced", "interval"]],
        f"{reported} of the {len(ten)} Supporting Families outcomes are reported by somebody. Authorities, "
        f"{found.name}, of {plural(found.of('outcome'), 'authority')} that gave detail on outcomes.",
        labels={"label": "Supporting Families outcome", "codes": "Outcome codes under it", "reported": "Reported by",
                "evidenced": "Shown by", "interval": "95% interval of the share reporting"},
        missing=dict.fromkeys(["reported", "evidenced"], "not asked"), ids=["evidence-today"],
    )  # fmt: skip


def changes_in_cases(found: evidence.Evidence, outcomes: pd.DataFrame) -> Table:
    """What the families' own records say of the same outcomes, where a round has case records."""
    counted = evidence.changes_in_cases(found, outcomes)
    told = counted[counted["told"] > 0]
    families = outcomes[["authority", "case_id"]].drop_duplicates()
    words = codes.WORDING[found.wording]["domain"]
    return show(
        _or_says(told, "This round has no case records"),
        f"The families' own records of change. {found.name}, {plural(len(families), 'family')} in "
        f"{plural(families['authority'].nunique(), 'authority')}.",
        labels={"label": words, "better": "Families for whom it got better", "told": "Families with a record of it",
                "better_in": "Authorities with such a family", "told_in": "Authorities with a record"},
        notes=["A change is on record only where a witness spoke of it; what stayed the same is spoken of less."],
    )  # fmt: skip


def provision_gaps(interventions: pd.DataFrame, found: evidence.Evidence) -> Table:
    """The support families needed and did not have, by kind and reason, over all authorities of the round."""
    counted = evidence.provision_gaps(interventions)
    families = interventions[interventions["status"] != "delivered"][["authority", "case_id"]].drop_duplicates()
    of = interventions[["authority", "case_id"]].drop_duplicates()
    none = "No gap was recorded" if len(of) else "This round has no case records"
    return show(
        _or_says(counted, none),
        f"Support needed and not had. {found.name}, {plural(len(families), 'family')} with a gap of "
        f"{plural(len(of), 'family')} with support on record.",
        labels={"support": "Support for", "why": "Why it was not had"}, row_headers=2, ids=["evidence-gaps"],
    )  # fmt: skip


def published(compared: pd.DataFrame, context: Context) -> Table:
    """LARC2's published counts beside ours, or that this round's were never printed.

    Parameters
    ----------
    compared : DataFrame
        :func:`larcnb.evidence.compare`.
    """
    if len(compared):
        return published_figures(compared, context)
    said = pd.DataFrame({"quantity": ["No published count of evidence to set beside this round"]})
    return show(said, f"Published figures. {context.name}.")


def _or_says(frame: pd.DataFrame, said: str) -> pd.DataFrame:
    """The frame, or where it has no rows one row that says so."""
    if len(frame):
        return frame
    columns = list(frame)
    return pd.DataFrame([[said, *[""] * (len(columns) - 1)]], columns=columns)


def propositions(frame: pd.DataFrame, caption: str) -> Table:
    """Every proposition: context, mechanism, outcome, how many authorities put it and could show it."""
    shown = frame.assign(
        status=frame["status"].map(evidence.STATUS), interval=[evidence.interval(row) for _, row in frame.iterrows()]
    )[["context", "factor", "domain", "status", "put", "evidenced", "perspectives", "interval"]]
    return show(
        shown, caption,
        labels={"context": "Context", "factor": "Mechanism", "domain": "Outcome", "put": "Authorities that put it",
                "evidenced": "Could show it", "perspectives": "Perspectives that showed it",
                "interval": "95% interval of the share that could show it"},
        row_headers=3,
    )  # fmt: skip


def counts(frame: pd.DataFrame, caption: str, label: str = "") -> Table:
    """Counts over authorities with denominator, share and interval: the numbers under a figure."""
    shown = frame.assign(interval=[evidence.interval(row) for _, row in frame.iterrows()])
    columns = [name for name in ("domain_label", "label") if name in shown]
    return show(
        shown[[*columns, "reported", "evidenced", "mentioned", "several", "of", "share", "interval"]], caption,
        formats={"share": "share"},
        labels={"label": label or sentence("theme"), "domain_label": "Domain", "evidenced": "Could show it",
                "mentioned": "Mentioned only", "several": "More than one perspective", "interval": "95% interval"},
        row_headers=len(columns),
    )  # fmt: skip
