"""Evidence on how early help works (docs/method.md part 6): what a round's authorities reported, and what they could
show.

In: the pooled clean table ``evidence`` and the authorities' params. Out: counts over authorities, each with its
denominator and Wilson interval; propositions; impact levels; LARC2's published counts beside ours. An authority
counts once, however many people told it the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.consortium import published
from larcnb.consortium.pooling import wilson
from larcnb.consortium.rounds import LEVELS
from larcnb.params import Authority
from larcnb.show.sentences import phrase
from larcnb.show.words import listed, lowered, percent, plural

PUBLISHED = "larc2"
"""The round whose counts were printed, and the only one they are compared with."""
SECTIONS, ACTIONS, STATUS = (published.WORDS[name] for name in (PUBLISHED, "actions", "status"))
"""The sections of its summary; what each challenge calls for; how far a proposition is borne out, the best first."""


@dataclass(frozen=True, repr=False)
class Evidence:
    """A round's evidence.

    Parameters
    ----------
    rows : DataFrame, one row what one participant said of one theme
        The clean table of all authorities: ``authority`` and the columns of the data dictionary.
    authorities : dict of slug to Authority
        Those that took part, with or without evidence.
    name : str
        The round in words.
    wording : str
        A key of :data:`larcnb.codes.WORDING`, such as ``caf``.
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
        old, new = (codes.WORDING[of]["lead_professional"] for of in ("caf", self.wording))
        return text.replace(old, new).replace(old.capitalize(), new.capitalize())


def _domains(wording: str) -> tuple[Mapping[str, str], dict[str, str]]:
    """The labels of a wording's domains, and the domain of each outcome."""
    labels, place = (codes.ECM_DOMAIN, 1) if wording == "caf" else (codes.SUPPORTING_FAMILIES, 2)
    return labels, {code: parts[place] for code, parts in codes.OUTCOME.items()}


def factor_named(mechanism: pd.Series) -> pd.Series:
    """The key factor that a mechanism names before its colon; blank where it names none.

    Only a code of the vocabulary comes out: whatever else the text holds stays in it.
    """
    named = mechanism.astype("str").str.extract(r"^\s*([^:]*?)\s*(?::|$)", expand=False).str.lower()
    named = named.str.replace(r"[\s_-]+", "_", regex=True)
    return named.where(named.isin(list(codes.THEME["factor"])))


def themes(evidence: Evidence, strand: str) -> pd.DataFrame:
    """Count the authorities that report each theme of a strand.

    ``share = reported / of``, its interval Wilson's at 95% (:func:`larcnb.consortium.pooling.wilson`).

    Parameters
    ----------
    evidence : Evidence
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
    >>> counted = themes(Evidence(rows, {}, "Round larc2"), "unique").set_index("theme")
    >>> counted.loc["speed", ["reported", "evidenced", "several", "of"]].tolist()
    [1, 1, 1, 2]
    """
    rows, labels = evidence.strand(strand), codes.THEME[strand]
    counted = _counted(rows, rows["theme"], list(labels), evidence.of(strand))
    counted.insert(0, "label", [evidence.label(label) for label in labels.values()])
    counted = counted.rename_axis("theme").reset_index()
    if strand != "outcome":
        return counted
    return counted.assign(domain=counted["theme"].map(_domains(evidence.wording)[1]))


def domains(evidence: Evidence, wording: str = "") -> pd.DataFrame:
    """Count the authorities that report any outcome of each domain.

    Parameters
    ----------
    evidence : Evidence
    wording : str, optional
        ``caf`` for the Every Child Matters domains, ``early_help`` for the ten Supporting Families outcomes; left
        out, the round's own.

    Returns
    -------
    DataFrame, one row a domain
        ``domain``, ``label``, ``codes`` (how many outcome codes lie in it; none: the form does not ask) and the counts
        of :func:`themes`.
    """
    wording, rows = wording or evidence.wording, evidence.strand("outcome")
    labels, of_code = _domains(wording)
    counted = _counted(rows, rows["theme"].map(of_code), list(labels), evidence.of("outcome"))
    known = pd.Series(of_code).value_counts().reindex(list(labels), fill_value=0)
    counted.insert(0, "label", list(labels.values()))
    counted.insert(1, "codes", known)
    return counted.rename_axis("domain").reset_index()


