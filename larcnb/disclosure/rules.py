"""The disclosure rules: thresholds as data, rounding, and money that few families dominate.

In: ``params/disclosure/default.yaml`` of the workbook, and a root's own file of the same name, which may tighten and
never loosen. Out: :class:`Rules`; how a figure is rounded, and what a rounded figure still leaves possible: one place,
so that what is shown and what the audit believes of it cannot differ (METHOD part 7, rules 2, 5 and 6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal
from operator import ge, le
from pathlib import Path
from typing import Any

from larcnb.errors import LarcError, nearest
from larcnb.root import WORKBOOK, Root
from larcnb.yamlfile import Problems, read_mapping

FILE = "params/disclosure/default.yaml"
AUTHORITY, REGION, NATION = "authority", "region", "nation"
TIGHTER = {
    "higher": ("at least", ge),
    "lower": ("at most", le),
    "fewer": ("only some of", lambda new, old: set(new) <= set(old)),
}


@dataclass(frozen=True)
class Rules:
    """The thresholds in force; ``params/disclosure/default.yaml`` gives units and reasons.

    ``tightened`` names the rules that a root has tightened.
    """

    authority_cases: int
    small_count: int
    base_authority: int
    base_nation: int
    percent_cases: int
    mean_cases: int
    quartile_cases: int
    top_two_share: float
    p_percent: float
    top_one_share: float
    least_authorities: int
    withheld_cases: int
    figures_authority: int
    figures_nation: int
    possible_values: int
    differing_cases: int
    approvers: int
    saving_bands: tuple[int, ...]
    tightened: tuple[str, ...] = ()

    def base(self, kind: str) -> int:
        """The multiple that counts of a kind of place are rounded to."""
        return self.base_authority if kind == AUTHORITY else self.base_nation

    def digits(self, kind: str) -> int:
        """Significant figures of a kind of place's money."""
        return self.figures_nation if kind == NATION else self.figures_authority

    def plain(self) -> dict[str, Any]:
        """The thresholds by name, for the register and the fingerprint of a release."""
        return {name: getattr(self, name) for name in NAMES}


NAMES = tuple(f.name for f in fields(Rules) if f.name != "tightened")
SHARES = ("top_two_share", "p_percent", "top_one_share")


def load_rules(root: Root) -> Rules:
    """Read the workbook's rules, and tighten them where the root's own file says so.

    Raises
    ------
    LarcError
        A file breaks a rule, or a root's value is looser than the workbook's; every problem at once, by line and key;
        exit code 2.
    """
    values, log, problems = _read(WORKBOOK / FILE)
    for name in NAMES:
        if name not in values:
            problems.add(1, name, "missing-rule", "The file lacks this rule.")
    own, tightened = root.path / FILE, ()
    if not problems and own.is_file() and not own.samefile(WORKBOOK / FILE):
        wanted, reasons, problems = _read(own)
        for name, value in wanted.items():
            words, is_tighter = TIGHTER[log[name]["tighten"]]
            if not is_tighter(value, values[name]):
                now = list(values[name]) if name == "saving_bands" else format(values[name], "g")
                told, todo = "The value is looser than the workbook's.", f"Allowed: {words} {now}."
                problems.add(reasons[name]["line"], name, "looser", told, todo)
        tightened = tuple(name for name in NAMES if wanted.get(name, values[name]) != values[name])
        values |= wanted
    if problems:
        raise LarcError("The disclosure rules cannot be used.", problems)
    return Rules(**values, tightened=tightened)


def _read(path: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]], Problems]:
    node, problems = read_mapping(path, FILE)
    values: dict[str, Any] = {}
    log: dict[str, dict[str, Any]] = {}
    entries = node.get("rules")
    for name, entry in entries.items() if entries else ():
        node, plain = entry.get("value"), entry.plain()
        if name not in NAMES or node is None:
            told = "This is not a rule with a value."
            problems.add(entry, name, "unknown-rule", told, nearest(name, NAMES))
        elif (value := _value(name, node.plain())) is None:
            problems.add(node, name, "wrong-type", "This value cannot be read.", _wanted(name))
        elif not plain.get("because"):
            problems.add(entry, name, "no-reason", "The value has no reason.", "Add because: ...")
        else:
            values[name], log[name] = value, plain | {"line": node.line}
    return values, log, problems


