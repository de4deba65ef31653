"""Case cards in the form of LARC4's boxes (section 3.2): issues, inputs, outcomes, futures avoided, saving.

In: the clean tables, cases and ledger of DATA.md. Out: :class:`Cards`. A future without a price stands in its
box with the same weight as one with a price.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape

import pandas as pd

from larcnb import codes
from larcnb.costing import total
from larcnb.tables.table import Context
from larcnb.tables.words import gbp, linked, lowered, plural, sentence

NO_PRICE = "no national price"
MOST_CARDS = 40
"""More would make a page too heavy to send."""


@dataclass(frozen=True)
class Box:
    """One of a card's four lists."""

    title: str
    items: tuple[str, ...]
    note: str = ""

    def html(self) -> str:
        """A heading of level 4 and a list."""
        items = "".join(f"<li>{escape(item)}</li>" for item in self.items)
        note = f'<p class="note">{escape(self.note)}</p>' if self.note else ""
        return f'<div class="box"><h4>{escape(self.title)}</h4><ul>{items}</ul>{note}</div>'

    def __str__(self) -> str:
        return f"{self.title}: {'; '.join(self.items)}" + (f". {self.note}" if self.note else "")


@dataclass(frozen=True)
class Card:
    """One family's box: a heading, four lists and the saving, long term then short."""

    case_id: str
    about: str
    boxes: tuple[Box, ...]
    verdict: tuple[str, str]
    loss: bool
    notes: tuple[str, ...] = ()
    trace: str = ""

    def html(self) -> str:
        """The card as a section with a heading of level 3."""
        boxes = "".join(box.html() for box in self.boxes)
        notes = "".join(f'<p class="note">{escape(note)}</p>' for note in self.notes)
        trace = f'<p class="note">{linked(f"Follow the pounds of case {self.case_id}", self.trace)}</p>'
        long, short = self.verdict
        return (
            f'<section class="card"><h3>Case {escape(self.case_id)}</h3><p class="quiet">{escape(self.about)}</p>'
            f'<div class="boxes">{boxes}</div><p class="verdict{" loss" if self.loss else ""}">'
            f"<strong>{escape(long)}</strong> <span>{escape(short)}</span></p>{notes}{trace}</section>"
        )

    def __str__(self) -> str:
        boxes = [str(box) for box in self.boxes]
        return "\n".join([f"Case {self.case_id}. {self.about}", *boxes, "; ".join(self.verdict), *self.notes])


@dataclass(frozen=True)
class Cards:
    """Several case cards, one below the other."""

    cards: tuple[Card, ...]
    note: str = ""
    nothing: str = "No case was costed, so there is no card to show."

    def _repr_html_(self) -> str:
        if not self.cards:
            return f"<p>{escape(self.nothing)}</p>"
        note = f'<p class="note">{escape(self.note)}</p>' if self.note else ""
        return f'{note}<div class="cards">{"".join(card.html() for card in self.cards)}</div>'

    def __repr__(self) -> str:
        return "\n\n".join([*filter(None, [self.note]), *map(str, self.cards)]) or self.nothing


