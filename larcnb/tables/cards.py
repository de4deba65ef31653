"""Case cards in the form of LARC4's boxes (section 3.2): issues, inputs, outcomes, futures avoided, saving.

In: the clean tables, cases and ledger of DATA.md. Out: :class:`Cards`. A future without a price stands in its
box with the same weight as one with a price.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

import pandas as pd

from larcnb import codes
from larcnb.pricing import total
from larcnb.tables.table import Context, gbp, plural, sentence

NO_PRICE = "no national price"


@dataclass(frozen=True)
class Card:
    """One family's box: a heading, four lists and the saving."""

    case_id: str
    about: str
    boxes: tuple[tuple[str, tuple[str, ...]], ...]
    verdict: str
    loss: bool
    notes: tuple[str, ...] = ()

    def html(self) -> str:
        """The card as a section with a heading of level 3."""
        boxes = "".join(
            f'<div class="box"><h4>{escape(title)}</h4><ul>{"".join(f"<li>{escape(item)}</li>" for item in items)}'
            "</ul></div>"
            for title, items in self.boxes
        )
        notes = "".join(f'<p class="note">{escape(note)}</p>' for note in self.notes)
        return (
            f'<section class="card"><h3>Case {escape(self.case_id)}</h3><p>{escape(self.about)}</p>'
            f'<div class="boxes">{boxes}</div><p class="verdict{" loss" if self.loss else ""}">'
            f"{escape(self.verdict)}</p>{notes}</section>"
        )

    def __str__(self) -> str:
        boxes = [f"{title}: {'; '.join(items)}" for title, items in self.boxes]
        return "\n".join([f"Case {self.case_id}. {self.about}", *boxes, self.verdict, *self.notes])


@dataclass(frozen=True)
class Cards:
    """Several case cards, one below the other."""

    cards: tuple[Card, ...]
    nothing: str = "No case was costed, so there is no card to show."

    def _repr_html_(self) -> str:
        if not self.cards:
            return f"<p>{escape(self.nothing)}</p>"
        return f'<div class="cards">{"".join(card.html() for card in self.cards)}</div>'

    def __repr__(self) -> str:
        return "\n\n".join(map(str, self.cards)) or self.nothing


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

    Source
    ------
    Easton et al (2012), LARC4, section 3.2.
    """
    costed = cases[cases["costed"] == "yes"]
    wanted = list(costed["case_id"]) if only is None else [c for c in only if c in set(costed["case_id"])]
    labels = dict(zip(futures["future"], futures["label"], strict=True))
    rows = costed.set_index("case_id")
    return Cards(
        tuple(
            case_card(case_id, rows.loc[case_id], {name: _of(frame, case_id) for name, frame in tables.items()},
                      _of(ledger, case_id), prices["label"], labels, context)
            for case_id in wanted
        )
    )  # fmt: skip


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
    words = codes.WORDING[context.wording]
    saving, short = case["saving_long"], case["saving_short"]
    verdict = f"{_saving(saving)} {context.over('long')}; {_saving(short)[:1].lower() + _saving(short)[1:]} "
    verdict += f"{context.over('short')}. £ at {context.price_base} prices, preset {context.preset}."
    notes = ()
    if case["conservative"] == "yes":
        notes = (_underestimate(int(case["unpriced_futures"]), int((tables["children"]["in_futures"] == "no").sum())),)
    return Card(
        case_id,
        _about(tables["children"], case),
        (
            ("Presenting issues", _issues(tables["needs"])),
            (f"{words['process'][:1].upper()}{words['process'][1:]} and intervention costs ({gbp(case['inputs'])})",
             _inputs(case, tables["interventions"], items, words["process"])),
            ("Outcomes", _outcomes(tables["outcomes"])),
            (f"Futures avoided ({gbp(case['avoided_long'])})", _futures(ledger, labels)),
        ),
        verdict,
        bool(saving < 0),
        notes,
    )  # fmt: skip


def _underestimate(unpriced: int, left_out: int) -> str:
    reasons = []
    if unpriced:
        reasons.append(f"{plural(unpriced, 'future')} avoided {'has' if unpriced == 1 else 'have'} no price")
    if left_out:
        who = plural(left_out, "child", "children")
        reasons.append(f"the futures of {who} of the family are not counted")
    return f"An underestimate: {' and '.join(reasons) or 'see the limits'}."


def _of(frame: pd.DataFrame, case_id: str) -> pd.DataFrame:
    return frame[frame["case_id"] == case_id] if "case_id" in frame else frame


def _about(children: pd.DataFrame, case: pd.Series) -> str:
    if children.empty:
        return "No children are recorded."
    bands = children["age_band"].map(codes.AGE_BAND)
    of = [
        f"{plural(int((bands == band).sum()), 'child', 'children')} {_aged(band)}"
        for band in codes.AGE_BAND.values() if (bands == band).any()
    ]  # fmt: skip
    status = "closed" if case["status"] == "closed" else "still open"
    return f"{'; '.join(of)}. Episode {status}."


def _aged(band: str) -> str:
    return {"Unborn": "unborn", "Not known": "of unknown age", "Over 16": "over 16"}.get(band, f"aged {band}")


def _issues(needs: pd.DataFrame) -> tuple[str, ...]:
    return tuple(
        f"{codes.SUBJECT[row.subject]}: {_lower(codes.NEED[row.subject][row.need])}" for row in needs.itertuples()
    ) or ("None recorded",)


def _inputs(case: pd.Series, interventions: pd.DataFrame, items: Mapping[str, str], process: str) -> tuple[str, ...]:
    given = interventions[interventions["status"] == "delivered"]
    support = dict.fromkeys(f"{items.get(row.item, sentence(row.item))} ({_lower(codes.SUPPORT[row.support])})"
                            for row in given.itertuples())  # fmt: skip
    process = f"{process[:1].upper()}{process[1:]} {gbp(case['process'])}"
    return (process, f"Support {gbp(case['interventions'])}", *support)


def _outcomes(outcomes: pd.DataFrame) -> tuple[str, ...]:
    found = []
    for (outcome, change), rows in outcomes.groupby(["outcome", "change"], sort=False, observed=True):
        who = ", ".join(dict.fromkeys(_lower(codes.PERSPECTIVE[p]) for p in rows["perspective"]))
        found.append(f"{codes.OUTCOME[outcome][0]}: {_lower(codes.CHANGE[change])} ({who})")
    return tuple(found) or ("None recorded",)


def _futures(ledger: pd.DataFrame, labels: Mapping[str, str]) -> tuple[str, ...]:
    found = []
    flows = ledger[ledger["stage"] == "future"]
    for future, rows in flows.groupby("element", sort=False, observed=True):
        label = labels.get(future, sentence(future))
        amount = total(rows["amount"])
        if amount:
            found.append((0, -amount, f"{label}: {gbp(amount)}"))
        elif rows["amount"].isna().any():
            found.append((0, 0, f"{label}: {NO_PRICE}"))
        else:
            note = next((str(n) for n in rows["note"] if n is not None and n == n and n), "not counted")
            found.append((1, 0, f"{label}: £0, {_lower(note)}"))
    return tuple(text for *_, text in sorted(found, key=lambda f: f[:2])) or ("None told of",)


def _saving(amount: float) -> str:
    return f"{gbp(abs(amount))} 'loss'" if amount < 0 else f"{gbp(amount)} saving"


def _lower(text: str) -> str:
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
