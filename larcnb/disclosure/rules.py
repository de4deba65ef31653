"""The disclosure rules as data: thresholds that a root may tighten and never loosen.

In: ``params/disclosure/default.yaml`` of the workbook, and a root's own file of the same name. Out:
:class:`Rules`, checked, with the provenance of each value (METHOD.md part 7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from larcnb.errors import LarcError, Problem, nearest
from larcnb.root import WORKBOOK, Root
from larcnb.yamlfile import Node, read_mapping

FILE = "params/disclosure/default.yaml"
TIGHTEN = {"higher": "at least", "lower": "at most", "fewer": "only some of"}


@dataclass(frozen=True)
class Rules:
    """The thresholds in force; see ``params/disclosure/default.yaml`` for units and reasons.

    Parameters
    ----------
    authority_cases, small_count, base_authority, base_nation, percent_cases, mean_cases, quartile_cases, \
    decile_cases, withheld_cases, differing_cases : int
        Cases.
    top_two_share, p_percent, top_one_share : float
        Shares, 0 to 1.
    least_authorities, possible_values, approvers, figures_authority, figures_nation : int
    saving_bands : tuple of int
        GBP at which a band begins, rising.
    tightened : tuple of str
        The rules a root has tightened.
    log : dict of rule to its entry
    """

    authority_cases: int
    small_count: int
    base_authority: int
    base_nation: int
    percent_cases: int
    mean_cases: int
    quartile_cases: int
    decile_cases: int
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
    log: Mapping[str, Mapping[str, Any]] = None  # type: ignore[assignment]

    def base(self, kind: str) -> int:
        """The multiple that counts of a kind of place are rounded to."""
        return self.base_authority if kind == "authority" else self.base_nation

    def digits(self, kind: str) -> int:
        """Significant figures of a kind of place's money."""
        return self.figures_nation if kind == "nation" else self.figures_authority


NAMES = tuple(f.name for f in fields(Rules) if f.name not in ("tightened", "log"))
SHARES = ("top_two_share", "p_percent", "top_one_share")


def load_rules(root: Root) -> Rules:
    """Read the workbook's rules, and tighten them where the root's own file says so.

    Raises
    ------
    LarcError
        A file breaks a rule or a root's value is looser than the workbook's; every problem at once, by line
        and key; exit code 2.
    """
    values, log, problems = _read(WORKBOOK / FILE)
    missing = [name for name in NAMES if name not in values]
    problems += [
        _problem(1, name, "missing-rule", "The file lacks this rule.", "Add it.")
        for name in missing
    ]
    own, tightened = root.path / FILE, ()
    if not problems and own.is_file() and own.resolve() != (WORKBOOK / FILE).resolve():
        wanted, reasons, problems = _read(own)
        problems += _loosened(wanted, values, log, reasons)
        tightened = tuple(name for name in NAMES if name in wanted and wanted[name] != values[name])
        values |= wanted
        log |= {name: log[name] | reasons[name] for name in tightened}
    if problems:
        raise LarcError("The disclosure rules cannot be used.", problems)
    return Rules(**values, tightened=tightened, log=log)


def _read(path: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]], list[Problem]]:
    node, problems = read_mapping(path, FILE)
    values: dict[str, Any] = {}
    log: dict[str, dict[str, Any]] = {}
    entries = node.get("rules")
    for name, entry in entries.items() if entries else ():
        value = entry.get("value")
        if name not in NAMES or value is None:
            words = "This is not a rule with a value."
            problems.append(_problem(entry.line, name, "unknown-rule", words, nearest(name, NAMES)))
            continue
        found = _bands(value) if name == "saving_bands" else _number(name, value)
        if found is None:
            problems.append(
                _problem(
                    value.line, name, "wrong-type", "This value cannot be read.", _wanted(name)
                )
            )
        elif not (entry.get("because") and entry.get("because").value):
            problems.append(
                _problem(
                    entry.line, name, "no-reason", "The value has no reason.", "Add because: ..."
                )
            )
        else:
            values[name] = found
            log[name] = {key: child.plain() for key, child in entry.items() if key != "value"} | {
                "line": value.line
            }
    return values, log, problems


def _number(name: str, node: Node) -> float | int | None:
    value = node.number()
    if name in SHARES:
        return value if value is not None and 0 < value < 1 else None
    return (
        int(value)
        if value is not None and value == int(value) and 1 <= value <= 1_000_000
        else None
    )


def _bands(node: Node) -> tuple[int, ...] | None:
    values = [child.number() for child in node.value] if isinstance(node.value, list) else [None]
    if (
        None in values
        or any(value != int(value) for value in values)
        or sorted(set(values)) != values
    ):
        return None
    return tuple(int(value) for value in values)


def _loosened(
    wanted: Mapping[str, Any],
    values: Mapping[str, Any],
    log: Mapping[str, Any],
    reasons: Mapping[str, Any],
) -> list[Problem]:
    found = []
    for name, value in wanted.items():
        way, now = log[name]["tighten"], values[name]
        tighter = {
            "higher": way == "higher" and value >= now,
            "lower": way == "lower" and value <= now,
            "fewer": way == "fewer" and bool(value) and set(value) <= set(now),
        }[way]
        if not tighter:
            text = f"Allowed here: {TIGHTEN[way]} {list(now) if isinstance(now, tuple) else format(now, 'g')}."
            words = "The value is looser than the workbook's rule."
            found.append(_problem(reasons[name]["line"], name, "looser", words, text))
    return found


def _wanted(name: str) -> str:
    if name == "saving_bands":
        return "Write whole pounds, rising, for example [0, 60000]."
    return (
        "Write a share between 0 and 1." if name in SHARES else "Write a whole number of 1 or more."
    )


def _problem(line: int, name: str, code: str, message: str, todo: str = "") -> Problem:
    return Problem(FILE, "", line, name, code, message, todo)
