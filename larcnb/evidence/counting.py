"""Counts over authorities: how many report each theme, how many can show it, and who told of it.

In: :class:`~larcnb.evidence.gather.Evidence`. Out: frames with a row for each code of the vocabulary, those
nobody reported included, each with its denominator, its share and the share's Wilson interval.
"""

from __future__ import annotations

import pandas as pd

from larcnb import codes
from larcnb.consortium.intervals import wilson
from larcnb.evidence.gather import Evidence

IMPROVED = ("better", "much_better")


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

    >>> rows = pd.DataFrame([("l2-01", "unique", "speed", "parent", "mentioned"),
    ...     ("l2-01", "unique", "speed", "practitioner", "evidenced"),
    ...     ("l2-02", "factor", "multi_agency", "parent", "mentioned")],
    ...     columns=["authority", "strand", "theme", "perspective", "strength"])
    >>> counted = themes(Evidence(rows, {}, "Round larc2", "caf", "public"), "unique").set_index("theme")
    >>> counted.loc["speed", ["reported", "evidenced", "several", "of"]].tolist()
    [1, 1, 1, 2]
    """
    rows, wanted = found.strand(strand), list(codes.THEME[strand])
    counted = _counted(rows, rows["theme"], wanted, found.of(strand))
    counted.insert(0, "label", [found.theme(strand, theme) for theme in wanted])
    counted = counted.rename_axis("theme").reset_index()
    return counted.assign(domain=counted["theme"].map(found.domain_of)) if strand == "outcome" else counted


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
    counted.insert(1, "codes", pd.Series(of_code).value_counts().reindex(list(labels), fill_value=0))
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
    told = told.reindex(index=list(codes.THEME[strand]), columns=list(codes.PERSPECTIVE), fill_value=0)
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

    Examples
    --------
    Two parents spoke of speed and one of them, or a third, of school: at least two parents.

    >>> rows = pd.DataFrame([("l2-01", "unique", "speed", "parent"), ("l2-01", "unique", "speed", "parent"),
    ...     ("l2-01", "school", "capacity", "parent")], columns=["authority", "strand", "theme", "perspective"])
    >>> int(participants(Evidence(rows, {}, "Round larc2", "caf", "public")).loc["l2-01", "parent"])
    2
    """
    on_theme = found.rows.groupby(["authority", "perspective", "strand", "theme"], observed=True).size()
    people = on_theme.groupby(level=["authority", "perspective"]).max().unstack("perspective", fill_value=0)
    return people.reindex(index=found.sent, columns=list(codes.PERSPECTIVE), fill_value=0).astype("int64")


def changes_in_cases(found: Evidence, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Count the families' own records of the same outcomes: for whom a witness saw it get better.

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
    rows = outcomes.assign(domain=outcomes["outcome"].map(found.domain_of), better=outcomes["change"].isin(IMPROVED))
    by_case = rows.groupby(["domain", "authority", "case_id"], observed=True)["better"].any()
    by_place = by_case.groupby(level=["domain", "authority"]).any()
    counted = pd.DataFrame({
        "better": by_case.groupby(level="domain").sum(), "told": by_case.groupby(level="domain").size(),
        "better_in": by_place.groupby(level="domain").sum(), "told_in": by_place.groupby(level="domain").size(),
    })  # fmt: skip
    counted = counted.reindex(list(found.domain_labels), fill_value=0).astype("int64")
    counted.insert(0, "label", list(found.domain_labels.values()))
    return counted.reset_index(drop=True)


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
    return pd.DataFrame({
        "reported": reported, "evidenced": evidenced, "mentioned": reported - evidenced, "several": several, "of": of,
        "share": reported / of if of else float("nan"), "low": low, "high": high,
    })  # fmt: skip
