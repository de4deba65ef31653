"""From a protected draft to checked tables and verdicts: rounding, percentages, means and quantiles.

In: a draft after :func:`larcnb.disclosure.protect.protect`. Out: :class:`~larcnb.disclosure.checked.Checked` tables by
place, and a verdict on every table of every place, shown or not (METHOD part 7, rules 3 to 5).
"""

from __future__ import annotations

import numpy as np

from larcnb.disclosure.checked import (
    CONFIDENTIAL,
    FAIL,
    FAMILIES,
    LOW,
    NOT_APPLICABLE,
    NOT_AVAILABLE,
    PASS,
    REVIEW,
    SHARE,
    Cell,
    Checked,
    Row,
    Verdict,
)
from larcnb.disclosure.draft import FURTHER, OPEN, SHOWN, WITHHELD, ZERO, Draft, Key
from larcnb.disclosure.places import NATION, WHOLE, Place
from larcnb.disclosure.rounding import percent, to_figures
from larcnb.disclosure.rules import Rules
from larcnb.disclosure.spec import ALL, COSTS, MONEY, STATISTICS, CountTable

NOT_ADDING = "Figures are rounded each on its own, so they may not add up."
QUANTILES = {"lower": 0.25, "median": 0.5, "upper": 0.75}
MANY_HIDDEN = 0.5
Tables = dict[str, dict[str, Checked]]


def build(draft: Draft) -> tuple[Tables, list[Verdict]]:
    """Make the checked tables of every place.

    Returns
    -------
    dict of place to table to Checked
        Without the tables that failed.
    list of Verdict
        One for each table of each place.
    """
    tables: Tables = {}
    verdicts = []
    for place in draft.layout.places.values():
        made = tables.setdefault(place.id, {})
        for name in [*draft.tables, COSTS]:
            verdict = _verdict(draft, place, name)
            verdicts.append(verdict)
            if verdict.verdict != FAIL:
                made[name] = (
                    _costs(draft, place, verdict)
                    if name == COSTS
                    else _counts(draft, place, name, verdict)
                )
        if place.kind == WHOLE:
            made["authorities"] = _authorities(draft, place)
            verdicts.append(
                Verdict(place.id, "authorities", PASS, ("Counts of organisations are exempt.",))
            )
    return tables, verdicts


def count_cell(draft: Draft, key: Key) -> Cell:
    """A count as it is shown."""
    status = draft.status[key]
    if status in OPEN:
        return Cell(0 if status == ZERO else draft.rounded(key))
    return Cell(None, NOT_AVAILABLE if status == WITHHELD else CONFIDENTIAL)


def share_cell(part: Cell, group: Cell, rules: Rules) -> Cell:
    """The whole per cent one rounded figure is of another, where it may be shown.

    Examples
    --------
    >>> from larcnb.disclosure.rules import load_rules
    >>> from larcnb.root import Root, WORKBOOK
    >>> rules = load_rules(Root(WORKBOOK))
    >>> shares = [share_cell(Cell(n), Cell(of), rules).text for n, of in ((10, 40), (10, 15), (0, 40), (40, 40))]
    >>> shares, share_cell(Cell(None, "[c]"), Cell(40), rules).text, share_cell(Cell(10), Cell(3000), rules).text
    (['25', '[x]', '[z]', '[c]'], '[c]', '[low]')
    """
    if part.value is None:
        return part
    if group.value is None or group.value < rules.percent_cases:
        return Cell(None, NOT_AVAILABLE)
    if not part.value:
        return Cell(None, NOT_APPLICABLE)
    share = percent(part.value, group.value)
    return (
        Cell(None, LOW) if not share else Cell(None, CONFIDENTIAL) if share >= 100 else Cell(share)
    )


def least_cases(statistic: str, rules: Rules) -> int:
    """The fewest families a statistic of money may rest on (rule 5).

    Examples
    --------
    >>> from larcnb.disclosure.rules import load_rules
    >>> from larcnb.root import Root, WORKBOOK
    >>> rules = load_rules(Root(WORKBOOK))
    >>> [least_cases(name, rules) for name in ("mean", "median", "lower", "tenth")]
    [10, 10, 20, 50]
    """
    if statistic in ("mean", "median"):
        return rules.mean_cases
    return rules.quartile_cases if statistic in ("lower", "upper") else rules.decile_cases


