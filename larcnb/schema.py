"""The one field list: what each table holds, what a cell may say, and which rows must be unique.

In: ``schema.csv``, a row a column and, before them, a row for their table. Out: :data:`RETURN`,
:data:`NATIONAL` and :data:`LOCAL` (figures of real authorities), from which the readers, the return template, the data
dictionary and the typed Parquet files are made. Rules over several cells stand in :mod:`larcnb.returns.rules`.
"""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path

from larcnb import codes

KINDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
"""What a cell of each kind may hold, in words."""


@dataclass(frozen=True)
class Field:
    """One column.

    Parameters
    ----------
    name : str
        The column's name.
    about : str
        What it says, with its unit.
    kind : str
        ``id`` text compared as written · ``code`` a word of ``allowed`` · ``codes`` such words, space-separated ·
        ``item`` and ``future`` codes of the national tables · ``name`` a new code · ``date`` · ``whole`` and
        ``number`` within ``low`` to ``high`` (``above`` shuts out ``low`` itself) · ``year`` a financial year such
        as 2010-11 · ``text``.
    blank : bool
        The cell may be empty (a rule in :mod:`larcnb.returns.rules` may say when it must be).
    allowed : dict of str
        The vocabulary of a ``code``: each with its label.
    optional : bool
        A return may lack the column: it is then blank.
    private : bool
        Free text about families: it never reaches a public edition, an error message or a log.
    """

    name: str
    about: str
    kind: str = "text"
    blank: bool = False
    allowed: Mapping[str, str] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    above: bool = False
    private: bool = False
    optional: bool = False

    @property
    def numeric(self) -> bool:
        """The column holds numbers."""
        return self.kind in ("whole", "number")

    @property
    def rule(self) -> str:
        """What a cell may hold, in one sentence without its full stop."""
        said = KINDS[self.kind].format(allowed=", ".join(self.allowed), range=self._range)
        return said + (", or blank" if self.blank else "")

    @property
    def _range(self) -> str:
        low = "" if self.low is None else f" {'above' if self.above else 'from'} {self.low:g}"
        return low + ("" if self.high is None else f" to {self.high:g}")


@dataclass(frozen=True)
class Table:
    """One table: its fields in order, and the columns that together must be unique."""

    name: str
    about: str
    fields: tuple[Field, ...]
    unique: tuple[str, ...] = ()

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that every file of the table has, in order."""
        return tuple(field.name for field in self.fields if not field.optional)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All columns, the optional ones too, in order."""
        return tuple(field.name for field in self.fields)

    def __getitem__(self, name: str) -> Field:
        return self.fields[self.names.index(name)]

    def field(self, name: str) -> Field | None:
        """The column of a name, or None."""
        return self[name] if name in self.names else None


def _words(vocabulary: str) -> dict[str, str]:
    """The codes of a vocabulary with their labels; of one in parts, those of all its parts."""
    words = getattr(codes, vocabulary) if vocabulary else {}
    parts = [part for part in words.values() if isinstance(part, dict)] or [words]
    labels = {code: label for part in parts for code, label in part.items()}
    return {code: v[0] if isinstance(v, list) else str(v) for code, v in labels.items()}


def _field(row: dict[str, str]) -> Field:
    flags = {rule: True for rule in row["rules"].split() if rule != "unique"}
    ends = {end: float(row[end]) for end in ("low", "high") if row[end]}
    allowed = _words(row["codes"])
    return Field(row["field"], row["about"], row["kind"], allowed=allowed, **ends, **flags)


def _tables() -> dict[str, dict[str, Table]]:
    with Path(__file__).with_name("schema.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    tables: dict[str, dict[str, Table]] = {"return": {}, "national": {}, "local": {}}
    for (group, name), of in groupby(rows, lambda row: (row["tables"], row["table"])):
        table, *fields = of
        unique = tuple(row["field"] for row in fields if "unique" in row["rules"].split())
        tables[group][name] = Table(name, table["about"], tuple(map(_field, fields)), unique)
    return tables


RETURN, NATIONAL, LOCAL = _tables().values()
UNIT_COSTS = NATIONAL["unit_costs"]
