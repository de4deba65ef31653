"""Evidence on how early help works (METHOD.md part 6): what a round's authorities reported, and what they could show.

In: the pooled clean table ``evidence`` and the authorities' params. Out: counts over authorities, each with its
denominator and Wilson interval; propositions; impact levels; LARC2's published counts beside ours; the content of
``evidence.json``. An authority counts once, however many people told it the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import nan

import pandas as pd

from larcnb import codes
from larcnb.consortium import published
from larcnb.consortium.intervals import wilson
from larcnb.params import Authority
from larcnb.show.words import listed, lowered, percent, plural

PUBLISHED = "larc2"
"""The round whose counts were printed, and the only one they are compared with."""
SECTIONS = {
    "summary": "Summary",
    "1": "The study",
    "2": "Regions",
    "3": "Outcomes",
    "3.1": "Be healthy",
    "3.2": "Stay safe",
    "3.3": "Enjoy and achieve",
    "3.4": "Positive contribution",
    "3.5": "Economic well-being and family",
    "4": "Key factors",
    "4.1": "Engaging families",
    "5": "Unique benefits",
    "6": "Impact",
}
"""Sections of LARC2's summary that print a figure, with what they are about in our words."""
STATUS = {"supported": "Supported", "partly": "Partly supported", "told": "Reported, not yet shown"}
LEVELS = tuple(codes.IMPACT_LEVEL)
IMPROVED = ("better", "much_better")
ACTIONS = {
    "accountability": "Have the partners' board commit every agency to the {process}, and ask each what it has done.",
    "lead_professional_capacity": "Say how a {lead_professional} is chosen, trained and relieved of other work, and "
    "give the role clerical help.",
    "process_confusion": "Say on one page what the {assessment} is for, who should have one, and how it relates to "
    "other assessments.",
    "workload": "Ask families and staff to write each thing once only, and allow for the {process} in job plans.",
    "engaging_parents": "Tell families what the {process} is before asking their consent, and let them lead the plan.",
    "information_sharing": "Agree once, for all agencies, what may be shared, with whom and on what consent.",
    "monitoring": "Join the records of the {process} to planning: follow outcomes past closure and report them to "
    "commissioners.",
}
"""What each challenge calls for: this project's wording, after Easton, Morris and Gee (2010), LARC2, section 7."""


@dataclass(frozen=True, repr=False)
class Evidence:
    """A round's evidence. Its representation holds nobody's words.

    Parameters
    ----------
    rows : DataFrame, one row what one participant said of one theme
        ``authority``, the columns of DATA.md, and ``factor``: the key factor that ``mechanism`` names, if any.
    authorities : dict of slug to Authority
        Those that took part, with or without evidence.
    name : str
        The round in words.
    wording : str
        ``caf`` or ``early_help``.
    """

    rows: pd.DataFrame
    authorities: Mapping[str, Authority]
    name: str
    wording: str = "caf"

    @property
    def sent(self) -> list[str]:
        """The authorities that sent any evidence, in alphabetical order."""
        return sorted(self.rows["authority"].unique())

    def strand(self, strand: str) -> pd.DataFrame:
        """The rows of one strand."""
        return self.rows[self.rows["strand"] == strand]

    def of(self, strand: str) -> int:
        """The denominator of a strand: authorities that sent evidence, for outcomes those that gave any detail.

        An authority that sent none at all was not silent on a theme: it was not heard, and is in no denominator.
        """
        return self.strand(strand)["authority"].nunique() if strand == "outcome" else len(self.sent)

    def label(self, text: str) -> str:
        """A label of :mod:`larcnb.codes` in the round's wording."""
        old, new = (
            codes.WORDING["caf"]["lead_professional"],
            codes.WORDING[self.wording]["lead_professional"],
        )
        return text.replace(old, new).replace(old.capitalize(), new.capitalize())

    @property
    def domain_of(self) -> dict[str, str]:
        """Outcome code to Every Child Matters domain, or in early help words to Supporting Families outcome."""
        place = 1 if self.wording == "caf" else 2
        return {code: parts[place] for code, parts in codes.OUTCOME.items()}

    @property
    def domain_labels(self) -> dict[str, str]:
        """The domains of :attr:`domain_of` that have an outcome code, in their order, with labels."""
        labels = codes.ECM_DOMAIN if self.wording == "caf" else codes.SUPPORTING_FAMILIES
        return {code: label for code, label in labels.items() if code in self.domain_of.values()}

    def __repr__(self) -> str:
        return f"Evidence of {self.name}: {len(self.rows)} rows of {plural(len(self.sent), 'authority')}"