def _verdict(draft: Draft, place: Place, table: str) -> Verdict:
    keys = draft.keys(place.id, table)
    reasons = list(draft.reasons.get((place.id, table), []))
    shown = sum(draft.status[key] in OPEN for key in keys)
    if draft.is_withheld(place.id, table) or (table == COSTS and not shown):
        return Verdict(place.id, table, FAIL, tuple(reasons))
    hidden = len(keys) - shown
    if hidden > MANY_HIDDEN * len(keys):
        reasons.append(
            "More than half of it is hidden: fewer categories, or a wider place, would say more."
        )
    changed = any(draft.status[key] in (FURTHER, WITHHELD) for key in keys)
    word = REVIEW if changed or hidden > MANY_HIDDEN * len(keys) else PASS
    return Verdict(place.id, table, word, tuple(reasons), shown, hidden)


def _public(verdict: Verdict) -> Verdict:
    """The verdict without its reasons, which are for the approvers."""
    return Verdict(verdict.place, verdict.table, verdict.verdict, (), verdict.shown, verdict.hidden)


def _table(draft: Draft, place: Place, verdict: Verdict, **more) -> Checked:
    rules = draft.rules
    return Checked(
        place=place.id,
        place_kind=place.kind,
        place_name=place.name,
        table=verdict.table,
        base=rules.base(place.kind),
        small=rules.small_count,
        digits=rules.digits(place.kind),
        verdict=_public(verdict),
        **more,
    )


def _counts(draft: Draft, place: Place, name: str, verdict: Verdict) -> Checked:
    table: CountTable = draft.tables[name]
    group = count_cell(draft, draft.group_key(place.id, name))
    rows = []
    for code, label in table.labels.items():
        cell = count_cell(draft, (place.id, name, code))
        rows.append(Row(code, label, {FAMILIES: cell, SHARE: share_cell(cell, group, draft.rules)}))
    notes = [table.note] if table.note else []
    return _table(
        draft,
        place,
        verdict,
        title=table.title,
        unit="families",
        columns={FAMILIES: "Families", SHARE: "Share"},
        rows=tuple(rows),
        group=group,
        group_label="Families" if table.of == "cases" else "Costed families",
        notes=(*notes, NOT_ADDING),
    )


def _costs(draft: Draft, place: Place, verdict: Verdict) -> Checked:
    statistics = STATISTICS if place.kind == WHOLE else {"mean": STATISTICS["mean"]}
    rows = []
    for measure in MONEY:
        amounts = [
            pence / 100
            for slug in place.base
            for pence in draft.facts.money.get((slug, measure.name), {}).values()
        ]
        open_ = draft.status[place.id, COSTS, measure.name] == SHOWN
        mean = draft.value[place.id, COSTS, measure.name] / 100 / len(amounts) if amounts else 0.0
        cells = {}
        for name in statistics:
            value = (
                mean
                if name == "mean"
                else float(np.quantile(amounts, QUANTILES[name]))
                if amounts
                else 0.0
            )
            digits = (
                draft.rules.digits(place.kind) if name == "mean" else draft.rules.figures_authority
            )
            cells[name] = _amount(
                value, digits, open_, len(amounts) >= least_cases(name, draft.rules)
            )
        rows.append(Row(measure.name, measure.label, cells))
    return _table(
        draft,
        place,
        verdict,
        title="What a family's episode cost",
        unit="gbp",
        columns=dict(statistics),
        rows=tuple(rows),
        group=count_cell(draft, draft.group_key(place.id, COSTS)),
        group_label="Costed families",
        notes=("Each amount is rounded on its own.",),
    )


def _amount(value: float, digits: int, is_open: bool, enough: bool) -> Cell:
    if not is_open:
        return Cell(None, CONFIDENTIAL)
    if not enough:
        return Cell(None, NOT_AVAILABLE)
    shown = to_figures(value, digits)
    return Cell(shown) if shown else Cell(None, LOW)


def _authorities(draft: Draft, place: Place) -> Checked:
    layout, facts = draft.layout, draft.facts
    pages = sum(p.kind == "authority" for p in layout.places.values())
    few = draft.rules.authority_cases
    numbers = {
        "took_part": ("Took part", len(facts.names)),
        "with_page": ("Have a page of their own", pages),
        "without_page": (f"Have fewer than {few} families and no page", len(facts.names) - pages),
        "counted": ("Are counted here", len(place.base)),
        "missing": ("Results not received", len(facts.missing)),
    }
    rows = tuple(
        Row(code, label, {"number": Cell(number)}) for code, (label, number) in numbers.items()
    )
    return _table(
        draft,
        place,
        Verdict(NATION, "authorities", PASS),
        title="Authorities",
        unit="authorities",
        columns={"number": "Authorities"},
        rows=rows,
        group=count_cell(draft, (place.id, "families", ALL)),
        group_label="Families",
        notes=("Numbers of authorities are not rounded.",),
    )
