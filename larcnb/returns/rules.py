"""Rules over several cells of one table: what must be unique, and what one cell asks of another.

In: a typed frame and its :class:`Place`. Out: problems added to the place. Rules of a return that look into
other tables stand in :mod:`larcnb.returns.crossing`; DATA.md words them all.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from larcnb import codes
from larcnb.returns.cells import MANGLED
from larcnb.returns.grid import Place
from larcnb.returns.personal import check_personal
from larcnb.schema import NATIONAL, RETURN, UNIT_COSTS, Table

REPEATS = ("process", "interventions", "outcomes")


def check_table(frame: pd.DataFrame, table: Table, place: Place) -> None:
    """Check the rules that need no other table; problems are added to ``place``.

    Parameters
    ----------
    frame : DataFrame
        As :func:`larcnb.returns.tables.to_frame` gives it, one row an entry of ``place.rows``.
    table : Table
    place : Place
    """
    if not len(frame):
        return
    _unique(frame, table, place)
    _alike(frame, table, place)
    rule = RULES.get(table)
    if rule:
        rule(frame, place)
    if table in (RETURN[name] for name in REPEATS):
        _repeats(frame, table, place, "warning")
    check_personal(frame, table, place)


def flag(
    place: Place, mask: pd.Series, column: str, code: str, message: str, todo: str, severity="error"
) -> None:
    """Note one problem for each row where ``mask`` is true."""
    for index in mask.to_numpy(dtype=bool, na_value=False).nonzero()[0]:
        place.cell(int(index), column, code, message, todo, severity)


def among(values: pd.Series, words: Iterable[str]) -> pd.Series:
    """Tell which values are among ``words``; missing ones are not (fast where there are many words)."""
    known = {word for word in words if isinstance(word, str)}
    return pd.Series([value in known for value in values.tolist()], index=values.index, dtype=bool)


def _unique(frame: pd.DataFrame, table: Table, place: Place) -> None:
    if not table.unique or any(name not in place.columns for name in table.unique):
        return
    keys = list(table.unique)
    whole = frame[keys].dropna()
    first = whole.groupby(keys, sort=False).ngroup()
    again = first.duplicated()
    rows = {}
    for index, group in first.items():
        rows.setdefault(group, place.rows[index])
    said = "id" if keys == ["case_id"] else " and ".join(keys)
    for index in first.index[again]:
        place.cell(
            index,
            keys[-1],
            "duplicate",
            f"The same {said} as in row {rows[first[index]]}.",
            "Keep one row, or correct it.",
        )


def _alike(frame: pd.DataFrame, table: Table, place: Place) -> None:
    """Ids that differ only in letter case or spaces."""
    for name, within in (("case_id", []), ("child_id", ["case_id"]), ("family_id", [])):
        if name not in table.names or name not in (*table.unique[-1:], "family_id"):
            continue
        ids = frame[[*within, name]].dropna().drop_duplicates()
        norm = ids[name].str.casefold().str.replace(r"\s", "", regex=True)
        keys = [*(ids[column] for column in within), norm]
        order = ids.groupby(keys, sort=False).cumcount() if len(ids) else pd.Series(dtype=int)
        for index in order.index[order > 0]:
            place.cell(
                index,
                name,
                "id-alike",
                "The id differs from another only in letter case or spaces.",
                "Write the id of one family (or child) in one way.",
            )


def _repeats(frame: pd.DataFrame, table: Table, place: Place, severity: str) -> None:
    incomplete = {index for index, _ in place.refused}
    complete = [index for index in range(len(frame)) if index not in incomplete]
    again = frame.loc[complete, list(table.columns)].duplicated()
    for index in again.index[again]:
        place.cell(
            index,
            table.columns[0],
            "repeated-row",
            "Every cell of the row stands in an earlier row too.",
            "Delete it if it was entered twice.",
            severity,
        )


def _cases(frame: pd.DataFrame, place: Place) -> None:
    flag(
        place,
        frame["case_id"].str.fullmatch(MANGLED.pattern, case=False),
        "case_id",
        "id-like-a-date",
        "The id looks as if Excel had turned it into a date.",
        "Compare it with your list.",
        "warning",
    )
    is_open, is_closed = frame["status"].eq("open"), frame["status"].eq("closed")
    flag(
        place,
        is_closed & frame["closed"].isna(),
        "closed",
        "missing",
        "The case is closed but has no date.",
        "Write the day it closed.",
    )
    flag(
        place,
        is_open & frame["closed"].notna(),
        "closed",
        "must-be-blank",
        "The case is open but has a date.",
        "Clear the cell, or write closed as its status.",
    )
    flag(
        place,
        frame["closed"] < frame["started"],
        "closed",
        "out-of-order",
        "The case closed before it started.",
        "Correct one of the two dates.",
    )
    reason = frame["not_costed_reason"]
    flag(
        place,
        frame["costed"].eq("no") & reason.isna(),
        "not_costed_reason",
        "missing",
        "The case is not costed and no reason is given.",
        "Write why, naming nobody.",
    )
    flag(
        place,
        frame["costed"].eq("yes") & reason.notna(),
        "not_costed_reason",
        "must-be-blank",
        "The case is costed, so there is no reason to give.",
        "Clear the cell, or write no under costed.",
    )
    flag(
        place,
        is_open & frame["end_reason"].notna(),
        "end_reason",
        "open-with-reason",
        "The case is open and has a reason why it ended.",
        "Clear the cell, or write closed as its status.",
        "warning",
    )


def _needs(frame: pd.DataFrame, place: Place) -> None:
    for subject, needs in codes.NEED.items():
        wrong = (
            frame["subject"].eq(subject) & frame["need"].notna() & ~frame["need"].isin(list(needs))
        )
        flag(
            place,
            wrong,
            "need",
            "not-allowed",
            f"This is not a need of a {subject}.",
            f"Allowed: {', '.join(needs)}.",
        )


def _process(frame: pd.DataFrame, place: Place) -> None:
    numbered = frame["element"].isin(list(codes.NUMBERED_ELEMENTS))
    said = " and ".join(codes.NUMBERED_ELEMENTS)
    flag(
        place,
        numbered & frame["meeting_no"].isna(),
        "meeting_no",
        "missing",
        "The meeting has no number.",
        "Write 1 for the first, 2 for the next.",
    )
    flag(
        place,
        frame["element"].notna() & ~numbered & frame["meeting_no"].notna(),
        "meeting_no",
        "must-be-blank",
        f"Only {said} have a number.",
        "Clear the cell, or correct the element.",
    )


def _interventions(frame: pd.DataFrame, place: Place) -> None:
    delivered, quantity = frame["status"].eq("delivered"), frame["quantity"]
    flag(
        place,
        delivered & (quantity <= 0),
        "quantity",
        "out-of-range",
        "The support was delivered, yet 0 of it.",
        "Write how much, or correct the status.",
    )
    flag(
        place,
        frame["status"].notna() & ~delivered & (quantity > 0),
        "quantity",
        "out-of-range",
        "The support was not delivered, yet more than 0 of it.",
        "Write 0, or correct the status.",
    )


def _futures(frame: pd.DataFrame, place: Place) -> None:
    flag(
        place,
        frame["chance_with"] > frame["chance_without"],
        "chance_with",
        "out-of-order",
        "The chance is higher with the help than without it.",
        "Check that the two were not exchanged.",
        "warning",
    )


def _follow_up(frame: pd.DataFrame, place: Place) -> None:
    happened, month = frame["happened"], frame["month"]
    for wrong, code, message, todo in (
        (
            happened.eq("yes") & month.isna(),
            "missing",
            "It happened and no month is given.",
            "Write how many months after the case started, or happened = no.",
        ),
        (
            happened.eq("no") & month.notna(),
            "must-be-blank",
            "It did not happen, yet there is a month.",
            "Clear the cell, or write happened = yes.",
        ),
    ):
        flag(place, wrong, "month", code, message, todo)
    flag(
        place,
        month > frame["followed_months"],
        "month",
        "out-of-order",
        "It happened later than the case was followed.",
        "Correct month or followed_months.",
        "warning",
    )


def _evidence(frame: pd.DataFrame, place: Place) -> None:
    for strand, themes in codes.THEME.items():
        wrong = (
            frame["strand"].eq(strand) & frame["theme"].notna() & ~frame["theme"].isin(list(themes))
        )
        flag(
            place,
            wrong,
            "theme",
            "not-allowed",
            f"This is not a theme of the strand {strand}.",
            f"Allowed: {', '.join(themes)}.",
        )


def _unit_costs(frame: pd.DataFrame, place: Place) -> None:
    for end, wrong in (
        ("low", frame["low"] > frame["value"]),
        ("high", frame["high"] < frame["value"]),
    ):
        flag(
            place,
            wrong,
            end,
            "out-of-order",
            "The value does not lie between low and high.",
            "Correct value, low or high.",
        )
    for vintage, (first, last) in codes.VINTAGE.items():
        years = frame["price_year"]
        outside = frame["vintage"].eq(vintage) & years.notna() & ((years < first) | (years > last))
        until = f"to {last}" if vintage != "current" else "on"
        flag(
            place,
            outside,
            "price_year",
            "out-of-range",
            f"The year is outside the vintage {vintage}.",
            f"Its prices stand in {first} {until}.",
        )
    flag(
        place,
        circles(frame),
        "contains",
        "circle",
        "The item contains itself, directly or through others.",
        "Break the circle.",
    )


def circles(frame: pd.DataFrame) -> pd.Series:
    """Rows whose item reaches itself through ``contains``, within one vintage."""
    inside = {
        (vintage, item): [(vintage, word) for word in contains.split()]
        for vintage, item, contains in zip(
            frame["vintage"].fillna(""),
            frame["item"].fillna(""),
            frame["contains"].fillna(""),
            strict=True,
        )
    }

    def reached(start: tuple[str, str]) -> set[tuple[str, str]]:
        seen: set[tuple[str, str]] = set()
        wanted = list(inside[start])
        while wanted:
            item = wanted.pop()
            if item not in seen:
                seen.add(item)
                wanted.extend(inside.get(item, ()))
        return seen

    own = {item for item, contents in inside.items() if contents and item in reached(item)}
    pairs = zip(frame["vintage"].fillna(""), frame["item"].fillna(""), strict=True)
    return pd.Series([pair in own for pair in pairs], index=frame.index)


def _national_futures(frame: pd.DataFrame, place: Place) -> None:
    priced, bare = frame["item"].notna(), frame["item"].isna()
    for index in range(len(frame)):
        if (index, "item") in place.refused:
            priced[index] = bare[index] = False
    for name in ("quantity", "start", "years"):
        flag(
            place,
            priced & frame[name].isna(),
            name,
            "missing",
            "The row has an item but not this.",
            "Write it, or clear the item.",
        )
        flag(
            place,
            bare & frame[name].notna(),
            name,
            "must-be-blank",
            "The row has no item to count.",
            "Clear the cell, or write the item.",
        )
    groups = frame["overlap_group"].fillna("")
    first = groups.groupby(frame["future"]).transform("first")
    flag(
        place,
        frame["future"].notna() & groups.ne(first),
        "overlap_group",
        "not-allowed",
        "Another overlap group than in the first row of the future.",
        "Write one group.",
    )
    _repeats(frame, NATIONAL["futures"], place, "error")


def _base_rates(frame: pd.DataFrame, place: Place) -> None:
    shares, used = frame["programme_share"], frame["use"].eq("yes")
    of_shares = shares / frame["comparison_share"].where(frame["comparison_share"] > 0)
    ratio = frame["risk_ratio"].fillna(
        of_shares.round(12)
    )  # 0.017 / 0.025 is 0.68, not a hair above it
    flag(
        place,
        frame["low"].isna() & frame["high"].notna(),
        "low",
        "missing",
        "There is a high and no low.",
        "Write both ends of the range, or neither.",
    )
    flag(
        place,
        frame["high"].isna() & frame["low"].notna(),
        "high",
        "missing",
        "There is a low and no high.",
        "Write both ends of the range, or neither.",
    )
    for end, wrong in (("low", frame["low"] > ratio), ("high", frame["high"] < ratio)):
        flag(
            place,
            wrong,
            end,
            "out-of-order",
            "The risk ratio does not lie between low and high.",
            "Correct the ratio or shares, low or high.",
        )
    flag(
        place,
        frame["low"] > frame["high"],
        "low",
        "out-of-order",
        "low is above high.",
        "Correct one of them.",
    )
    flag(
        place,
        used & ratio.isna(),
        "risk_ratio",
        "missing",
        "The row is used and has no risk ratio.",
        "Write it, or both shares with comparison_share over 0, or use = no.",
    )
    for end in ("low", "high"):
        flag(
            place,
            used & frame["low"].isna() & frame["high"].isna(),
            end,
            "missing",
            "The row is used and its risk ratio has no range.",
            "Write the range, or use = no.",
        )
    flag(
        place,
        used & frame["future"].where(used).duplicated(),
        "use",
        "duplicate",
        "Another row of the same future is used.",
        "Write yes in one of them.",
    )


RULES = {
    RETURN["cases"]: _cases,
    RETURN["needs"]: _needs,
    RETURN["process"]: _process,
    RETURN["interventions"]: _interventions,
    RETURN["futures"]: _futures,
    RETURN["follow_up"]: _follow_up,
    RETURN["evidence"]: _evidence,
    UNIT_COSTS: _unit_costs,
    NATIONAL["futures"]: _national_futures,
    NATIONAL["base_rates"]: _base_rates,
}