def gather(
    rows: pd.DataFrame, authorities: Mapping[str, Authority], name: str, wording: str = "caf"
) -> Evidence:
    """Gather a round's evidence; ``rows`` is the clean table of all authorities, with ``authority``."""
    return Evidence(rows.assign(factor=factor_named(rows["mechanism"])), authorities, name, wording)


def factor_named(mechanism: pd.Series) -> pd.Series:
    """The key factor that a mechanism names before its colon; blank where it names none.

    Only a code of the vocabulary comes out: whatever else the text holds stays in it.
    """
    named = mechanism.astype("str").str.extract(r"^\s*([^:]*?)\s*(?::|$)", expand=False).str.lower()
    named = named.str.replace(r"[\s_-]+", "_", regex=True)
    return named.where(named.isin(list(codes.THEME["factor"])))


def themes(found: Evidence, strand: str) -> pd.DataFrame:
    """Count the authorities that report each theme of a strand.

    ``share = reported / of``, its interval Wilson's at 95% (:func:`larcnb.consortium.intervals.wilson`).

    Parameters
    ----------
    found : Evidence
    strand : str
        Such as ``challenge``.

    Returns
    -------
    DataFrame, one row a theme of the vocabulary, in its order
        ``theme``, ``label``, ``reported`` (authorities in which anybody told of it), ``evidenced`` (those of them that
        could show it), ``mentioned`` (the others), ``several`` (those where more than one perspective told of it),
        ``of``, ``share``, ``low``, ``high``; for outcomes ``domain`` too.

    Source
    ------
    Easton, Morris and Gee (2010), LARC2, sections 3 to 6: "fifteen LAs", of the twenty that gave detail.

    Examples
    --------
    Two authorities sent evidence; in one of them two people told of speed, and one could show it:

    >>> rows = pd.DataFrame([("l2-01", "unique", "speed", "parent", "mentioned", ""),
    ...     ("l2-01", "unique", "speed", "practitioner", "evidenced", ""),
    ...     ("l2-02", "factor", "multi_agency", "parent", "mentioned", "")],
    ...     columns=["authority", "strand", "theme", "perspective", "strength", "mechanism"])
    >>> counted = themes(gather(rows, {}, "Round larc2"), "unique").set_index("theme")
    >>> counted.loc["speed", ["reported", "evidenced", "several", "of"]].tolist()
    [1, 1, 1, 2]
    """
    rows, labels = found.strand(strand), codes.THEME[strand]
    counted = _counted(rows, rows["theme"], list(labels), found.of(strand))
    counted.insert(0, "label", [found.label(label) for label in labels.values()])
    counted = counted.rename_axis("theme").reset_index()
    return (
        counted.assign(domain=counted["theme"].map(found.domain_of))
        if strand == "outcome"
        else counted
    )


def domains(found: Evidence, wording: str = "") -> pd.DataFrame:
    """Count the authorities that report any outcome of each domain.

    Parameters
    ----------
    found : Evidence
    wording : str, optional
        ``caf`` for the Every Child Matters domains, ``early_help`` for the ten Supporting Families outcomes; left
        out, the round's own.

    Returns
    -------
    DataFrame, one row a domain
        ``domain``, ``label``, ``codes`` (how many outcome codes lie in it; none: the form does not ask) and the counts
        of :func:`themes`.
    """
    ecm = (wording or found.wording) == "caf"
    labels = codes.ECM_DOMAIN if ecm else codes.SUPPORTING_FAMILIES
    of_code = {code: parts[1 if ecm else 2] for code, parts in codes.OUTCOME.items()}
    rows = found.strand("outcome")
    counted = _counted(rows, rows["theme"].map(of_code), list(labels), found.of("outcome"))
    counted.insert(0, "label", list(labels.values()))
    counted.insert(
        1, "codes", pd.Series(of_code).value_counts().reindex(list(labels), fill_value=0)
    )
    return counted.rename_axis("domain").reset_index()


