"""The disclosure rules: what a public edition may show, of which places, and how figures are rounded.

In: ``params/disclosure/default.yaml`` of the workbook, and a root's own file of the same name, which may tighten and
never loosen; for the places, how many families each authority has. Out: :class:`Rules`, whose :meth:`Rules.tables`
and :data:`MEASURES` list all that can be published; the places that have a page; how a figure is rounded, and what a
rounded figure still leaves possible: in one module, so that what is shown and what the audit believes of it cannot
differ (docs/disclosure.md).
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from larcnb import codes
from larcnb.errors import LarcError
from larcnb.root import WORKBOOK, Root
from larcnb.yamlfile import Node, Problems, read_mapping

FILE = "params/disclosure/default.yaml"
PARTS = {"all": ("costed", "not_costed"), "followed": ("came", "stayed_away")}
"""The categories that are the sum of two others: all families, and those of whom a future told was looked for
afterwards. Each is shown beside its first part."""
GROUPS = {"all": "Families", "costed": "Costed families", "followed": "Families followed up"}
MEASURES = {"process": ("process", "Process"), "support": ("interventions", "Support")}
"""The measures of the table of costs: a column of ``cases.parquet`` and a label; over costed families."""
NOT_ADDING = "Figures are rounded each on its own, so they may not add up."
SEVERAL = ("A family may be counted in several rows.", NOT_ADDING)


@dataclass(frozen=True)
class CountTable:
    """One table of counts of families: its categories' labels, and the cell (table, category) of those it is of."""

    name: str
    title: str
    labels: Mapping[str, str]
    group: tuple[str, str] = ("families", "all")
    notes: tuple[str, ...] = (NOT_ADDING,)


class Rules(SimpleNamespace):
    """The thresholds in force, by name; ``params/disclosure/default.yaml`` lists them with units and reasons."""

    def base(self, kind: str) -> int:
        """The multiple that counts of a kind of place are rounded to."""
        return self.base_authority if kind == "authority" else self.base_nation

    def digits(self, kind: str) -> int:
        """Significant figures of a kind of place's money."""
        return self.figures_nation if kind == "nation" else self.figures_authority

    def tables(self) -> dict[str, CountTable]:
        """The tables of counts, by name; nothing that is not listed here or in :data:`MEASURES` can be published.

        Every costed family is in one band of the savings; in the other tables a family may be in any number of rows.

        Examples
        --------
        >>> list(load_rules(Root(WORKBOOK)).tables()["savings"].labels.values())
        ['A net cost', '£0 to under £60,000', '£60,000 or more']
        """
        needs = {
            f"{subject}.{need}": f"{codes.SUBJECT[subject]}: {label[:1].lower()}{label[1:]}"
            for subject, labels in codes.NEED.items()
            for need, label in labels.items()
        }
        costed = {"costed": "Families whose costs were collected"}
        all_the_same = "Families to whom an outcome came all the same"
        came = {"followed": GROUPS["followed"], "came": all_the_same}
        bands, saved = band_labels(self.saving_bands), "Costed families by long-term saving"
        avoided = "Families by theme of the outcomes avoided"
        tables = (
            CountTable("families", "Families", costed),
            CountTable("needs", "Families by need", needs, notes=SEVERAL),
            CountTable("support", "Families by support delivered", codes.SUPPORT, notes=SEVERAL),
            CountTable("futures", avoided, codes.FUTURE_THEME, notes=SEVERAL),
            CountTable("savings", saved, bands, ("families", "costed")),
            CountTable("follow_up", "What happened next", came, ("follow_up", "followed")),
        )
        return {table.name: table for table in tables}


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
    problems.unknown(node, ("label", "about", "rules"))
    given = node.get("rules") or Node("", 1)
    if not (problems or isinstance(given.value, dict)):
        words = "There are no rules here.", "Write them below rules: or take the file away."
        problems.add(given, "rules", "missing", *words)
    problems.unknown(given, values, "a rule", "unknown-rule")
    wanted = {}
    for name, entry in given.items():
        if name in values:
            value, because = (entry.get(k) or Node("", entry.line) for k in ("value", "because"))
            if not because.value:
                words = "The value has no reason."
                problems.add(entry, name, "no-reason", words, "Add because: ...")
            wanted[name] = _tighter(problems, name, value, values[name], log[name]["tighten"])
    if problems:
        raise LarcError("The disclosure rules cannot be used.", problems)
    rules = Rules(**values | wanted)
    # The families of a page are shown, so they are more than a small count; no table rests on fewer.
    rules.authority_cases = max(rules.authority_cases, rules.small_count + 1)
    rules.mean_cases = max(rules.mean_cases, rules.authority_cases)
    return rules


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


def to_base(count: int, base: int) -> int:
    """Round a count to the nearest multiple of ``base``, half up.

    Examples
    --------
    >>> [to_base(n, 5) for n in (7, 8, 12, 13)], to_base(15, 10)
    ([5, 10, 10, 15], 20)
    """
    return (2 * count + base) // (2 * base) * base


