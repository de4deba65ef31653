"""The example row of the return template: written by the template, passed over by the reader.

In: nothing. Out: :data:`EXAMPLE`, one row a table, its first cell beginning with ``e.g.`` so that no true row
can be taken for it; a row that begins so and differs from it in any other cell is refused, not passed over.
"""

from __future__ import annotations

MARK = "e.g."

EXAMPLE: dict[str, dict[str, str]] = {
    "cases": {
        "case_id": "e.g. A01",
        "status": "closed",
        "started": "2011-01-10",
        "closed": "2011-07-22",
        "initiator": "teacher",
        "costed": "yes",
        "not_costed_reason": "",
        "family_asked": "no",
        "prior_social_care": "no",
        "borderline_child_protection": "no",
        "closure_meeting": "yes",
        "publish_card": "no",
    },
    "children": {
        "case_id": "e.g. A01",
        "child_id": "1",
        "age_band": "5-11",
        "focus": "yes",
        "in_futures": "yes",
    },
    "needs": {"case_id": "e.g. A01", "subject": "child", "need": "behaviour"},
    "process": {
        "case_id": "e.g. A01",
        "element": "tac_meeting",
        "meeting_no": "1",
        "role": "social_worker",
        "people": "2",
        "hours": "1.5",
    },
    "interventions": {
        "case_id": "e.g. A01",
        "support": "parenting",
        "item": "family_support_worker",
        "quantity": "6",
        "recipient": "parent",
        "status": "delivered",
    },
    "futures": {
        "case_id": "e.g. A01",
        "future": "permanent_exclusion",
        "perspective": "parent",
        "likelihood": "likely",
    },
    "moderation": {
        "case_id": "e.g. A01",
        "future": "permanent_exclusion",
        "likelihood": "likely",
        "accepted": "yes",
        "people": "1",
        "note": "",
    },
    "outcomes": {
        "case_id": "e.g. A01",
        "outcome": "attendance",
        "perspective": "parent",
        "change": "better",
    },
    "follow_up": {
        "case_id": "e.g. A01",
        "future": "permanent_exclusion",
        "happened": "no",
        "month": "",
        "followed_months": "12",
        "source": "record",
    },
    "evidence": {
        "strand": "e.g. outcome",
        "theme": "attendance",
        "context": "engagement",
        "outcome_group": "early_years",
        "mechanism": "One plan the family agreed to",
        "perspective": "practitioner",
        "strength": "evidenced",
        "quote": "",
    },
}


def is_example(table: str, row: dict[str, str]) -> bool:
    """Tell whether a row, by column and as text, is the template's example row unchanged.

    Examples
    --------
    >>> row = {"case_id": "e.g. A01", "subject": "child", "need": "behaviour"}
    >>> is_example("needs", row), is_example("needs", row | {"need": "education"})
    (True, False)
    """
    return {k: v for k, v in row.items() if v} == {
        k: v for k, v in EXAMPLE.get(table, {}).items() if v
    }