def voices(found: Evidence, strand: str) -> pd.DataFrame:
    """Count, by theme, the authorities in which each perspective told of it.

    Returns
    -------
    DataFrame, one row a theme of the vocabulary
        ``theme``, ``label``, a column for each perspective, ``several`` and ``of`` of :func:`themes`.
    """
    rows = found.strand(strand).drop_duplicates(["authority", "theme", "perspective"])
    told = pd.crosstab(rows["theme"], rows["perspective"])
    told = told.reindex(
        index=list(codes.THEME[strand]), columns=list(codes.PERSPECTIVE), fill_value=0
    )
    counted = themes(found, strand).set_index("theme")
    whole = pd.concat([counted["label"], told, counted[["several", "of"]]], axis=1)
    return whole.rename_axis("theme").reset_index()


def participants(found: Evidence) -> pd.DataFrame:
    """Count the people heard, at least: by authority and perspective, the most rows on any one theme.

    A row is what one participant said of one theme, and nobody has two rows for one theme. So the rows on one theme
    are different people, and the theme most spoken of gives the number who took part, or fewer than took part where
    nobody asked everybody about it. Rows on several themes may be one person's and are never added.

    Returns
    -------
    DataFrame indexed by authority, one column a perspective
        Whole numbers; authorities that sent evidence only.
    """
    on_theme = found.rows.groupby(
        ["authority", "perspective", "strand", "theme"], observed=True
    ).size()
    people = (
        on_theme.groupby(level=["authority", "perspective"])
        .max()
        .unstack("perspective", fill_value=0)
    )
    return people.reindex(index=found.sent, columns=list(codes.PERSPECTIVE), fill_value=0).astype(
        "int64"
    )