def count_interval(shown: int, base: int) -> tuple[int, int]:
    """The least and the largest count that is rounded to ``shown``.

    Examples
    --------
    >>> count_interval(10, 5), count_interval(20, 10)
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


def amount_interval(amount: float, digits: int) -> tuple[float, float]:
    """The least and the largest amount that may be behind :func:`to_figures` of ``amount``.

    Examples
    --------
    >>> amount_interval(2345.0, 2), amount_interval(97.0, 2), amount_interval(99.6, 2)
    ((2250.0, 2350.0), (96.5, 97.5), (99.5, 105.0))
    """
    shown = to_figures(amount, digits)
    size = abs(shown)
    above = max(1, 10 ** (len(str(size)) - digits))
    below = above if size != 10 ** (len(str(size)) - 1) else max(1, above // 10)
    inner, outer = size - below / 2, size + above / 2
    return (inner, outer) if shown >= 0 else (-outer, -inner)


def unsafe_money(amounts: Mapping[str, Sequence[int]], rules: Rules, kind: str) -> str:
    """Why a sum or mean of money may not be shown; empty where it may.

    Parameters
    ----------
    amounts : dict of authority to amounts
        One amount a family, all in one unit; a loss is negative, and its size counts.
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
    one_dominates = kind == "authority" and max(sizes) > rules.top_one_share * sum(sizes)
    if one_dominates or _dominated(sizes, rules):
        return "A few families dominate it."
    if kind != "authority":
        sums = [sum(map(abs, each)) for each in amounts.values() if each]
        if len(sums) < rules.least_authorities:
            return f"It rests on fewer than {rules.least_authorities} authorities."
        if _dominated(sums, rules):
            return "A few authorities dominate it."
    return ""


def _dominated(sizes: Sequence[int], rules: Rules) -> bool:
    """Whether the largest two make up too much, or the second could know the first's too closely."""
    first, second, *rest = [*sorted(sizes, reverse=True), 0]
    return first + second > rules.top_two_share * sum(sizes) or sum(rest) < rules.p_percent * first


# Saving bands, and places


def band_labels(edges: tuple[int, ...]) -> dict[str, str]:
    """Codes and labels of the bands that ``edges`` (GBP of 0 or more, rising) make, the lowest first.

    Examples
    --------
    >>> list(band_labels((60000,)).values())
    ['A net cost, or a saving under £60,000', '£60,000 or more']
    """
    pounds = [f"£{edge:,}" for edge in edges]
    labels = ["A net cost" + f", or a saving under {pounds[0]}" * bool(edges[0])]
    labels += [f"{low} to under {high}" for low, high in pairwise(pounds)]
    bands = ["below", *(f"from_{edge}" for edge in edges)]
    return dict(zip(bands, [*labels, f"{pounds[-1]} or more"], strict=True))


def band_of(amount: float, edges: tuple[int, ...]) -> str:
    """The code of the band an amount (GBP) is in.

    Examples
    --------
    >>> [band_of(amount, (0, 60000)) for amount in (-0.01, 0, 59999.99, 60000)]
    ['below', 'from_0', 'from_0', 'from_60000']
    """
    return list(band_labels(edges))[sum(round(amount * 100) >= edge * 100 for edge in edges)]


@dataclass(frozen=True)
class Place:
    """Somewhere with a page: its id, kind, name, and the authorities whose families are in it."""

    id: str
    kind: str
    name: str
    base: tuple[str, ...]


def lay_out(
    size: Mapping[str, int], names: Mapping[str, str], regions: Mapping[str, str], rules: Rules
) -> tuple[dict[str, Place], list[tuple[str, ...]], dict[str, str]]:
    """Decide which places have pages and what each rests on.

    A region holds its authorities without a page only if they are ``least_authorities`` or more with
    ``withheld_cases`` or more families together; the nation holds those no region holds, on the same terms. So
    whatever is subtracted from whatever, no fewer authorities and families are left over.

    Parameters
    ----------
    size : dict of slug to number of families
    names, regions : dict of slug to str
    rules : Rules

    Returns
    -------
    dict of id to Place
        With a page; none where nothing reaches the gate.
    list of tuple of str
        Authorities without a page that a wider place holds together: what subtraction could lay bare.
    dict of id to str
        What has no page, or is left out, and why; no counts of families.
    """
    gate = rules.authority_cases
    reasons = {s: f"Fewer than {gate} families." for s in sorted(size) if size[s] < gate}
    sent = [slug for slug in sorted(size) if size[slug]]
    places = {s: Place(s, "authority", names[s], (s,)) for s in sent if s not in reasons}
    by_region = defaultdict(list)
    for slug in sent:
        by_region[region_id(regions.get(slug, ""))].append(slug)
    wider = [(key, "region", regions[of[0]], of) for key, of in sorted(by_region.items()) if key]
    nation = ("national", "nation", "All authorities", sent)
    groups: list[tuple[str, ...]] = []
    held: set[str] = set()
    for key, kind, name, inside in [*(wider if len(by_region) > 1 else ()), nation]:
        hidden = [slug for slug in inside if slug in reasons and slug not in held]
        together = sum(size[slug] for slug in hidden)
        enough = len(hidden) >= rules.least_authorities and together >= rules.withheld_cases
        base = tuple(slug for slug in inside if enough or slug not in hidden)
        if len(base) < 2 or sum(size[slug] for slug in base) < gate:
            reasons[key] = "It would rest on one authority, or on too few families."
            continue
        if enough:
            groups.append(tuple(hidden))
        elif hidden:
            words = "Authorities without a page are left out: too few, or of too few families."
            reasons[key] = words
        for same in [place.id for place in places.values() if set(place.base) == set(base)]:
            del places[same]
            reasons[same] = "It would be the same families as the nation's page."
        places[key] = Place(key, kind, name, base)
        held |= set(base)
    return places, groups, reasons


def region_id(region: str) -> str:
    """The id of a region's page, which no authority can have; blank of no region.

    Examples
    --------
    >>> region_id("Yorkshire and The Humber"), region_id("")
    ('region.yorkshire-and-the-humber', '')
    """
    plain = unicodedata.normalize("NFKD", region).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return plain and f"region.{plain}"