def participants(evidence: Evidence) -> pd.DataFrame:
    """Count the people heard, at least: by authority and perspective, the most rows on any one theme.

    A row is what one participant said of one theme, and nobody has two rows for one theme. So the rows on one theme
    are different people, and the theme most spoken of gives the number who took part, or fewer than took part where
    nobody asked everybody about it. Rows on several themes may be one person's and are never added.

    Returns
    -------
    DataFrame indexed by authority, one column a perspective
        Whole numbers; authorities that sent evidence only.
    """
    who = ["authority", "perspective"]
    on_theme = evidence.rows.groupby([*who, "strand", "theme"], observed=True).size()
    people = on_theme.groupby(level=who).max().unstack("perspective", fill_value=0)
    perspectives = list(codes.PERSPECTIVE)
    return people.reindex(index=evidence.sent, columns=perspectives, fill_value=0).astype("int64")


def propositions(evidence: Evidence) -> pd.DataFrame:
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
    rows, (labels, of_code) = evidence.strand("outcome"), _domains(evidence.wording)
    factor = factor_named(rows["mechanism"])
    rows = rows.assign(domain=rows["theme"].map(of_code), factor=factor).dropna(subset="factor")
    words = {"context": codes.CONTEXT, "factor": codes.THEME["factor"], "domain": labels}
    key = list(words)
    kinds = {name: pd.CategoricalDtype(list(known), ordered=True) for name, known in words.items()}
    rows = rows.astype(kinds)
    shown = rows[rows["strength"] == "evidenced"].groupby(key, observed=True)
    put = rows.groupby(key, observed=True)["authority"].nunique().to_frame("put")
    shown = shown[["authority", "perspective"]].nunique()
    put = put.join(shown.set_axis(["evidenced", "perspectives"], axis=1)).fillna(0).astype("int64")
    put = put.reset_index()
    is_supported = (put["evidenced"] > 1) & (put["perspectives"] > 1)
    status = np.select([is_supported, put["evidenced"] > 0], ["supported", "partly"], "told")
    put.insert(3, "status", pd.Categorical(status, list(STATUS), ordered=True))
    put["low"], put["high"] = wilson(put["evidenced"].to_numpy(), put["put"].to_numpy())
    by, up = ["status", "evidenced", "put", *key], [True, False, False, True, True, True]
    put = put.sort_values(by, ascending=up, ignore_index=True)
    for name, known in words.items():
        put[name] = [evidence.label(known[code]) for code in put[name]]
    return put.astype({"status": "object"})