def case_cards(
    cases: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    ledger: pd.DataFrame,
    prices: pd.DataFrame,
    futures: pd.DataFrame,
    context: Context,
    only: Iterable[str] | None = None,
) -> Cards:
    """Show each costed case as LARC4 showed Toby, Sam and Jamie.

    Parameters
    ----------
    cases : DataFrame, one row a case
        ``cases.parquet`` of DATA.md.
    tables : dict of name to DataFrame
        The clean tables ``children``, ``needs``, ``interventions``, ``outcomes``.
    ledger : DataFrame
        Every amount on a card is a sum of its rows.
    prices : DataFrame indexed by item
        ``label`` of each item (:meth:`larcnb.library.Library.prices`).
    futures : DataFrame
        The national futures library: ``future``, ``label``.
    context : Context
    only : iterable of str, optional
        The cases to show, in this order; left out, every costed case.

    Returns
    -------
    Cards
        Where there are more than :data:`MOST_CARDS`, that many, spread evenly from the greatest saving to the least.

    Source
    ------
    Easton et al (2012), LARC4, section 3.2.
    """
    costed = cases[cases["costed"] == "yes"]
    note = ""
    if only is not None:
        wanted = [case for case in only if case in set(costed["case_id"])]
    elif len(costed) <= MOST_CARDS:
        wanted = list(costed["case_id"])
    else:
        ranked = list(costed.sort_values(["saving_long", "case_id"], ascending=[False, True])["case_id"])
        wanted = [ranked[round(n * (len(ranked) - 1) / (MOST_CARDS - 1))] for n in range(MOST_CARDS)]
        note = f"{MOST_CARDS} of {len(costed)} costed cases, spread evenly from the greatest saving to the least."
    labels = dict(zip(futures["future"], futures["label"], strict=True))
    rows, items = costed.set_index("case_id"), prices["label"].to_dict()
    own = {name: _by_case(frame) for name, frame in {**tables, "ledger": ledger}.items()}

    def card(case_id: str) -> Card:
        of = {name: parts.get(case_id, parts[""]) for name, parts in own.items()}
        return case_card(case_id, rows.loc[case_id], of, of["ledger"], items, labels, context)

    return Cards(tuple(card(case_id) for case_id in wanted), note)


def case_card(
    case_id: str,
    case: pd.Series,
    tables: Mapping[str, pd.DataFrame],
    ledger: pd.DataFrame,
    items: Mapping[str, str],
    labels: Mapping[str, str],
    context: Context,
) -> Card:
    """Make one case's card from its own rows; see :func:`case_cards`.

    Parameters
    ----------
    case : Series
        The case's row of ``cases.parquet``.
    tables, ledger
        The case's own rows.
    items, labels : mapping of code to label
        Of items and of futures.
    """
    process = sentence(codes.WORDING[context.wording]["process"])
    notes = ()
    if case["conservative"] == "yes":
        notes = (_underestimate(int(case["unpriced_futures"]), int((tables["children"]["in_futures"] == "no").sum())),)
    futures, left_out = _futures(ledger, labels, items)
    folder = f"../{case['authority']}/02_price.html" if "authority" in case else ""
    return Card(
        case_id,
        f"{_about(tables['children'], case)} £ at {context.price_base} prices, preset {context.preset}.",
        (
            Box("Presenting issues", _issues(tables["needs"])),
            Box(f"{process} and intervention costs ({gbp(case['inputs'])})",
                _inputs(case, tables["interventions"], items, process)),
            Box("Outcomes", _outcomes(tables["outcomes"])),
            Box(f"Futures avoided ({gbp(case['avoided_long'])})", futures, left_out),
        ),
        tuple(f"{_saving(case[f'saving_{term}'])} {context.over(term)}" for term in ("long", "short")),
        bool(case["saving_long"] < 0),
        notes,
        f"{folder}#pounds-{case_id}",
    )  # fmt: skip


def _underestimate(unpriced: int, left_out: int) -> str:
    reasons = []
    if unpriced:
        reasons.append(f"{plural(unpriced, 'future')} avoided {'has' if unpriced == 1 else 'have'} no price")
    if left_out:
        who = plural(left_out, "child", "children")
        reasons.append(f"the futures of {who} of the family are not counted")
    return f"An underestimate: {' and '.join(reasons) or 'see the limits'}."