def _value(name: str, plain: Any) -> Any:
    """The value of a rule; None where it is not of the rule's kind."""
    if name == "saving_bands":
        is_list = isinstance(plain, list) and all(isinstance(edge, float) for edge in plain)
        rises = is_list and plain == sorted({float(int(edge)) for edge in plain}) != []
        return tuple(map(int, plain)) if rises else None
    if not isinstance(plain, float):
        return None
    if name in SHARES:
        return plain if 0 < plain < 1 else None
    return int(plain) if plain == int(plain) and 1 <= plain <= 1_000_000 else None


def _wanted(name: str) -> str:
    if name == "saving_bands":
        return "Write whole pounds, rising, for example [0, 60000]."
    return f"Write a {'share between 0 and 1' if name in SHARES else 'whole number of 1 or more'}."


def to_base(count: int, base: int) -> int:
    """Round a count to the nearest multiple of ``base``, half up.

    Examples
    --------
    >>> [to_base(n, 5) for n in (7, 8, 12, 13)], to_base(15, 10)
    ([5, 10, 10, 15], 20)
    """
    return (2 * count + base) // (2 * base) * base


def behind_count(shown: int, base: int) -> tuple[int, int]:
    """The least and the largest count that is rounded to ``shown``.

    Examples
    --------
    >>> behind_count(10, 5), behind_count(20, 10)
    ((8, 12), (15, 24))
    """
    low = shown - base // 2
    return low, low + base - 1


def to_figures(amount: float, digits: int) -> int:
    """Round an amount to significant figures and whole pounds, half away from nought.

    Examples
    --------
    >>> to_figures(2345.0, 2), to_figures(2345.0, 3), to_figures(-12.5, 3), to_figures(0.4, 2)
    (2300, 2350, -13, 0)
    """
    exact = Decimal(repr(amount))
    places = max(0, exact.adjusted() + 1 - digits)
    return int(exact.quantize(Decimal(1).scaleb(places), ROUND_HALF_UP))


def behind_amount(amount: float, digits: int) -> tuple[float, float]:
    """The least and the largest amount that may be behind :func:`to_figures` of ``amount``.

    Examples
    --------
    >>> behind_amount(2345.0, 2), behind_amount(97.0, 2), behind_amount(99.6, 2)
    ((2250.0, 2350.0), (96.5, 97.5), (99.5, 105.0))
    """
    shown = to_figures(amount, digits)
    size = abs(shown)
    above = max(1, 10 ** (len(str(size)) - digits))
    below = above if size != 10 ** (len(str(size)) - 1) else max(1, above // 10)
    inner, outer = size - below / 2, size + above / 2
    return (inner, outer) if shown >= 0 else (-outer, -inner)


def percent(part: int, whole: int) -> int:
    """A whole per cent of two rounded figures, half up.

    Examples
    --------
    >>> percent(25, 40), percent(5, 1000)
    (63, 1)
    """
    return (200 * part + whole) // (2 * whole)


def unsafe_money(amounts: Mapping[str, Sequence[int]], rules: Rules, kind: str) -> str:
    """Why a sum or mean of money may not be shown (rules 5 and 6); empty where it may.

    Parameters
    ----------
    amounts : dict of authority to amounts
        One amount a family; a loss is negative, and its size counts.
    rules : Rules
    kind : str
        The kind of place.

    Examples
    --------
    >>> from larcnb.root import WORKBOOK
    >>> rules = load_rules(Root(WORKBOOK))
    >>> unsafe_money({"la-01": [100] * 9}, rules, "authority")
    'Fewer than 10 families.'
    >>> unsafe_money({"la-01": [100] * 9 + [2000]}, rules, "authority")
    'A few families dominate it.'
    >>> unsafe_money({"la-01": [100] * 10}, rules, "authority")
    ''
    """
    sizes = [abs(amount) for each in amounts.values() for amount in each]
    if len(sizes) < rules.mean_cases:
        return f"Fewer than {rules.mean_cases} families."
    if not any(sizes):
        return "It is zero for every family."
    alone = kind == AUTHORITY and max(sizes) > rules.top_one_share * sum(sizes)
    if alone or _dominated(sizes, rules):
        return "A few families dominate it."
    if kind != AUTHORITY:
        sums = [sum(map(abs, each)) for each in amounts.values() if each]
        if len(sums) < rules.least_authorities:
            return f"It rests on fewer than {rules.least_authorities} authorities."
        if _dominated(sums, rules):
            return "A few authorities dominate it."
    return ""


def _dominated(sizes: Sequence[int], rules: Rules) -> bool:
    """Whether the largest two make up too much, or the second could know the first's too closely."""
    first, second, *rest = [*sorted(sizes, reverse=True), 0]
    two = first + second
    return two > rules.top_two_share * sum(sizes) or sum(rest) < rules.p_percent * first
