"""A public notebook's only way to figures: the checked tables of one place, and nothing else of the root.

In: a round and a place (``national``, a region's id or an authority's slug). Out: :class:`Page`, whose tables, figures
and sentences hold nothing that is not in its checked tables. Once a page is open, the notebook's process can open no
file of the root's data, params, private or reports folders but the public edition's own.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from larcnb import codes, parameters
from larcnb.disclosure import Checked, public_folder, read_checked
from larcnb.disclosure.checked import CONFIDENTIAL, FAMILIES, Cell
from larcnb.errors import WITHHELD, LarcError, nearest
from larcnb.files import COMPLETE
from larcnb.root import Root, find_root
from larcnb.safety import install_safe_errors
from larcnb.show import Figure, Table, bars, listed, say
from larcnb.show.sentences import Said

HEADERS = {
    "families": ("Families", "count"),
    "share": ("Share (%)", "share"),
    "number": ("Number", "count"),
}
READERS = (
    "pyarrow.parquet",
    "pyarrow.dataset",
    "pyarrow.feather",
    "pyarrow.orc",
    "pyarrow.csv",
    "pyarrow.json",
    "pyarrow.fs",
    "duckdb",
    "larcnb.workbook",
    "larcnb.consortium",
)
ABSENT = (
    "Not shown for this place: it would tell of too few families, or adds what cannot be added."
)
ELSEWHERE = "How many authorities took part is on the page of all authorities."
NOWHERE = (
    "How many authorities took part is not shown: this release has no page of all authorities."
)
HIDDEN = "every figure is hidden, because it would tell of too few families."
ZEROS = "Suppressed values have no bar, and are not zero."
UPPER = "It counts every outcome people expected in full and takes it as prevented: an upper bound, not an estimate."
EXPECTED = "It rests on what people expected without the help, which nobody can know."


@dataclass(frozen=True)
class Done:
    """The completion record of a public notebook; it writes nothing."""

    notebook: str
    unit: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {
            "text/plain": str(self),
            COMPLETE: {"notebook": self.notebook, "unit": self.unit, "wrote": {}},
        }

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

    def frame(self, name: str) -> pd.DataFrame:
        """One checked table as a frame: rounded figures, and ``[c]`` and the like for what is not shown.

        Returns
        -------
        DataFrame indexed by category
            ``families`` and ``share`` (per cent), or for ``costs`` the statistics (GBP); no rows where the page has no
            such table.
        """
        checked = self.tables.get(name)
        rows = checked.rows if checked else ()
        columns = list(checked.columns) if checked else ["families", "share"]
        return pd.DataFrame(
            [
                [
                    cell.symbol if cell.value is None else cell.value
                    for cell in (row.cells[code] for code in columns)
                ]
                for row in rows
            ],
            index=pd.Index([row.label for row in rows], name="category"),
            columns=columns,
            dtype=object,
        )

    def table(self, name: str) -> Table | Said:
        """One checked table, its symbols explained below it; a sentence where the page has none."""
        if name not in self.tables:
            return say(self._elsewhere if name == "authorities" else ABSENT)
        checked = self.tables[name]
        if checked.rows and not any(
            cell.value is not None for row in checked.rows for cell in row.cells.values()
        ):
            return say(f"{checked.title}: {HIDDEN}")
        money = checked.unit == "gbp"
        columns = [
            (f"{label} (£)", "gbp") if money else HEADERS[code]
            for code, label in checked.columns.items()
        ]
        rows = tuple(
            (row.label, *(row.cells[code].text for code in checked.columns)) for row in checked.rows
        )
        headers, kinds = zip((_first(checked), "text"), *columns, strict=True)
        return Table(
            self._measure(checked),
            headers,
            kinds,
            rows,
            (*_symbols(checked), *checked.notes),
            most=len(rows),
        )

    def figure(self, name: str, frame: pd.DataFrame | None = None) -> Figure | Table | Said:
        """One checked table drawn as bars, its symbols explained beside them; just the table where all of it is hidden.

        Parameters
        ----------
        name : str
        frame : DataFrame, optional
            :meth:`frame` of it with its rows in the order to draw; left out, in the table's own.
        """
        numbers, frame = self.table(name), self.frame(name) if frame is None else frame
        if isinstance(numbers, Said):
            return numbers
        checked = self.tables[name]
        first = frame.iloc[:, 0]
        if not pd.to_numeric(first, errors="coerce").gt(0).any():
            return numbers
        symbols = _symbols(checked)
        notes = (*symbols, ZEROS * bool(symbols), *checked.notes)
        drawn = bars(
            first,
            self._message(name, checked),
            unit="families",
            what=checked.title,
            notes=filter(None, notes),
            most=len(first),
        )
        texts = {row.label: row.cells[next(iter(row.cells))].text for row in checked.rows}
        said = "; ".join(f"{label} {texts[label]}" for label in first.index)
        alt = " ".join([f"Bar chart. {checked.title}: {said}.", *symbols])
        return replace(drawn, measure=self._measure(checked), alt=alt, numbers=numbers)

    def sentence(self, *names: str) -> Said:
        """Sentences of the page.

        Parameters
        ----------
        *names : str
            ``headline`` what families saved, with its caveats · ``costs`` what an episode cost · ``coverage`` whose
            families are counted · ``rounding`` how figures were made safe.
        """
        lines = [line for name in names for line in getattr(self, f"_{name}")()]
        return say(*(codes.words(self.about["wording"], line) for line in lines), finding=True)

    def finish(self) -> Done:
        """The completion record."""
        return Done(self.notebook, f"public/{self.round}/{self.place}")

    def _headline(self) -> list[str]:
        if "savings" not in self.tables:
            return ["How much families saved is not shown for this place."]
        scenario = self.about["preset"]
        limit = UPPER if codes.PRESET["larc"] in scenario else EXPECTED
        return [
            f"{self._saved()} Help costs money at once, and what it may prevent lies years ahead.",
            f"This is the scenario {scenario}. {limit} There was no comparison group, so nobody can say how much the "
            "help brought about.",
        ]

    def _saved(self) -> str:
        """How many families made a net cost and how many saved how much, in one sentence."""
        checked = self.tables["savings"]
        found = self._bands
        shown = [
            f"about {cell.text} would have {did}"
            for did, cell in found.items()
            if cell.value is not None
        ]
        hidden = [did for did, cell in found.items() if cell.value is None]
        said = [
            f"Of {_about(checked.group)} costed families, {listed(shown)}{self._years}"
            if shown
            else ""
        ]
        said += [f"how many would have {listed(hidden)} is not shown"] if hidden else []
        words = "; ".join(filter(None, said))
        return f"{words[:1].upper()}{words[1:]}."

    @property
    def _bands(self) -> dict[str, Cell]:
        """What the families of each band of the saving did, and how many they are."""
        return {
            "made a net cost" if "cost" in row.label else f"saved {_label(row.label)}": row.cells[
                FAMILIES
            ]
            for row in self.tables["savings"].rows
        }

    @property
    def _years(self) -> str:
        return f" over {self.about['long_years']} years" if self.about["long_years"] else ""

    def _costs(self) -> list[str]:
        checked = self.tables.get("costs")
        if checked is None:
            return ["What an episode cost is not shown for this place."]
        means = {
            "{process}": checked["process"].cells["mean"],
            "support": checked["support"].cells["mean"],
        }
        said = [
            f"the {word} {'about £' * (cell.value is not None)}{cell.text}"
            for word, cell in means.items()
        ]
        return [
            f"On average an episode cost, for each costed family: {' and '.join(said)}, at {self._prices}."
        ]

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
        return (
            ELSEWHERE
            if any(place["kind"] == "nation" for place in self.manifest.get("places", ()))
            else NOWHERE
        )

    @property
    def _prices(self) -> str:
        return f"{self.about['price_base']} prices"

    def _measure(self, checked: Checked) -> str:
        unit = f", £ at {self._prices}" if checked.unit == "gbp" else ""
        is_named = checked.unit != "authorities" and checked.group.value is not None
        group = f", about {checked.group.text} {checked.group_label.lower()}" if is_named else ""
        return f"{checked.title}{unit}. {self.name}, round {codes.round_label(self.round)}{group}."

    def _message(self, name: str, checked: Checked) -> str:
        shown = [(row.cells[next(iter(row.cells))], row.label) for row in checked.rows]
        shown = [(cell.value, label) for cell, label in shown if cell.value]
        if name == "savings":
            return self._saved().rstrip(".").partition("; how many")[0]
        if not shown:
            return "No figure can be shown"
        most = max(value for value, _ in shown)
        *others, last = [label for value, label in shown if value == most]
        which, each = (f"{', '.join(others)} and {last}", " each") if others else (last, "")
        of = f" of {_about(checked.group)} families" if checked.group.value else " families"
        return f"{which}: about {most:,}{of}{each}, more than any other shown"

    def _repr_html_(self) -> str:
        notice = (
            f'<p class="notice">{escape(self.about["notice"])}</p>' if self.about["notice"] else ""
        )
        return f'{notice}<p class="context"><strong>{escape(self.name)}</strong>. {escape(self._line())}</p>'

    def __repr__(self) -> str:
        notice = f"{self.about['notice']}\n" if self.about["notice"] else ""
        return f"{notice}{self.name}. {self._line()}"

    def _line(self) -> str:
        return (
            f"Public edition, round {codes.round_label(self.round)}. Prices of {self.about['price_base']}. Scenario: "
            f"{self.about['preset']}. Release {self.manifest['number']}."
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
            f"'{place}' has no public page. {nearest(place, known)} Pages: {', '.join(known)}.".replace(
                ".  ", ". "
            ),
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
    return Page(
        notebook, round_name, place, entry["kind"], entry["name"], plain["about"], tables, manifest
    )


def shut_out(root: Root, folder: Path) -> None:
    """From now on, let this process open no file of the root outside ``folder``, notebooks and code apart.

    Cannot be undone. Readers that open files without Python's knowledge are shut out whole. The private log stays open,
    for errors.
    """
    sys.modules.update(dict.fromkeys(READERS))  # importing any of them now fails
    closed = [
        os.path.realpath(root.path / name) + os.sep
        for name in ("data", "params", "private", "reports")
    ]
    allowed = [
        os.path.realpath(place) + os.sep for place in (folder, root.path / "private" / "logs")
    ]
    log = os.environ.get("LARCNB_PRIVATE_LOG", "")
    kept = os.path.realpath(log) if log else ""

    def look(event: str, arguments: tuple) -> None:
        if event != "open" or not isinstance(arguments[0], str | bytes | os.PathLike):
            return
        path = os.path.realpath(os.fsdecode(arguments[0]))
        if path != kept and path.startswith(tuple(closed)) and not path.startswith(tuple(allowed)):
            raise LarcError(
                "A public notebook opens nothing but its public edition.", exit_code=WITHHELD
            )

    sys.addaudithook(look)


def _first(checked: Checked) -> str:
    return {"gbp": "What", "authorities": "Authorities"}.get(checked.unit, "Category")


def _symbols(checked: Checked) -> tuple[str, ...]:
    """What each symbol of a table means, a sentence each."""
    return tuple(f"{symbol} means {words}." for symbol, words in checked.symbols().items())


def _label(label: str) -> str:
    return label[:1].lower() + label[1:] if label[:1] != "£" else label


def _about(cell) -> str:
    return f"about {cell.text}" if cell.value is not None else CONFIDENTIAL
