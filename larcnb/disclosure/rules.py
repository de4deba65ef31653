"""The disclosure rules: thresholds as data, rounding, and money that few families dominate.

In: ``params/disclosure/default.yaml`` of the workbook, and a root's own file of the same name, which may tighten and
never loosen. Out: :class:`Rules`; how a figure is rounded, and what a rounded figure still leaves possible: one place,
so that what is shown and what the audit believes of it cannot differ (METHOD part 7, rules 2, 5 and 6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from types import SimpleNamespace
from typing import Any

from larcnb.errors import WITHHELD, LarcError
from larcnb.root import WORKBOOK, Root
from larcnb.yamlfile import Node, Problems, read_mapping

FILE = "params/disclosure/default.yaml"
AUTHORITY, REGION, NATION = "authority", "region", "nation"


class Rules(SimpleNamespace):
    """The thresholds in force, by name; ``params/disclosure/default.yaml`` lists them with units and reasons."""

    def base(self, kind: str) -> int:
        """The multiple that counts of a kind of place are rounded to."""
        return self.base_authority if kind == AUTHORITY else self.base_nation

    def digits(self, kind: str) -> int:
        """Significant figures of a kind of place's money."""
        return self.figures_nation if kind == NATION else self.figures_authority


SHARES = ("top_two_share", "p_percent", "top_one_share")
MOST = 100_000
"""No rule that is not a share or a list of bands is larger."""


def load_rules(root: Root) -> Rules:
    """Read the workbook's rules, and tighten them where the root's own file says so.

    Raises
    ------
    LarcError
        A root's rule cannot be read, has no reason or is looser than the workbook's; every problem at once, by line
        and key; exit code 2.
    """
    log = read_mapping(WORKBOOK / FILE, FILE)[0].get("rules").plain()
    values = {name: _typed(name, entry["value"]) for name, entry in log.items()}
    own = root.path / FILE
    if not own.is_file():
        return Rules(**values)
    node, problems = read_mapping(own, FILE)
    rules = node.get("rules") or Node({}, 1)
    problems.unknown(rules, values, "a rule", "unknown-rule")
    wanted = {}
    for name, entry in rules.items():
        if name in values:
            blank = Node("", entry.line)
            if not (entry.get("because") or blank).value:
                words = "The value has no reason.", "Add because: ..."
                problems.add(entry, name, "no-reason", *words)
            value = entry.get("value") or blank
            wanted[name] = _tighter(problems, name, value, values[name], log[name]["tighten"])
    if problems:
        raise LarcError("The disclosure rules cannot be used.", problems)
    return Rules(**values | wanted)


def _typed(name: str, value: Any) -> Any:
    if name == "saving_bands":
        return tuple(map(int, value))
    return value if name in SHARES else int(value)


def _tighter(problems: Problems, name: str, node: Node, default: Any, tighten: str) -> Any:
    """A root's value of a rule; a problem where it cannot be read or is looser than the workbook's."""
    if name == "saving_bands":
        value = node.plain()
        if not isinstance(value, list) or not value or value != [e for e in default if e in value]:
            words = "These are not bands of the workbook's."
            problems.add(node, name, "out-of-range", words, f"Allowed: some of {list(default)}.")
            return default
        return _typed(name, value)
    least, most = (0, 1) if name in SHARES else (1, MOST)
    limits = (default, most) if tighten == "higher" else (least, default)
    return problems.number(node, name, limits, whole=name not in SHARES)


def refusal(words: str) -> LarcError:
    """Disclosure control says no; exit code 4."""
    return LarcError(words, exit_code=WITHHELD)


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
    if kind == AUTHORITY and max(sizes) > rules.top_one_share * sum(sizes):
        return "A few families dominate it."
    if _dominated(sizes, rules):
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
