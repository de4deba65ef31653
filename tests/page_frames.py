"""A small made-up authority for the tests of figures, tables and pages, priced by the package itself.

Five families, four of them costed: one that saves much, one that loses, one whose futures have no price, one
with hostile text in every free field.
"""

from __future__ import annotations

import functools
from types import SimpleNamespace

import pandas as pd

from larcnb import costing, show
from larcnb.library import load_library
from larcnb.params import load_preset
from larcnb.root import WORKBOOK, Root
from larcnb.show import Context

HOSTILE = '<script>alert("LARCXSS")</script><img src=x onerror=alert(1)>'
CONTEXT = Context(
    "Exampleshire", "2010-11", "larc", "A made-up authority.", short_years=1, long_years=15
)


def frame(columns: str, rows: list[tuple]) -> pd.DataFrame:
    names = columns.split()
    return pd.DataFrame(rows, columns=names).assign(
        source_row=[f"t.csv:{n + 2}" for n in range(len(rows))]
    )


@functools.cache
def example() -> dict:
    """Tables, prices, library, ledger, cases and payers of the made-up authority."""
    yes_no = ("no", "yes", "no", "no", "no")
    tables = {
        "cases": frame(
            "case_id status started closed initiator costed not_costed_reason family_asked prior_social_care "
            "borderline_child_protection closure_meeting publish_card",
            [
                (case, "closed", "2011-03-01", "2011-10-01", "health_visitor", "yes", None, *yes_no)
                for case in ("oak", "elm", "ash", "yew")
            ]
            + [
                (
                    "fir",
                    "closed",
                    "2011-03-01",
                    "2011-10-01",
                    "health_visitor",
                    "no",
                    HOSTILE,
                    *yes_no,
                )
            ],
        ),
        "children": frame(
            "case_id child_id age_band focus in_futures",
            [
                ("oak", "1", "0-5", "yes", "yes"),
                ("oak", "2", "unborn", "no", "no"),
                ("elm", "1", "5-11", "yes", "yes"),
                ("ash", "1", "11-16", "yes", "yes"),
                ("yew", "1", "unknown", "yes", "yes"),
                ("fir", "1", "over-16", "yes", "yes"),
            ],
        ),
        "needs": frame(
            "case_id subject need",
            [
                ("oak", "child", "behaviour"),
                ("oak", "parent", "coping"),
                ("elm", "child", "behaviour"),
                ("ash", "child", "learning_or_autism"),
                ("yew", "parent", "housing"),
                ("fir", "child", "education"),
            ],
        ),
        "process": frame(
            "case_id element meeting_no role people hours",
            [
                ("oak", "preparation", None, "health_visitor", 1, 3.0),
                ("oak", "assessment", None, "health_visitor", 1, 6.5),
                ("oak", "tac_meeting", 1, "social_worker", 2, 2.0),
                ("oak", "tac_meeting", 2, "teacher", 1, 2.0),
                ("elm", "preparation", None, "teacher", 1, 2.0),
                ("elm", "assessment", None, "teacher", 1, 4.0),
                ("elm", "tac_meeting", 1, "family_support_worker", 3, 2.5),
                ("elm", "review", 1, "teacher", 1, 1.0),
                ("ash", "assessment", None, "youth_worker", 1, 5.0),
                ("ash", "tac_contact", None, "youth_worker", 1, 12.0),
                ("yew", "assessment", None, "housing_officer", 1, 3.0),
                ("fir", "assessment", None, "teacher", 1, 3.0),
            ],
        ),
        "interventions": frame(
            "case_id support item quantity recipient status",
            [
                ("oak", "parenting", "health_visitor", 60.0, "family", "delivered"),
                ("oak", "emotional_health", "cbt_course", 1.0, "parent", "delivered"),
                ("elm", "education", "teaching_assistant", 40.0, "child", "delivered"),
                ("elm", "emotional_health", "camhs_case", 0.0, "child", "threshold_not_met"),
                ("ash", "positive_activities", "youth_club_session", 30.0, "child", "delivered"),
                ("ash", "parenting", "autism_parent_course", 1.0, "parent", "delivered"),
                ("yew", "housing", "housing_advice", 2.0, "family", "delivered"),
                ("yew", "respite", "short_break_night", 0.0, "child", "unavailable"),
                ("fir", "education", "teaching_assistant", 10.0, "child", "delivered"),
            ],
        ),
        "futures": frame(
            "case_id future perspective likelihood",
            [
                ("oak", "looked_after", "parent", "likely"),
                ("oak", "looked_after", "lead_professional", "highly_likely"),
                ("oak", "parent_breakdown", "practitioner", "likely"),
                ("elm", "permanent_exclusion", "parent", "likely"),
                ("elm", "school_work_decline", "child", "highly_likely"),
                ("ash", "family_breakdown", "parent", "likely"),
                ("ash", "social_care_contacts", "parent", "likely"),
                ("yew", "homelessness", "parent", "possible"),
                ("yew", "emotional_distress", "parent", "likely"),
                ("fir", "neet", "child", "likely"),
            ],
        ),
        "moderation": frame(
            "case_id future likelihood accepted people note",
            [
                ("oak", "looked_after", "highly_likely", "yes", 1, HOSTILE),
                ("oak", "parent_breakdown", "likely", "yes", 1, None),
                ("elm", "permanent_exclusion", "likely", "yes", 1, None),
                ("elm", "school_work_decline", "highly_likely", "yes", 1, None),
                ("ash", "family_breakdown", "likely", "yes", 1, None),
                ("ash", "social_care_contacts", "likely", "yes", 1, None),
                ("yew", "homelessness", "possible", "no", 1, None),
                ("yew", "emotional_distress", "likely", "yes", 2, None),
                ("fir", "neet", "likely", "yes", 1, None),
            ],
        ),
        "outcomes": frame(
            "case_id outcome perspective change",
            [
                ("oak", "parenting", "parent", "much_better"),
                ("oak", "parenting", "lead_professional", "better"),
                ("elm", "attendance", "child", "better"),
                ("ash", "positive_activities", "parent", "better"),
                ("yew", "housing", "parent", "worse"),
                ("fir", "learning", "child", "same"),
            ],
        ),
    }
    root = Root(WORKBOOK)
    library = load_library(root)
    prices = library.prices("larc4", "2010-11")
    assumptions = load_preset(root, "larc").assumptions
    ledger = costing.price_return(tables, library, prices, assumptions)
    cases = costing.appraise(tables["cases"], tables["children"], ledger, prices, assumptions)
    payers = costing.by_payer(ledger, prices, assumptions)
    return {
        "tables": tables,
        "library": library,
        "prices": prices,
        "ledger": ledger,
        "cases": cases,
        "payers": payers,
        "run": SimpleNamespace(context=CONTEXT, prices=prices, library=library),
    }


def shown_of_all() -> dict:
    """One of each thing that a page may hold: a chart, a table, the cards, the ledger's lines and the unit costs."""
    data = example()
    cases, run = data["cases"].set_index("case_id"), data["run"]
    costs = data["prices"].loc[
        sorted(set(data["ledger"]["item"].dropna())), ["label", "unit_value", "source"]
    ]
    saving = cases["saving_long"].dropna()
    return {
        "chart": show.bars(saving, unit="GBP a case", run=run),
        "table": show.table(
            cases[["inputs", "avoided_long", "saving_long"]].dropna(), "Savings", run=run
        ),
        "cards": show.cards(data["cases"], data["tables"], data["ledger"], run),
        "trace": show.trace(data["ledger"], run),
        "costs": show.table(
            costs, "Unit costs used", run=run, ids=[f"cost-{item}" for item in costs.index]
        ),
    }
