"""The one field list: what each table holds, what a cell may say, and which rows must be unique.

In: nothing. Out: :data:`RETURN` and :data:`NATIONAL`, from which the reader, the return template, the
data dictionary and the typed Parquet files are made. Rules over several cells stand in
:mod:`larcnb.returns.rules`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from larcnb import codes

Kind = Literal[
    "id", "code", "codes", "name", "item", "future", "date", "whole", "number", "year", "text"
]


@dataclass(frozen=True)
class Field:
    """One column.

    Parameters
    ----------
    name : str
        The column's name.
    about : str
        What it says, with its unit.
    kind : str
        ``id`` text compared as written · ``code`` a word of ``allowed`` · ``codes`` such words, space-separated ·
        ``item`` and ``future`` codes of the national tables · ``name`` a new code · ``date`` · ``whole`` and
        ``number`` within ``low`` to ``high`` (``above`` shuts out ``low`` itself) · ``year`` a financial year such
        as 2010-11 · ``text``.
    blank : bool
        The cell may be empty (a rule in :mod:`larcnb.returns.rules` may say when it must be).
    allowed : tuple of str
        The vocabulary of a ``code``.
    optional : bool
        A return may lack the column: it is then blank.
    private : bool
        Free text about families: it never reaches a public edition, an error message or a log.
    """

    name: str
    about: str
    kind: Kind = "text"
    blank: bool = False
    allowed: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    above: bool = False
    private: bool = False
    optional: bool = False

    @property
    def numeric(self) -> bool:
        """The column holds numbers."""
        return self.kind in ("whole", "number")

    @property
    def shows_value(self) -> bool:
        """A message may repeat a bad value: codes, dates and numbers only, never ids or free text."""
        return self.kind not in ("id", "text")

    @property
    def rule(self) -> str:
        """What a cell may hold, in one sentence without its full stop."""
        by_kind = {
            "id": "letters, digits, points, hyphens and underscores, at most 31, beginning with a letter or digit",
            "code": "one of " + ", ".join(self.allowed),
            "codes": "codes separated by spaces",
            "name": "a code in lower-case letters, digits and underscores",
            "item": "an item of the national unit costs",
            "future": "a future of the national library",
            "date": "a date as yyyy-mm-dd or dd/mm/yyyy, 1990 to 2100",
            "whole": "a whole number" + self._range,
            "number": "a number" + self._range,
            "year": "a financial year such as 2010-11",
            "text": "text",
        }
        return by_kind[self.kind] + (", or blank" if self.blank else "")

    @property
    def _range(self) -> str:
        low = "" if self.low is None else f" {'above' if self.above else 'from'} {self.low:g}"
        return low + ("" if self.high is None else f" to {self.high:g}")


@dataclass(frozen=True)
class Table:
    """One table: its fields in order, and the columns that together must be unique.

    ``columns`` are those every file of the table has, ``names`` the optional ones too.
    """

    name: str
    about: str
    fields: tuple[Field, ...]
    unique: tuple[str, ...] = ()
    columns: tuple[str, ...] = field(init=False)
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(f.name for f in self.fields if not f.optional))
        object.__setattr__(self, "names", tuple(f.name for f in self.fields))

    def __getitem__(self, name: str) -> Field:
        return self.fields[self.names.index(name)]


def _code(
    name: str, about: str, allowed: Iterable[str], blank: bool = False, optional: bool = False
) -> Field:
    return Field(name, about, "code", allowed=tuple(allowed), blank=blank, optional=optional)


def _yes_no(name: str, about: str) -> Field:
    return _code(name, about, codes.YES_NO)


CASE_ID = Field("case_id", "The family's pseudonym; never a name or a register number", "id")
MAX_PEOPLE, MAX_HOURS = 1000, 200

RETURN = {
    table.name: table
    for table in (
        Table(
            "cases",
            "One row a CAF or early help episode",
            (
                CASE_ID,
                _code("status", "Whether the episode is open or closed", codes.STATUS),
                Field("started", "The day the episode began", "date"),
                Field(
                    "closed",
                    "The day it closed; blank while open, not before started",
                    "date",
                    blank=True,
                ),
                Field("initiator", "The role that began the assessment", "item"),
                Field(
                    "family_id",
                    "The family's pseudonym, which joins its episodes; an optional column",
                    "id",
                    blank=True,
                    optional=True,
                ),
                Field(
                    "end_reason",
                    "Why the episode ended; an optional column",
                    "code",
                    blank=True,
                    allowed=tuple(codes.END_REASON),
                    optional=True,
                ),
                _yes_no("costed", "Whether the family's costs were collected"),
                Field(
                    "not_costed_reason",
                    "Why not; only where costed is no",
                    blank=True,
                    private=True,
                ),
                _yes_no("family_asked", "The family itself asked for the assessment"),
                _yes_no("prior_social_care", "Social care had helped the family before"),
                _yes_no(
                    "borderline_child_protection", "There were borderline child protection concerns"
                ),
                _yes_no("closure_meeting", "A closing meeting was held"),
                _yes_no("publish_card", "The family consents to a case card in a public edition"),
            ),
            ("case_id",),
        ),
        Table(
            "children",
            "One row a child or young person of the family",
            (
                CASE_ID,
                Field("child_id", "Unique within the case, such as 1", "id"),
                _code("age_band", "Age when the episode began", codes.AGE_BAND),
                _yes_no("focus", "The assessment was about this child"),
                _yes_no("in_futures", "Futures were costed for this child"),
            ),
            ("case_id", "child_id"),
        ),
        Table(
            "needs",
            "One row a presenting issue",
            (
                CASE_ID,
                _code("subject", "Whose need", codes.SUBJECT),
                _code(
                    "need", "The need", dict.fromkeys([*codes.NEED["child"], *codes.NEED["parent"]])
                ),
            ),
            ("case_id", "subject", "need"),
        ),
        Table(
            "process",
            "One row a role's time on one element of the process",
            (
                CASE_ID,
                _code("element", "The part of the process", codes.ELEMENT),
                Field(
                    "meeting_no",
                    "1 for the first; for tac_meeting and review only",
                    "whole",
                    blank=True,
                    low=1,
                ),
                Field("role", "Who", "item"),
                Field("people", "How many of them", "whole", low=1, high=MAX_PEOPLE),
                Field(
                    "hours",
                    "Hours for each person, preparation and travel included",
                    "number",
                    low=0,
                    high=MAX_HOURS,
                    above=True,
                ),
            ),
        ),
        Table(
            "interventions",
            "One row a piece of support arranged, or needed and not received",
            (
                CASE_ID,
                _code("support", "What it was for", codes.SUPPORT),
                Field("item", "Who gave it (a role, in hours) or what was given", "item"),
                Field(
                    "quantity", "In the item's unit; 0 where it was not delivered", "number", low=0
                ),
                _code("recipient", "For whom", codes.RECIPIENT),
                _code("status", "Delivered, or why not", codes.SUPPORT_STATUS),
            ),
        ),
        Table(
            "futures",
            "One row an informant and a future they reported",
            (
                CASE_ID,
                Field("future", "What would have happened without the process", "future"),
                _code("perspective", "Who reported it", codes.PERSPECTIVE),
                _code("likelihood", "How likely they held it to be", codes.LIKELIHOOD),
            ),
            ("case_id", "future", "perspective"),
        ),
        Table(
            "moderation",
            "One row a future reported: what the moderators agreed",
            (
                CASE_ID,
                Field("future", "The future", "future"),
                _code("likelihood", "The likelihood agreed", codes.LIKELIHOOD),
                _yes_no("accepted", "Whether it was accepted"),
                Field("people", "Family members affected", "whole", low=1, high=MAX_PEOPLE),
                Field("note", "Why; names nobody", blank=True, private=True),
            ),
            ("case_id", "future"),
        ),
        Table(
            "outcomes",
            "One row an informant and a change they reported",
            (
                CASE_ID,
                _code("outcome", "What changed", codes.OUTCOME),
                _code("perspective", "Who reported it", codes.PERSPECTIVE),
                _code("change", "How it changed", codes.CHANGE),
            ),
        ),
        Table(
            "evidence",
            "One row a piece of evidence of how the process works",
            (
                _code("strand", "The strand of evidence", codes.STRAND),
                _code(
                    "theme",
                    "The theme within the strand",
                    dict.fromkeys(sum(map(list, codes.THEME.values()), [])),
                ),
                _code("context", "The context it arose in", codes.CONTEXT),
                _code("outcome_group", "The group of children", codes.OUTCOME_GROUP),
                Field("mechanism", "What made the difference", blank=True, private=True),
                _code("perspective", "Who reported it", codes.PERSPECTIVE),
                _code("strength", "Mentioned or evidenced", codes.STRENGTH),
                Field("quote", "Their words, naming nobody", blank=True, private=True),
            ),
        ),
    )
}

UNIT_COSTS = Table(
    "unit_costs",
    "One row an item and vintage: a national unit cost with its source",
    (
        Field("item", "The item's code", "name"),
        _code("vintage", "Which set of prices the row belongs to", codes.VINTAGE),
        Field("label", "The item in words"),
        _code("category", "What the item is", codes.CATEGORY),
        Field("unit", "The unit the value is for, such as hour"),
        Field("value", "GBP a unit at the prices of price_year", "number", low=0, above=True),
        Field(
            "low",
            "Lower end of the published range, GBP; blank if unpublished",
            "number",
            blank=True,
            low=0,
        ),
        Field(
            "high",
            "Upper end of the published range, GBP; blank if unpublished",
            "number",
            blank=True,
            low=0,
        ),
        Field("price_year", "The financial year of the value's prices", "year"),
        _code("payer", "Who pays", codes.PAYER),
        _code(
            "fund",
            "Which of the payer's funds; other where none of the rest fits",
            codes.FUND,
            optional=True,
        ),
        Field(
            "cashable", "Share that could be taken out of a budget, 0 to 1", "number", low=0, high=1
        ),
        Field(
            "block",
            "Units that must be freed before money can be taken out; blank: never",
            "number",
            blank=True,
            optional=True,
            low=0,
            above=True,
        ),
        Field(
            "contains", "Items this value already includes, space-separated", "codes", blank=True
        ),
        Field("grade", "Grade of the cost's evidence, 1 best to 6", "whole", low=1, high=6),
        Field("source", "Where the figure comes from"),
        Field("url", "Where it can be seen", blank=True),
        _code(
            "confidence", "verified: seen; recalled: remembered; assumed: judged", codes.CONFIDENCE
        ),
        _code("fit", "Whether it is the figure that was wanted", codes.FIT, optional=True),
        Field("licence", "Under which licence the figure is used", optional=True),
        Field("review_by", "When somebody should look for a newer figure", "date", optional=True),
    ),
    ("item", "vintage"),
)

NATIONAL = {
    table.name: table
    for table in (
        UNIT_COSTS,
        Table(
            "futures",
            "One row a payer or spell of a future: how much of an item it uses, when, how long",
            (
                Field("future", "The future's code", "name"),
                Field("label", "The future in words"),
                _code("theme", "The report's theme", codes.FUTURE_THEME),
                Field(
                    "item",
                    "The item it costs; blank where there is no national cost",
                    "item",
                    blank=True,
                ),
                Field(
                    "quantity",
                    "Units a year for each person",
                    "number",
                    blank=True,
                    low=0,
                    above=True,
                ),
                Field(
                    "start", "Years after the episode when it begins", "number", blank=True, low=0
                ),
                Field("years", "Years it lasts", "number", blank=True, low=0, above=True),
                Field(
                    "overlap_group",
                    "Futures of one group stand for each other: only the costliest counts",
                    "name",
                    blank=True,
                ),
                Field(
                    "grade",
                    "Grade of the evidence for the belief, 1 best to 6",
                    "whole",
                    low=1,
                    high=6,
                ),
                Field("rationale", "Why these numbers"),
                _code(
                    "vintage",
                    "The vintage whose items the row uses; blank: every vintage",
                    codes.VINTAGE,
                    blank=True,
                    optional=True,
                ),
            ),
        ),
        Table(
            "base_rates",
            "One row a study of a future: how often it happened, without help and with it",
            (
                Field("future", "The future's code", "future"),
                Field("population", "Whom it was measured on"),
                _code("person", "Persons counted in the shares", codes.PERSON),
                Field("months", "Months of follow-up", "number", blank=True, low=0, above=True),
                Field(
                    "comparison_share",
                    "Share of the comparison group, 0 to 1; blank where not published",
                    "number",
                    blank=True,
                    low=0,
                    high=1,
                ),
                Field(
                    "programme_share",
                    "Share of those helped, 0 to 1; blank where not published",
                    "number",
                    blank=True,
                    low=0,
                    high=1,
                ),
                Field(
                    "risk_ratio",
                    "Of those helped to the comparison group; over 1 where help did harm; blank: "
                    "programme_share / comparison_share",
                    "number",
                    blank=True,
                    low=0,
                ),
                Field(
                    "low",
                    "Lower end of the 95% range of the risk ratio",
                    "number",
                    blank=True,
                    low=0,
                ),
                Field(
                    "high",
                    "Upper end of the 95% range of the risk ratio; may lie over 1",
                    "number",
                    blank=True,
                    low=0,
                ),
                _code(
                    "use",
                    "Whether the row's figures enter the costing: at most one row a future",
                    codes.YES_NO,
                ),
                Field("source", "Where the figure comes from"),
                Field("url", "Where it can be seen", blank=True),
                _code("confidence", "verified, recalled or assumed", codes.CONFIDENCE),
                _code("fit", "Whether it is the figure that was wanted", codes.FIT),
            ),
        ),
        Table(
            "deflators",
            "One row a financial year: the GDP deflator",
            (
                Field("year", "The financial year", "year"),
                Field("index", "The index; only ratios are used", "number", low=0, above=True),
                Field("source", "Where the figure comes from"),
            ),
            ("year",),
        ),
        Table(
            "authorities",
            "One row an English local authority with children's services",
            (
                Field("gss_code", "Its statistical code"),
                Field(
                    "dfe_number",
                    "Its number at the Department for Education",
                    optional=True,
                    blank=True,
                ),
                Field("name", "Its name"),
                Field("type", "Its type"),
                Field("region", "Its region"),
                Field(
                    "former_gss_codes",
                    "Codes it had before, space-separated",
                    optional=True,
                    blank=True,
                ),
                Field(
                    "valid_from",
                    "The day from which the code is in force",
                    "date",
                    optional=True,
                    blank=True,
                ),
                Field("valid_to", "The day to which it was", "date", optional=True, blank=True),
                Field(
                    "successors",
                    "Codes of the authorities that took its place",
                    optional=True,
                    blank=True,
                ),
            ),
            ("gss_code",),
        ),
    )
}
