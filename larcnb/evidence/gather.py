"""The evidence of a round, gathered once: what may be shown of it, and who counts in which denominator.

In: the pooled clean table ``evidence`` and the authorities' params. Out: :class:`Evidence`. This is the one
place where the edition decides: in a public edition people's own words are gone before anything is counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from larcnb import codes, schema
from larcnb.params import Authority

EDITIONS = ("internal", "public")
OWN_WORDS = tuple(field.name for field in schema.RETURN["evidence"].fields if field.private)
COLUMNS = ("authority", "strand", "theme", "context", "outcome_group", "perspective", "strength")


@dataclass(frozen=True, repr=False)
class Evidence:
    """A round's evidence. Its representation names the round and nobody's words.

    Parameters
    ----------
    rows : DataFrame, one row what one participant said of one theme
        ``authority`` and the columns of DATA.md, and ``factor``: the key factor that ``mechanism`` names, if any.
        ``mechanism`` and ``quote`` in the internal edition only.
    authorities : dict of slug to Authority
        Those that took part, with or without evidence.
    name : str
        The round in words, for captions.
    wording : str
        ``caf`` or ``early_help``.
    edition : str
        ``internal`` or ``public``.
    """

    rows: pd.DataFrame
    authorities: Mapping[str, Authority]
    name: str
    wording: str
    edition: str

    @cached_property
    def sent(self) -> list[str]:
        """The authorities that sent any evidence, in alphabetical order."""
        return sorted(self.rows["authority"].unique())

    @cached_property
    def _strands(self) -> dict[str, pd.DataFrame]:
        return dict(list(self.rows.groupby("strand", observed=True)))

    def strand(self, strand: str) -> pd.DataFrame:
        """The rows of one strand."""
        return self._strands.get(strand, self.rows.head(0))

    def of(self, strand: str) -> int:
        """The denominator of a strand: authorities that sent evidence, for outcomes those that gave any detail.

        An authority that sent none at all was not silent on a theme: it was not heard, and is in no denominator.
        """
        return self.strand(strand)["authority"].nunique() if strand == "outcome" else len(self.sent)

    def label(self, text: str) -> str:
        """A label of :mod:`larcnb.codes` in the round's wording."""
        old, new = codes.WORDING["caf"]["lead_professional"], codes.WORDING[self.wording]["lead_professional"]
        return text.replace(old, new).replace(old.capitalize(), new.capitalize())

    def theme(self, strand: str, theme: str) -> str:
        """A theme's label in the round's wording."""
        return self.label(codes.THEME[strand][theme])

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
        return f"Evidence of {self.name}: {len(self.rows)} rows of {len(self.sent)} authorities, {self.edition} edition"


def gather(
    rows: pd.DataFrame, authorities: Mapping[str, Authority], name: str, wording: str = "caf", edition: str = "internal"
) -> Evidence:
    """Gather a round's evidence for an edition.

    Parameters
    ----------
    rows : DataFrame
        The clean table ``evidence`` of all authorities, with ``authority``.
    authorities : dict of slug to Authority
        Those of the round.
    name : str
        The round in words.
    wording : str
        Whose words the pages use.
    edition : str
        ``internal`` keeps people's own words; ``public`` drops them here, before anything else can see them.

    Raises
    ------
    ValueError
        The edition is neither (a bug in the notebook).

    Examples
    --------
    >>> rows = pd.DataFrame([("l2-01", "outcome", "learning", "engagement", "early_years",
    ...     "Lead Professional: one person to ring", "parent", "mentioned", "She rings me back.")],
    ...     columns=["authority", *schema.RETURN["evidence"].columns])
    >>> gather(rows, {}, "Round larc2", edition="public").rows[["theme", "factor"]].values.tolist()
    [['learning', 'lead_professional']]
    """
    if edition not in EDITIONS:
        raise ValueError(f"No such edition: {edition}. Editions are {', '.join(EDITIONS)}.")
    kept = [*COLUMNS, *(OWN_WORDS if edition == "internal" else ())]
    coded = {name: rows[name].astype("category") for name in COLUMNS}
    found = rows[kept].assign(**coded, factor=factor_named(rows["mechanism"]).astype("category"))
    return Evidence(found, authorities, name, wording, edition)


def factor_named(mechanism: pd.Series) -> pd.Series:
    """The key factor a mechanism names before its colon, as ``lead_professional: one person to ring``; else missing.

    Only a code of the vocabulary comes out: whatever else the text holds stays in it.
    """
    named = mechanism.astype("str").str.extract(r"^\s*([^:]*?)\s*(?::|$)", expand=False).str.lower()
    named = named.str.replace(r"[\s_-]+", "_", regex=True)
    return named.where(named.isin(list(codes.THEME["factor"])))
