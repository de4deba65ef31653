"""A public notebook's only way to figures: the checked tables of one place, and nothing else of the root.

In: a round and a place (``national``, a region's id or an authority's slug). Out: :class:`Page`, whose tables, figures
and sentences hold nothing that is not in its checked tables. Once a page is open, the notebook's kernel can open no
file of the root's data, params, private or reports folders but the public edition's own.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from larcnb import codes, parameters
from larcnb.disclosure import Checked, public_folder, read_checked
from larcnb.disclosure.checked import CONFIDENTIAL, FAMILIES
from larcnb.errors import WITHHELD, LarcError, nearest
from larcnb.figures import bars
from larcnb.figures.figure import Figure, draw
from larcnb.root import Root, find_root
from larcnb.safety import install_safe_errors
from larcnb.tables import Table

COMPLETE = "application/vnd.larcnb.complete+json"
HEADERS = {"families": ("Families", "count"), "share": ("Share (%)", "share"), "number": ("Number", "count")}
READERS = (
    "pyarrow.parquet", "pyarrow.dataset", "pyarrow.feather", "pyarrow.orc", "pyarrow.csv", "pyarrow.json", "pyarrow.fs",
    "duckdb", "larcnb.workbook", "larcnb.consortium",
)  # fmt: skip
ABSENT = "Not shown for this place: it would tell of too few families, or adds what cannot be added."
ELSEWHERE = "How many authorities took part is on the page of all authorities."
NOWHERE = "How many authorities took part is not shown: this release has no page of all authorities."
HIDDEN = "every figure is hidden, because it would tell of too few families."
BARS = "A bar is as long as a rounded figure. Suppressed values are shown as [c] and are not zero."
CAVEAT = "if the futures people told of would have happened as agreed, which nobody can know"


@dataclass(frozen=True)
class Words:
    """Sentences that show themselves as paragraphs."""

    lines: tuple[str, ...]
    css: str = "finding"

    def _repr_html_(self) -> str:
        return "".join(f'<p class="{self.css}">{escape(line)}</p>' for line in self.lines)

    def __repr__(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Done:
    """The completion record of a public notebook; it writes nothing."""

    notebook: str
    unit: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/plain": str(self), COMPLETE: {"notebook": self.notebook, "unit": self.unit, "wrote": {}}}

    def __str__(self) -> str:
        return f"{self.notebook} is complete for {self.unit}: a public page writes nothing."


@dataclass(frozen=True, repr=False)
class Page:
    """One place's public page.

    Parameters
    ----------
    notebook, round, place : str
    kind : str
        ``authority``, ``region`` or ``nation``.
    name : str
    about : dict
        ``price_base``, ``preset``, ``wording``, ``long_years``, ``notice``, ``coverage``.
    tables : dict of name to Checked
    manifest : dict
        ``release``, ``number``, ``approvals``, ``places``.
    """

    notebook: str
    round: str
    place: str
    kind: str
    name: str
    about: Mapping[str, str]
    tables: Mapping[str, Checked]
    manifest: Mapping[str, Any] = field(default_factory=dict)

    def table(self, name: str) -> Table | Words:
        """One checked table, its symbols explained below it; a sentence where the page has none."""
        if name not in self.tables:
            return Words((self._elsewhere if name == "authorities" else ABSENT,))
        checked = self.tables[name]
        if checked.rows and not any(cell.value is not None for row in checked.rows for cell in row.cells.values()):
            return Words((f"{checked.title}: {HIDDEN}",))
        money = checked.unit == "gbp"
        columns = [(f"{label} (£)", "gbp") if money else HEADERS[code] for code, label in checked.columns.items()]
        rows = tuple((row.label, *(row.cells[code].text for code in checked.columns)) for row in checked.rows)
        headers, kinds = zip((_first(checked), "text"), *columns, strict=True)
        symbols = (f"{symbol} means {words}." for symbol, words in checked.symbols().items())
        return Table(self._measure(checked), headers, kinds, rows, (*checked.notes, *symbols))

    def figure(self, name: str) -> Figure | Table | Words:
        """One checked table drawn as bars, the longest first; just the table where all of it is hidden."""
        numbers = self.table(name)
        if isinstance(numbers, Words):
            return numbers
        checked = self.tables[name]
        cells = [(row.label, row.cells[next(iter(checked.columns))]) for row in checked.rows]
        if not any(cell.value for _, cell in cells):
            return numbers
        if name != "savings":
            cells.sort(key=lambda cell: -1 if cell[1].value is None else cell[1].value, reverse=True)
        labels = [label for label, _ in cells]
        money = checked.unit == "gbp"
        texts = [f"£{cell.text}" if money and cell.value is not None else cell.text for _, cell in cells]

        def paint(axes):
            bars.one(axes, labels, [cell.value or 0 for _, cell in cells], str, texts=texts)
            if money:
                bars.money_axis(axes)
            else:
                bars.count_axis(axes)

        said = "; ".join(map(" ".join, zip(labels, texts, strict=True)))
        explained = "; ".join(f"{symbol}: {words}" for symbol, words in checked.symbols().items())
        return draw(
            self._message(name, checked), self._measure(checked),
            alt=f"Bar chart. {checked.title}: {said}." + (f" {explained}." if explained else ""),
            numbers=numbers, paint=paint, labels=labels, notes=(BARS, *checked.notes),
        )  # fmt: skip

    def sentence(self, *names: str) -> Words:
        """Sentences of the page.

        Parameters
        ----------
        *names : str
            ``headline`` what families saved, with its caveat · ``costs`` what an episode cost · ``coverage`` whose
            families are counted · ``rounding`` how figures were made safe.
        """
        lines = [line for name in names for line in getattr(self, f"_{name}")()]
        return Words(tuple(codes.words(self.about["wording"], line) for line in lines))

    def finish(self) -> Done:
        """The completion record."""
        return Done(self.notebook, f"public/{self.round}/{self.place}")

    def _headline(self) -> list[str]:
        checked = self.tables.get("savings")
        if checked is None:
            return ["How much families saved is not shown for this place."]
        years = f" over {self.about['long_years']} years" if self.about["long_years"] else ""
        said = [_about(row.cells[FAMILIES]).replace(CONFIDENTIAL, "not shown") for row in checked.rows]
        parts = [f"{_label(row.label)}, {words}" for row, words in zip(checked.rows, said, strict=True)]
        said = f"Costed families ({_about(checked.group)}) by what each would have saved{years}, {CAVEAT}: "
        return [f"{said}{'; '.join(parts)}. There was no comparison group."]

    def _costs(self) -> list[str]:
        checked = self.tables.get("costs")
        if checked is None:
            return ["What an episode cost is not shown for this place."]
        means = {"{process}": checked["process"].cells["mean"], "support": checked["support"].cells["mean"]}
        said = [f"the {word} {'about £' * (cell.value is not None)}{cell.text}" for word, cell in means.items()]
        return [f"On average an episode cost, for each costed family: {' and '.join(said)}, at {self._prices}."]

    def _coverage(self) -> list[str]:
        return [self.about["coverage"]]

    def _rounding(self) -> list[str]:
        checked = next(iter(self.tables.values()), None)
        if checked is None:
            return ["Every table of this place would give a small figure away, so none is shown."]
        return [
            f"Counts of families are to the nearest {checked.base}; counts from 1 to {checked.small} are hidden, and "
            "so is what would give them away. Percentages are of rounded figures."
        ]

    @property
    def _elsewhere(self) -> str:
        """Where the number of authorities is to be found, if this release tells it anywhere."""
        return ELSEWHERE if any(place["kind"] == "nation" for place in self.manifest.get("places", ())) else NOWHERE

    @property
    def _prices(self) -> str:
        return f"{self.about['price_base']} prices"

    def _measure(self, checked: Checked) -> str:
        unit = f", £ at {self._prices}" if checked.unit == "gbp" else ""
        is_named = checked.unit != "authorities" and checked.group.value is not None
        group = f", about {checked.group.text} {checked.group_label.lower()}" if is_named else ""
        return f"{checked.title}{unit}. {self.name}, round {self.round}{group}."

    def _message(self, name: str, checked: Checked) -> str:
        shown = [(row.cells[next(iter(row.cells))], row.label) for row in checked.rows]
        shown = [(cell.value, label) for cell, label in shown if cell.value]
        if checked.unit == "gbp":
            return self.sentence("costs").lines[0]
        if not shown:
            return "No figure can be shown."
        most = max(value for value, _ in shown)
        *others, last = [label for value, label in shown if value == most]
        which, each = (f"{', '.join(others)} and {last}", " each") if others else (last, "")
        of = f" of {_about(checked.group)} families" if checked.group.value else " families"
        return f"{which}: about {most:,}{of}{each}, more than any other shown."

    def _repr_html_(self) -> str:
        notice = f'<p class="notice">{escape(self.about["notice"])}</p>' if self.about["notice"] else ""
        return f'{notice}<p class="context"><strong>{escape(self.name)}</strong>. {escape(self._line())}</p>'

    def __repr__(self) -> str:
        notice = f"{self.about['notice']}\n" if self.about["notice"] else ""
        return f"{notice}{self.name}. {self._line()}"

    def _line(self) -> str:
        return (
            f"Public edition, round {self.round}. Prices of {self.about['price_base']}, set of assumptions: "
            f"{self.about['preset'].replace('_', ' ')}. "
            f"Release {self.manifest['number']}, approved by {self.manifest['approvals']} people."
        )


def open_page(notebook: str, round_name: str, place: str) -> Page:
    """Open a public notebook's page.

    Parameters
    ----------
    notebook : str
        The notebook's name, such as "20_public".
    round_name : str
    place : str
        ``national``, a region's id such as ``region.north-east``, or an authority's slug.

    Raises
    ------
    LarcError
        Nothing was released of the round, the place has no page, or a file is not as it was released.
    """
    root = find_root()
    install_safe_errors(root.path)
    parameters.text("round_name", round_name, codes.DEFAULT_ROUND)
    parameters.text("place", place, "national")
    parameters.check_injected(round_name=round_name, place=place)
    folder = public_folder(root, round_name)
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None:
        shut_out(root, folder)
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError):
        raise LarcError(
            f"There is no public edition of round {round_name} yet. Run larcnb publish --round {round_name}.",
            exit_code=WITHHELD,
        ) from None
    known = {entry["id"]: entry for entry in manifest["places"]}
    if place not in known:
        raise LarcError(
            f"'{place}' has no public page. {nearest(place, known)} Pages: {', '.join(known)}.".replace(".  ", ". "),
            exit_code=WITHHELD,
        )
    try:
        raw = (folder / f"{place}.json").read_bytes()
        if hashlib.sha256(raw).hexdigest() != manifest["files"][f"{place}.json"]:
            raise ValueError("changed")
        plain = json.loads(raw)
        tables = {table["table"]: read_checked(table) for table in plain["tables"]}
    except (OSError, ValueError, KeyError):
        words = f"The page of {place} is not as it was released. Release it again."
        raise LarcError(words, exit_code=WITHHELD) from None
    entry = known[place]
    return Page(notebook, round_name, place, entry["kind"], entry["name"], plain["about"], tables, manifest)


def shut_out(root: Root, folder: Path) -> None:
    """From now on, let this process open no file of the root outside ``folder``, notebooks and code apart.

    Cannot be undone. Readers that open files without Python's knowledge are shut out whole. The private log stays open,
    for errors.
    """
    sys.modules.update(dict.fromkeys(READERS))  # importing any of them now fails
    closed = [os.path.realpath(root.path / name) + os.sep for name in ("data", "params", "private", "reports")]
    allowed = [os.path.realpath(place) + os.sep for place in (folder, root.path / "private" / "logs")]
    log = os.environ.get("LARCNB_PRIVATE_LOG", "")
    kept = os.path.realpath(log) if log else ""

    def look(event: str, arguments: tuple) -> None:
        if event != "open" or not isinstance(arguments[0], str | bytes | os.PathLike):
            return
        path = os.path.realpath(os.fsdecode(arguments[0]))
        if path != kept and path.startswith(tuple(closed)) and not path.startswith(tuple(allowed)):
            raise LarcError("A public notebook opens nothing but its public edition.", exit_code=WITHHELD)

    sys.addaudithook(look)


def _first(checked: Checked) -> str:
    return {"gbp": "What", "authorities": "Authorities"}.get(checked.unit, "Category")


def _label(label: str) -> str:
    return label[:1].lower() + label[1:] if label[:1] != "£" else label


def _about(cell) -> str:
    return f"about {cell.text}" if cell.value is not None else CONFIDENTIAL
