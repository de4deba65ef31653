"""Context, mechanism, outcome: what authorities hold to work, where, and which of it is supported.

In: :class:`~larcnb.evidence.gather.Evidence`. Out: a frame of propositions. A proposition is an outcome row whose
mechanism names a key factor: in this context, this factor brought about that outcome.
"""

from __future__ import annotations

import pandas as pd

from larcnb import codes
from larcnb.consortium.intervals import wilson
from larcnb.evidence.gather import Evidence

STATUS = {"supported": "Supported", "partly": "Partly supported", "told": "Told of, not yet shown"}
COLUMNS = ["context", "factor", "domain", "status", "put", "evidenced", "perspectives", "low", "high"]


def propositions(found: Evidence) -> pd.DataFrame:
    """Count the authorities that put each proposition, and those that could show it.

    A proposition is **supported** where more than one authority could show it and people of more than one
    perspective did; **partly** where one authority or one perspective did; else it is only told of.

    Parameters
    ----------
    found : Evidence

    Returns
    -------
    DataFrame, one row a proposition, the best supported first
        ``context``, ``factor`` (the mechanism), ``domain`` of the outcome, in words; ``status`` (a key of
        :data:`STATUS`), ``put`` (authorities that told of it), ``evidenced`` (those of them that could show it),
        ``perspectives`` (that showed it), ``low`` and ``high`` (Wilson interval of ``evidenced / put``).

    Source
    ------
    Pawson and Tilley (1997), Realistic Evaluation, as LARC2 used it (Easton, Morris and Gee, 2010, section 2).

    Examples
    --------
    Two authorities could show it, one by a parent and one by a practitioner:

    >>> rows = pd.DataFrame([(slug, "outcome", "learning", "engagement", who, "evidenced", "multi_agency")
    ...     for slug, who in (("l2-01", "parent"), ("l2-02", "practitioner"))],
    ...     columns=["authority", "strand", "theme", "context", "perspective", "strength", "factor"])
    >>> propositions(Evidence(rows, {}, "Round larc2", "caf", "public"))[["put", "status"]].values.tolist()
    [[2, 'supported']]
    """
    rows = found.strand("outcome").dropna(subset=["factor"])
    rows = rows.assign(domain=rows["theme"].map(found.domain_of).astype("category"))
    key = ["context", "factor", "domain"]
    shown = rows[rows["strength"] == "evidenced"].groupby(key, observed=True)
    counted = pd.DataFrame({
        "put": rows.groupby(key, observed=True)["authority"].nunique(),
        "evidenced": shown["authority"].nunique(),
        "perspectives": shown["perspective"].nunique(),
    })  # fmt: skip
    if counted.empty:
        return pd.DataFrame(columns=COLUMNS)
    counted = counted.fillna(0).astype("int64")
    replicated = (counted["evidenced"] > 1) & (counted["perspectives"] > 1)
    counted["status"] = "told"
    counted.loc[counted["evidenced"] > 0, "status"] = "partly"
    counted.loc[replicated, "status"] = "supported"
    counted["low"], counted["high"] = wilson(counted["evidenced"].to_numpy(), counted["put"].to_numpy())
    counted = counted.reset_index().astype(dict.fromkeys(key, "str"))
    order = [counted["status"].map(list(STATUS).index), -counted["evidenced"], -counted["put"]]
    order += [counted[name].map(list(known).index) for name, known in (
        ("context", codes.CONTEXT), ("factor", codes.THEME["factor"]), ("domain", found.domain_labels),
    )]  # fmt: skip
    counted = counted.iloc[pd.concat(order, axis=1, keys=range(6)).sort_values(list(range(6))).index]
    words = counted.assign(
        context=counted["context"].map(codes.CONTEXT).map(found.label),
        factor=counted["factor"].map(codes.THEME["factor"]).map(found.label),
        domain=counted["domain"].map(found.domain_labels),
    )  # fmt: skip
    return words[COLUMNS].reset_index(drop=True)
