"""A public notebook's only way to figures: the checked tables of one place, and nothing else of the root.

In: a round and a place (``national``, a region's id or an authority's slug). Out: :class:`PublicPage`, whose tables,
figures and sentences hold nothing that is not in its checked tables. Once a page is open, the notebook's process can
open no file of the root's data, params, private or reports folders but the public edition's own.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from larcnb import codes, show
from larcnb.disclosure import Cell, CheckedTable, public_folder, read_checked
from larcnb.disclosure.checked import CONFIDENTIAL
from larcnb.errors import did_you_mean, withheld
from larcnb.files import hash_file, read_json
from larcnb.notebook import Completion, enter, running_shell
from larcnb.root import Root
from larcnb.show import Figure, Table, bars, listed, say
from larcnb.show.html import HTML
from larcnb.show.sentences import Shown, phrase

READERS = [f"pyarrow.{of}" for of in ("parquet", "dataset", "feather", "orc", "csv", "json", "fs")]
READERS += ["duckdb", "larcnb.workbook", "larcnb.consortium"]


@dataclass(frozen=True, repr=False)
class PublicPage:
    """One place's public page.

    Parameters
    ----------
    notebook, round, place, name : str
    about : dict
        ``price_base``, ``preset``, ``wording``, ``long_years``, ``notice``, ``coverage``.
    tables : dict of name to CheckedTable
    manifest : dict
        ``release``, ``number``, ``approvals``, ``places``.
    """

    notebook: str
    round: str
    place: str
    name: str
    about: Mapping[str, str]
    tables: Mapping[str, CheckedTable]
    manifest: Mapping[str, Any]

    def frame(self, name: str) -> pd.DataFrame:
        """One checked table as a frame: rounded figures, and ``[c]`` and the like for what is not shown.

        Returns
        -------
        DataFrame indexed by category
            ``families`` and ``share`` (per cent), or for ``costs`` the statistics (GBP); no rows where the page has no
            such table.
        """
        if name not in self.tables:
            return pd.DataFrame(columns=["families", "share"], index=pd.Index([], name="category"))
        columns = list(self.tables[name].columns)
        shown = {row.label: [row.cells[code] for code in columns] for row in self.tables[name].rows}
        frame = pd.DataFrame.from_dict(shown, "index", columns=columns, dtype=object)
        frame = frame.map(lambda cell: cell.symbol if cell.value is None else cell.value)
        return frame.rename_axis("category")

    def table(self, name: str) -> Table | Shown:
        """One checked table, its symbols explained below it; a sentence where the page has none."""
        if name not in self.tables:
            return say(phrase("public_elsewhere" if name == "authorities" else "public_absent"))
        checked = self.tables[name]
        cells = [cell for row in checked.rows for cell in row.cells.values()]
        if cells and all(cell.value is None for cell in cells):
            return say(phrase("public_hidden", title=checked.title))
        first = {"gbp": "What", "authorities": "Authorities"}.get(checked.unit, "Category")
        frame = self.frame(name).rename_axis(first)
        look = {"notes": (*checked.symbols(), *checked.notes), "most": len(frame)}
        look["formats"] = dict.fromkeys(frame, "gbp" if checked.unit == "gbp" else "count")
        look["labels"] = {**checked.columns, "number": "Number", "share": "Share (%)"}
        return show.table(frame, self._measure(checked), **look)

    def figure(self, name: str, frame: pd.DataFrame) -> Figure | Table | Shown:
        """One checked table drawn as bars, its symbols explained beside them; just the table where all of it is hidden.

        Parameters
        ----------
        name : str
        frame : DataFrame
            :meth:`frame` of it with its rows in the order to draw.
        """
        numbers, first = self.table(name), frame.iloc[:, 0]
        values = pd.to_numeric(first, errors="coerce")
        if isinstance(numbers, Shown) or not values.gt(0).any():
            return numbers
        checked = self.tables[name]
        symbols = checked.symbols()
        zeros = [phrase("public_zeros")] * bool(values.isna().any())
        words = {"what": checked.title, "notes": [*symbols, *zeros, *checked.notes]}
        drawn = bars(first, self._message(name), unit="families", most=len(first), **words)
        texts = {label: text for label, text, *_ in numbers.rows}
        said = "; ".join(f"{label} {texts[label]}" for label in first.index)
        alt = " ".join([f"Bar chart. {checked.title}: {said}.", *symbols])
        return replace(drawn, measure=numbers.caption, alt=alt, numbers=numbers)

    def sentence(self, *names: str) -> Shown:
        """Sentences of the page.

        Parameters
        ----------
        *names : str
            ``headline`` what families saved, with its caveats · ``costs`` what an episode cost · ``coverage`` whose
            families are counted · ``follow_up`` what came all the same · ``rounding`` how figures were made safe.
        """
        lines = [getattr(self, f"_{name}")() for name in names]
        return say(*"\n".join(lines).splitlines(), finding=True)

    def finish(self) -> Completion:
        """The completion record; a public notebook writes nothing."""
        return Completion(self.notebook, f"public/{self.round}/{self.place}", {})

    def _headline(self) -> str:
        if "savings" not in self.tables:
            return phrase("public_no_saving")
        scenario, saved = self.about["preset"], self._saved()
        limit = "public_upper" if codes.PRESET["larc"] in scenario else "public_expected"
        return phrase("public_headline", saved=saved, scenario=scenario, limit=phrase(limit))

    def _saved(self) -> str:
        """How many families made a net cost and how many saved how much, in one sentence."""
        checked, shown, hidden = self.tables["savings"], [], []
        for row in checked.rows:
            cell, label = row.cells["families"], row.label[:1].lower() + row.label[1:]
            did = f"made {label}" if "cost" in label else f"saved {label}"
            if cell.value is None:
                hidden.append(did)
            else:
                shown.append(f"{_about(cell)} would have {did}")
        if not shown:
            return phrase("public_hidden", title=checked.title)
        said = f"Of {_about(checked.group)} costed families, {listed(shown)}"
        if self.about["long_years"]:
            said += f" over {self.about['long_years']} years"
        if hidden:
            said += f"; how many would have {listed(hidden)} is not shown"
        return f"{said}."

    def _costs(self) -> str:
        checked = self.tables.get("costs")
        if checked is None:
            return phrase("public_no_costs")
        means = (checked[name].cells["mean"] for name in ("process", "support"))
        cost, support = (f"about £{mean.text}" if mean.value else mean.text for mean in means)
        wording, base = self.about["wording"], self.about["price_base"]
        return phrase("public_costs", wording, cost=cost, support=support, base=base)

    def _follow_up(self) -> str:
        checked = self.tables.get("follow_up")
        if checked is None:
            return phrase("public_absent")
        came = checked["came"].cells["families"]
        known = "public_came" if came.value is not None else "public_came_hidden"
        followed = _about(checked.group) if checked.group.value else "some"
        return phrase("public_followed", followed=followed, came=phrase(known, came=_about(came)))

    def _coverage(self) -> str:
        return self.about["coverage"]

    def _rounding(self) -> str:
        checked = next(iter(self.tables.values()), None)
        if checked is None:
            return phrase("public_none")
        return phrase("public_rounding", base=checked.base, small=checked.small)

    def _measure(self, checked: CheckedTable) -> str:
        unit = f", £ at {self.about['price_base']} prices" if checked.unit == "gbp" else ""
        is_named = checked.unit != "authorities" and checked.group.value is not None
        group = f", about {checked.group.text} {checked.group_label.lower()}" if is_named else ""
        return f"{checked.title}{unit}. {self.name}, round {codes.round_label(self.round)}{group}."

    def _message(self, name: str) -> str:
        if name == "savings":
            return self._saved().rstrip(".").partition("; how many")[0]
        checked = self.tables[name]
        values = {row.label: row.cells["families"].value or 0 for row in checked.rows}
        most = max(values.values())
        names = [label for label, value in values.items() if value == most]
        of = f" of {_about(checked.group)} families" if checked.group.value else " families"
        each = " each" * (len(names) > 1)
        most_of_all = ", more than any other shown" * (len(names) < len(values))
        names[3:] = ["more"] * (len(names) > 3)  # not how many: that is in no table
        return f"{listed(names)}: about {most:,}{of}{each}{most_of_all}"

    def _repr_html_(self) -> str:
        return str(HTML.context({"name": self.name, **self.about}, self._line()))

    def __repr__(self) -> str:
        return f"{self.about['notice']}\n{self.name}. {self._line()}".lstrip()

    def _line(self) -> str:
        edition = f"Public edition, round {codes.round_label(self.round)}"
        figures = f"Prices of {self.about['price_base']}. Scenario: {self.about['preset']}"
        return f"{edition}. {figures}. Release {self.manifest['number']}."


def open_page(notebook: str, round_name: str, place: str) -> PublicPage:
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
        A parameter is of the wrong kind or was lost (exit code 2); nothing was released of the round, the place has no
        page, or a file is not as it was released (4).
    """
    root = enter(round_name=round_name, place=place)
    folder = public_folder(root, round_name)
    if running_shell() is not None:
        shut_out(root, folder)
    if not (manifest := read_json(folder / "manifest.json")):
        words = f"There is no public edition of round {round_name} yet."
        raise withheld(f"{words} Run larcnb publish --round {round_name}.")
    known = {entry["id"]: entry for entry in manifest["places"]}
    if place not in known:
        words = f"'{place}' has no public page. Pages: {', '.join(known)}."
        raise withheld(f"{words} {did_you_mean(place, known)}".strip())
    try:
        path = folder / f"{place}.json"
        if hash_file(path) != manifest["files"][path.name]:
            raise ValueError("changed")
        plain = read_json(path)
        tables = {table["table"]: read_checked(table) for table in plain["tables"]}
    except (ValueError, KeyError):
        words = f"The page of {place} is not as it was released. Release it again."
        raise withheld(words) from None
    name, about = known[place]["name"], plain["about"]
    return PublicPage(notebook, round_name, place, name, about, tables, manifest)


def shut_out(root: Root, folder: Path) -> None:
    """From now on, let this process open no file of the root outside ``folder``, notebooks and code apart.

    Cannot be undone. Whoever opens one all the same gets a LarcError (exit code 4); readers that open files without
    Python's knowledge cannot be imported any more. The private log stays open, for errors.
    """
    sys.modules.update(dict.fromkeys(READERS))  # importing any of them now fails

    def inside(*places: Path | str) -> tuple[str, ...]:
        return tuple(os.path.realpath(place) + os.sep for place in places)

    closed = inside(*(root.path / name for name in ("data", "params", "private", "reports")))
    allowed = inside(folder, root.path / "private" / "logs")

    def look(event: str, arguments: tuple) -> None:
        if event != "open" or not isinstance(arguments[0], str | bytes | os.PathLike):
            return
        path = os.path.realpath(os.fsdecode(arguments[0]))
        if path.startswith(closed) and not path.startswith(allowed):
            raise withheld("A public notebook opens nothing but its public edition.")

    sys.addaudithook(look)


def _about(cell: Cell) -> str:
    if cell.value == 0:
        return "none"
    return f"about {cell.text}" if cell.value else CONFIDENTIAL