def changes_in_cases(found: Evidence, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Count the families' own records of the same outcomes: for whom somebody saw it get better.

    Parameters
    ----------
    found : Evidence
        For its wording.
    outcomes : DataFrame
        The clean table ``outcomes`` of all authorities: ``authority``, ``case_id``, ``outcome``, ``change``.

    Returns
    -------
    DataFrame, one row a domain
        ``label``, ``better`` and ``told`` (families), ``better_in`` and ``told_in`` (authorities).
    """
    rows = outcomes.assign(
        domain=outcomes["outcome"].map(found.domain_of), better=outcomes["change"].isin(IMPROVED)
    )
    by_case = rows.groupby(["domain", "authority", "case_id"], observed=True)["better"].any()
    by_place = by_case.groupby(level=["domain", "authority"]).any()
    sums = {"better": by_case, "better_in": by_place}
    counted = pd.DataFrame(
        {
            name.replace("better", new): each.groupby(level="domain").agg(how)
            for name, each in sums.items()
            for new, how in (("better", "sum"), ("told", "size"))
        }
    )
    counted = counted.reindex(list(found.domain_labels), fill_value=0).astype("int64")
    counted.insert(0, "label", list(found.domain_labels.values()))
    return counted.reset_index(drop=True)


def propositions(found: Evidence) -> pd.DataFrame:
    """Count the authorities that put each proposition, and those that could show it.

    A proposition is an outcome row whose mechanism names a key factor: in this context, this factor brought about
    that outcome. It is **supported** where more than one authority could show it and people of more than one
    perspective did; **partly** where one authority or one perspective did; else it is only reported.

    Returns
    -------
    DataFrame, one row a proposition, the best supported first
        ``context``, ``factor`` (the mechanism), ``domain`` of the outcome, in words; ``status`` (a key of
        :data:`STATUS`), ``put`` (authorities that reported it), ``evidenced`` (those of them that could show it),
        ``perspectives`` (that showed it), ``low`` and ``high`` (Wilson interval of ``evidenced / put``).

    Source
    ------
    Pawson and Tilley (1997), Realistic Evaluation, as LARC2 used it (Easton, Morris and Gee, 2010, section 2).
    """
    rows = found.strand("outcome").dropna(subset=["factor"])
    words = {
        "context": codes.CONTEXT,
        "factor": codes.THEME["factor"],
        "domain": found.domain_labels,
    }
    key = list(words)
    rows = rows.assign(domain=rows["theme"].map(found.domain_of))
    rows = rows.assign(
        **{
            name: pd.Categorical(rows[name], list(known), ordered=True)
            for name, known in words.items()
        }
    )
    shown = rows[rows["strength"] == "evidenced"].groupby(key, observed=True)
    counted = pd.DataFrame(
        {
            "put": rows.groupby(key, observed=True)["authority"].nunique(),
            "evidenced": shown["authority"].nunique(),
            "perspectives": shown["perspective"].nunique(),
        }
    )
    counted = counted.fillna(0).astype("int64").reset_index()
    replicated = (counted["evidenced"] > 1) & (counted["perspectives"] > 1)
    status = replicated.map({True: "supported", False: "partly"}).astype("object")
    status = status.where(counted["evidenced"] > 0, "told")
    counted.insert(3, "status", pd.Categorical(status, list(STATUS), ordered=True))
    counted["low"], counted["high"] = wilson(
        counted["evidenced"].to_numpy(), counted["put"].to_numpy()
    )
    ascending = [True, False, False, True, True, True]
    counted = counted.sort_values(
        ["status", "evidenced", "put", *key], ascending=ascending, ignore_index=True
    )
    put = {
        name: [found.label(known[code]) for code in counted[name]] for name, known in words.items()
    }
    return counted.assign(**put, status=counted["status"].astype("object"))


def claims(found: Evidence) -> pd.DataFrame:
    """Set the level each authority places itself at beside the highest its evidence shows.

    Returns
    -------
    DataFrame, one row an authority of the round
        ``authority``, ``name``, ``claimed`` (1 to 4, blank where none is given), ``told`` and ``shown`` (the highest
        level anybody told of, and could show; blank without evidence), ``beyond`` (yes where more is claimed than
        shown, no where not, blank where either is missing).

    Source
    ------
    Stoney and others (2002); Easton, Morris and Gee (2010), LARC2, section 6: of levels three and four "the
    evidence for this was less secure".
    """
    rows = found.strand("impact")
    level = rows["theme"].str.removeprefix("level_").astype("int64")
    told = level.groupby(rows["authority"]).max()
    shown = level[rows["strength"] == "evidenced"].groupby(rows["authority"]).max()
    slugs = list(found.authorities)
    frame = pd.DataFrame(
        {
            "authority": slugs,
            "name": [authority.name for authority in found.authorities.values()],
            "claimed": pd.array(
                [authority.impact_level for authority in found.authorities.values()], dtype="Int64"
            ),
            "told": told.reindex(slugs).astype("Int64").array,
            "shown": shown.reindex(slugs).astype("Int64").array,
        }
    )
    beyond = frame["claimed"] > frame["shown"].where(frame["told"].isna(), frame["shown"].fillna(0))
    return frame.assign(beyond=beyond.map({True: "yes", False: "no"}))


def rounds(everyone: Mapping[str, Authority], printed: pd.DataFrame) -> pd.DataFrame:
    """Count the authorities at each impact level, round by round, with what the study printed.

    Parameters
    ----------
    everyone : dict of slug to Authority
        All authorities of the root, of any round.
    printed : DataFrame
        ``national/published/rounds.csv``: ``round``, ``year``, ``authorities``, ``wording``, ``source``.

    Returns
    -------
    DataFrame, one row a round, in order of year, then those no study printed
        ``round``, ``year``, ``printed_authorities``, ``authorities`` (in this root), ``level_1`` to ``level_4`` (their
        number at each), ``none`` (number without a level), ``wording``, ``source``. A round that was only published
        has no authorities here, and none is invented for it.
    """
    here = pd.DataFrame(
        [
            (authority.round or codes.DEFAULT_ROUND, authority.impact_level)
            for authority in everyone.values()
        ],
        columns=["round", "level"],
    )
    counts = pd.DataFrame(
        {f"level_{n}": here["level"].eq(n).groupby(here["round"]).sum() for n in LEVELS}
    )
    counts["none"] = here["level"].isna().groupby(here["round"]).sum()
    counts.insert(0, "authorities", here.groupby("round").size())
    wanted = ["round", "year", "authorities", "wording", "source"]
    known = printed.sort_values("year", kind="stable")[wanted].rename(
        columns={"authorities": "printed_authorities"}
    )
    whole = known.merge(counts.reset_index(), on="round", how="outer")
    others = sorted(set(counts.index) - set(known["round"]))
    whole = whole.set_index("round").loc[[*known["round"], *others]].reset_index()
    numbers = dict.fromkeys(("year", "printed_authorities"), "Int64")
    return whole.fillna(dict.fromkeys(counts.columns, 0)).astype(
        numbers | dict.fromkeys(counts.columns, "int64")
    )


def band(claimed: pd.Series) -> tuple[int, int, int]:
    """The two neighbouring levels that most authorities lie at: the lower, the higher, and how many.

    Parameters
    ----------
    claimed : Series
        Levels 1 to 4; blanks are left out. Ties go to the lower pair; nothing gives (0, 0, 0).

    Examples
    --------
    >>> band(pd.Series([1, 2, 2, 3, 3, 4]))
    (2, 3, 4)
    """
    given = claimed.dropna()
    pairs = [(int(given.isin([low, low + 1]).sum()), -low) for low in LEVELS[:-1]]
    most, low = max(pairs)
    return (-low, 1 - low, most) if most else (0, 0, 0)


def headline(found: Evidence) -> list[str]:
    """The findings in sentences, each with its denominator; one sentence where no evidence was sent."""
    took_part, sent = len(found.authorities), len(found.sent)
    if not sent:
        return [
            f"None of the {took_part} authorities of {lowered(found.name)} sent evidence on how the "
            f"{codes.WORDING[found.wording]['process']} works. No evidence was submitted, so nothing can be concluded."
        ]
    people, outcomes, challenges = (
        participants(found),
        themes(found, "outcome"),
        themes(found, "challenge"),
    )
    silent = f" The other {took_part - sent} are in no count." if sent < took_part else ""
    children = int((people["child"] > 0).sum())
    said = [
        f"{sent} of {plural(took_part, 'authority')} sent evidence, from at least {people.to_numpy().sum():,} people; "
        f"children or young people themselves were heard in {children} of them.{silent}"
    ]
    if reported := int(outcomes["reported"].sum()):
        shown = int(outcomes["evidenced"].sum())
        said.append(
            f"The change reported most often, by the {found.of('outcome')} that gave detail on outcomes, is "
            f"{most_reported(outcomes)}. They reported {reported} changes in all and could show {shown} of them "
            f"({percent(shown / reported)})."
        )
    rows, needed = found.strand("factor"), len(codes.THEME["factor"])
    if len(rows):
        every = int((rows.groupby("authority")["theme"].nunique() == needed).sum())
        shown = rows[rows["strength"] == "evidenced"].groupby("authority")["theme"].nunique()
        said.append(
            f"All {needed} key factors were reported by {every} of {found.of('factor')} authorities; "
            f"{int((shown == needed).sum())} could show every one of them at work."
        )
    if challenges["reported"].any():
        said.append(f"The challenge reported most often is {most_reported(challenges)}.")
    placed = claims(found)
    low, high, most = band(placed["claimed"])
    if most:
        beyond = int((placed["beyond"] == "yes").sum())
        said.append(
            f"{most} of {int(placed['claimed'].notna().sum())} authorities place themselves at impact level {low} or "
            f"{high} of {len(LEVELS)}; {beyond or 'none'} claim{'s' * (beyond == 1)} more than the evidence shows."
        )
    return said


def most_reported(counted: pd.DataFrame) -> str:
    """Name the theme most authorities report, or those that tie, with its count and the interval of its share.

    Parameters
    ----------
    counted : DataFrame
        :func:`themes`, in which somebody reported something.
    """
    top = counted[counted["reported"] == counted["reported"].max()]
    first, each = top.iloc[0], " each" if len(top) > 1 else ""
    interval = f"95% confidence interval {percent(first['low'])} to {percent(first['high'])}"
    return f"{listed(map(lowered, top['label']))} ({first['reported']} of {first['of']}{each}, {interval})"


def _reporting(strand: str, theme: str = "", domain: str = "") -> Callable[[Evidence], int]:
    """How many authorities report a theme, any outcome of an Every Child Matters domain, or the strand at all."""

    def statistic(found: Evidence) -> int:
        rows = found.strand(strand)
        if theme:
            rows = rows[rows["theme"] == theme]
        if domain:
            rows = rows[
                rows["theme"].map({code: parts[1] for code, parts in codes.OUTCOME.items()})
                == domain
            ]
        return rows["authority"].nunique()

    return statistic


def _all_factors(found: Evidence) -> int:
    """How many authorities report every one of the five key factors."""
    told = found.strand("factor").groupby("authority")["theme"].nunique()
    return int((told == len(codes.THEME["factor"])).sum())


def _most_levels(found: Evidence) -> float:
    """Midway between the two neighbouring levels at which most authorities place themselves: 2.5 for two and three.

    Blank unless more than half of those that took part lie there: "most" would not be true.
    """
    low, high, most = band(claims(found)["claimed"])
    return (low + high) / 2 if 2 * most > len(found.authorities) else nan


FIGURES: dict[str, Callable[[Evidence], float]] = {
    "n_authorities": lambda found: len(found.authorities),
    "n_participants": lambda found: int(participants(found).to_numpy().sum()),
    "n_outcome_detail": _reporting("outcome"),
    "n_regions": lambda found: len({a.region for a in found.authorities.values() if a.region}),
    "be_healthy_emotional": _reporting("outcome", "emotional_health"),
    "be_healthy_physical": _reporting("outcome", "physical_health"),
    "be_healthy_behaviour": _reporting("outcome", "behaviour"),
    "stay_safe_risk": _reporting("outcome", "risky_behaviour"),
    "enjoy_attendance": _reporting("outcome", "attendance"),
    "enjoy_learning": _reporting("outcome", "learning"),
    "enjoy_peers": _reporting("outcome", "peer_relations"),
    "contribution_empowered": _reporting("outcome", "empowered"),
    "economic_wellbeing": _reporting("outcome", domain="economic_wellbeing"),
    "other_parenting": _reporting("outcome", "parenting"),
    "other_family_school": _reporting("outcome", "family_school_relations"),
    "other_family_relations": _reporting("outcome", "family_relationships"),
    "other_transition": _reporting("outcome", "transition"),
    "factors_all": _all_factors,
    "engagement_important": _reporting("factor", "engaging_families"),
    "unique_benefits": _reporting("unique"),
    "impact_level_mode": _most_levels,
}
"""LARC2's published counts (Easton, Morris and Gee, 2010, executive summary), each with its definition."""


def compare(printed: pd.DataFrame, found: Evidence, round_name: str) -> pd.DataFrame:
    """Set LARC2's published counts beside ours; no rows for a round that was not the one printed.

    Parameters
    ----------
    printed : DataFrame
        ``national/published/larc2.csv``.
    found : Evidence
    round_name : str
        The round of ``found``.

    Returns, Raises
    ---------------
    As :func:`larcnb.consortium.published.beside`.
    """
    return published.beside(printed, FIGURES, found).head(
        len(printed) if round_name == PUBLISHED else 0
    )


def record(found: Evidence, everyone: pd.DataFrame, outcomes: pd.DataFrame) -> dict:
    """The content of ``evidence.json``: counts, levels and propositions; no person's own words.

    Parameters
    ----------
    found : Evidence
    everyone : DataFrame
        :func:`rounds`.
    outcomes : DataFrame
        The clean table ``outcomes`` of all authorities.
    """
    people = participants(found).sum()
    frames = {
        "strands": {strand: themes(found, strand) for strand in codes.STRAND},
        "domains": domains(found),
        "supporting_families": domains(found, "early_help"),
        "perspectives": {strand: voices(found, strand) for strand in codes.STRAND},
        "propositions": propositions(found),
        "impact_levels": claims(found),
        "rounds": everyone,
        "changes_in_cases": changes_in_cases(found, outcomes),
    }
    return {
        "round": found.name,
        "edition": "internal",
        "authorities": len(found.authorities),
        "sent_evidence": len(found.sent),
        "participants_at_least": {
            "all": int(people.sum()),
            **{name: int(number) for name, number in people.items()},
        },
        **{name: _records(frame) for name, frame in frames.items()},
    }


def _records(frame: pd.DataFrame | dict) -> list[dict] | dict:
    """Rows as JSON can hold them: a blank is null."""
    if isinstance(frame, dict):
        return {name: _records(each) for name, each in frame.items()}
    return [
        {name: None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.astype(object).to_dict("records")
    ]


def _counted(rows: pd.DataFrame, key: pd.Series, wanted: list[str], of: int) -> pd.DataFrame:
    """One row for each of ``wanted``: the authorities with it, by what they have of it."""
    at = rows.assign(key=key).dropna(subset=["key"])

    def authorities(some: pd.DataFrame) -> pd.Series:
        places = some.drop_duplicates(["key", "authority"])["key"].value_counts()
        return places.reindex(wanted, fill_value=0).astype("int64")

    reported = authorities(at)
    evidenced = authorities(at[at["strength"] == "evidenced"])
    spoke = at.drop_duplicates(["key", "authority", "perspective"])
    several = authorities(spoke[spoke.duplicated(["key", "authority"])])
    low, high = wilson(reported.to_numpy(), of)
    return pd.DataFrame(
        {
            "reported": reported,
            "evidenced": evidenced,
            "mentioned": reported - evidenced,
            "several": several,
            "of": of,
            "share": reported / of if of else float("nan"),
            "low": low,
            "high": high,
        }
    )