def _by_case(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Each case's rows; under "" what a case without any has, or the whole of a table that is not by case."""
    if "case_id" not in frame:
        return {"": frame}
    return {"": frame.iloc[:0], **dict(iter(frame.groupby("case_id", sort=False, observed=True)))}


def _about(children: pd.DataFrame, case: pd.Series) -> str:
    if children.empty:
        return "No children are recorded."
    number = Counter(children["age_band"].tolist())
    of = [
        f"{plural(number[code], 'child', 'children')} {_aged(band)}"
        for code, band in codes.AGE_BAND.items() if code in number
    ]  # fmt: skip
    status = "closed" if case["status"] == "closed" else "still open"
    return f"{'; '.join(of)}. Episode {status}."


def _aged(band: str) -> str:
    return {"Unborn": "unborn", "Not known": "of unknown age", "Over 16": "over 16"}.get(band, f"aged {band}")


def _issues(needs: pd.DataFrame) -> tuple[str, ...]:
    return tuple(
        f"{codes.SUBJECT[subject]}: " + ("another need" if need == "other" else lowered(codes.NEED[subject][need]))
        for subject, need in _columns(needs, "subject", "need")
    ) or ("None recorded",)


def _inputs(case: pd.Series, interventions: pd.DataFrame, items: Mapping[str, str], process: str) -> tuple[str, ...]:
    support: dict[str, dict[str, None]] = {}
    for kind, item, status in _columns(interventions, "support", "item", "status"):
        if status == "delivered":
            support.setdefault(codes.SUPPORT[kind], {})[lowered(items.get(item, sentence(item)))] = None
    given = [f"{kind}: {', '.join(who)}" for kind, who in support.items()]
    more = case["inputs_appraised"] - case["inputs"]
    weak = (f"Added for weak evidence of costs {gbp(more)}, counted in the saving",) if more >= 0.5 else ()
    return (f"{process} {gbp(case['process'])}", f"Support {gbp(case['interventions'])}", *weak, *given)


def _outcomes(outcomes: pd.DataFrame) -> tuple[str, ...]:
    said: dict[str, dict[str, dict[str, None]]] = {}
    for outcome, change, who in _columns(outcomes, "outcome", "change", "perspective"):
        said.setdefault(outcome, {}).setdefault(change, {})[lowered(codes.PERSPECTIVE[who])] = None
    found: dict[str, list[str]] = {}
    for outcome, changes in said.items():
        for change in reversed(codes.CHANGE):
            if change in changes:
                words = f"{lowered(codes.CHANGE[change])} ({', '.join(changes[change])})"
                found.setdefault(codes.OUTCOME[outcome][0], []).append(words)
    return tuple(f"{outcome}: {', '.join(changes)}" for outcome, changes in found.items()) or ("None recorded",)


def _futures(
    ledger: pd.DataFrame, labels: Mapping[str, str], items: Mapping[str, str]
) -> tuple[tuple[str, ...], str]:
    counted, left_out = [], []
    rows: dict[str, list[tuple[float, str]]] = {}
    for stage, future, amount, note in _columns(ledger, "stage", "element", "amount", "note"):
        if stage == "future":
            rows.setdefault(future, []).append((amount, note))
    for future, of in rows.items():
        label, amount = labels.get(future, sentence(future)), total([one for one, _ in of])
        if amount:
            counted.append((-amount, f"{label}: {gbp(amount)}"))
        elif any(one != one for one, _ in of):
            counted.append((0, f"{label}: {NO_PRICE}"))
        else:
            notes = [explained(str(n), labels, items) for _, n in of if n is not None and n == n and n]
            left_out.append(f"{lowered(label)} ({', '.join(dict.fromkeys(notes)) or 'not counted'})")
    note = f"Told of and not added: {'; '.join(left_out)}." if left_out else ""
    return tuple(text for _, text in sorted(counted, key=lambda f: f[0])) or ("None that counts",), note


def _columns(frame: pd.DataFrame, *names: str) -> Iterator[tuple]:
    return zip(*(frame[name].tolist() for name in names), strict=True)


def explained(note: str, *labels: Mapping[str, str]) -> str:
    """A ledger line's note with codes put into words.

    Examples
    --------
    >>> explained("already in the cost of permanent_exclusion", {"permanent_exclusion": "Permanent exclusion"})
    'already in the cost of permanent exclusion'
    """
    def words(code: re.Match) -> str:
        known = (names[code[0]] for names in (*reversed(labels), codes.SUPPORT_STATUS) if code[0] in names)
        return lowered(next(known, code[0].replace("_", " ")))

    return re.sub(r"[a-z]+(?:_[a-z0-9]+)+", words, note)


def _saving(amount: float) -> str:
    return f"{gbp(abs(amount))} 'loss'" if amount < 0 else f"{gbp(amount)} saving"