def claims(evidence: Evidence) -> pd.DataFrame:
    """Compare the level each authority places itself at with the highest its evidence shows.

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
    rows = evidence.strand("impact")
    level = rows["theme"].str.removeprefix("level_").astype("int64")
    told = level.groupby(rows["authority"]).max()
    shown = level[rows["strength"] == "evidenced"].groupby(rows["authority"]).max()
    named = {slug: (a.name, a.impact_level) for slug, a in evidence.authorities.items()}
    frame = pd.DataFrame.from_dict(named, "index", columns=["name", "claimed"])
    frame = frame.assign(told=told, shown=shown)
    frame = frame.astype(dict.fromkeys(["claimed", "told", "shown"], "Int64"))
    beyond = frame["claimed"] > frame["shown"].where(frame["told"].isna(), frame["shown"].fillna(0))
    frame["beyond"] = beyond.map({True: "yes", False: "no"})
    return frame.rename_axis("authority").reset_index()


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
    most, low = max((int(claimed.isin([low, low + 1]).sum()), -low) for low in LEVELS[:-1])
    return (-low, 1 - low, most) if most else (0, 0, 0)


def headline(evidence: Evidence) -> list[str]:
    """The findings in sentences, each with its denominator; one sentence where no evidence was sent."""
    took_part, sent = len(evidence.authorities), len(evidence.sent)
    if not sent:
        name = lowered(evidence.name)
        return [phrase("evidence_none", evidence.wording, authorities=took_part, round=name)]
    people, authorities = participants(evidence), plural(took_part, "authority")
    silent = phrase("evidence_silent", others=took_part - sent) * (sent < took_part)
    who = {"people": f"{people.to_numpy().sum():,}", "children": (people["child"] > 0).sum()}
    said = [phrase("evidence_sent", sent=sent, authorities=authorities, **who, silent=silent)]
    outcomes, challenges = themes(evidence, "outcome"), themes(evidence, "challenge")
    reported, shown = outcomes[["reported", "evidenced"]].sum()
    if reported:
        counts = {"reported": reported, "shown": shown, "share": percent(shown / reported)}
        most = most_reported(outcomes)
        said += [phrase("evidence_change", of=evidence.of("outcome"), most=most, **counts)]
    rows, needed = evidence.strand("factor"), len(codes.THEME["factor"])
    if len(rows):
        told_of = _told_of(rows), _told_of(rows[rows["strength"] == "evidenced"])
        every, shown = ((number == needed).sum() for number in told_of)
        counts = {"needed": needed, "every": every, "of": evidence.of("factor"), "shown": shown}
        said += [phrase("evidence_factors", **counts)]
    if challenges["reported"].any():
        said += [phrase("evidence_challenge", most=most_reported(challenges))]
    placed = claims(evidence)
    low, high, most = band(placed["claimed"])
    if most:
        beyond = (placed["beyond"] == "yes").sum()
        claim = f"{beyond or 'none'} {'claims' if beyond == 1 else 'claim'}"
        levels = {"low": low, "high": high, "levels": len(LEVELS)}
        given = placed["claimed"].notna().sum()
        said += [phrase("evidence_levels", most=most, given=given, **levels, claim=claim)]
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


def compare(printed: pd.DataFrame, evidence: Evidence, round_name: str) -> pd.DataFrame:
    """Compare LARC2's published counts with ours; no rows for a round that was not the one printed.

    Parameters
    ----------
    printed : DataFrame
        ``national/published/larc2.csv``.
    evidence : Evidence
    round_name : str
        The round of ``evidence``.

    Returns, Raises
    ---------------
    As :func:`larcnb.consortium.published.compare_figures`.
    """
    if round_name != PUBLISHED:
        printed = printed.head(0)
    low, high, most = band(claims(evidence)["claimed"])
    # midway, 2.5 for two and three; unless more than half lie there "most" would not be true
    midway = [(low + high) / 2] if 2 * most > len(evidence.authorities) else []
    regions = [authority.region for authority in evidence.authorities.values()]
    tables = {
        "evidence": evidence.rows.assign(domain=evidence.rows["theme"].map(_domains("caf")[1])),
        "authorities": pd.DataFrame({"authority": list(evidence.authorities), "region": regions}),
        "participants": participants(evidence).sum().to_frame("people"),
        "factors": _told_of(evidence.strand("factor")).to_frame("factors"),
        "impact": pd.DataFrame({"level": midway}, dtype="float64"),
    }
    return published.compare_figures(printed, published.definitions(PUBLISHED), tables)


def _told_of(rows: pd.DataFrame) -> pd.Series:
    """How many themes each authority told of."""
    return rows.groupby("authority")["theme"].nunique()


def _counted(rows: pd.DataFrame, key: pd.Series, wanted: list[str], of: int) -> pd.DataFrame:
    """One row for each of ``wanted``: the authorities with it, by what they have of it."""
    at = rows.assign(key=key, evidenced=rows["strength"].eq("evidenced")).dropna(subset=["key"])
    each = at.groupby(["key", "authority"]).agg({"evidenced": "any", "perspective": "nunique"})
    each = each.assign(reported=True, several=each["perspective"] > 1)
    counts = each.groupby("key")[["reported", "evidenced", "several"]].sum()
    counts = counts.reindex(wanted, fill_value=0).astype("int64")
    counts.insert(2, "mentioned", counts["reported"] - counts["evidenced"])
    low, high = wilson(counts["reported"].to_numpy(), of)
    share = counts["reported"] / of if of else float("nan")
    return counts.assign(of=of, share=share, low=low, high=high)
