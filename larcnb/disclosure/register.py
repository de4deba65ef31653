"""The register: every release ever made of a root, the families in each of its cells, and what was shown.

In: a root. Out: :class:`Register`, and a new edition's conflicts with old ones, each as an equation (METHOD part 7,
rule 10). One file a release under ``private/register/``, each naming the hash of the one before, so that none can be
lost or changed unnoticed. A family is a keyed hash; the key lies beside them and leaves the folder with them or not at
all.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from larcnb.disclosure.edition import OPEN, Edition, Key, counterparts, from_json
from larcnb.disclosure.families import Known
from larcnb.disclosure.rules import refusal
from larcnb.disclosure.tables import ALL, COSTED, COSTS, FAMILIES, MONEY
from larcnb.files import read_json, write_whole
from larcnb.root import Root

FORMAT = 2
LOST = (
    "Restore private/register from a copy, or go back to the version of larcnb that wrote it. Without it nobody can "
    "say what a new figure would give away."
)


@dataclass(frozen=True)
class Entry:
    """One release as the register keeps it."""

    edition: Edition
    digest: str
    approvers: tuple[str, ...]


class Register:
    """The register of a root."""

    def __init__(self, root: Root) -> None:
        self.folder = root.path / "private" / "register"
        self._salt = self.folder / "salt"
        self._public = root.processed("public")

    def salt(self) -> bytes:
        """The key of the families' hashes; made the first time.

        Raises
        ------
        LarcError
            There are releases and no key; exit code 4.
        """
        if not self._salt.is_file():
            if self._files() or self._published():
                raise refusal(f"The register's key is not there, and releases were made. {LOST}")
            write(self._salt, secrets.token_hex(32) + "\n", 0o600)
        return self._salt.read_bytes().strip()

    def entries(self) -> list[Entry]:
        """Every release, the first one first.

        Raises
        ------
        LarcError
            One is missing, changed or cannot be read, or a page names a release the register lacks; exit code 4.
        """
        found: list[Entry] = []
        before, mark = "", self._mark()
        for number, path in enumerate(self._files(), 1):
            try:
                plain = json.loads(path.read_bytes())
                head = [plain["format"], plain["previous"], plain["salt"]]
                edition = from_json(plain["edition"])
                entry = Entry(edition, plain["digest"], tuple(plain["approvers"]))
                is_whole = head == [FORMAT, before, mark] and edition.number == number
            except (ValueError, KeyError, TypeError, AttributeError):
                is_whole = False
            if not is_whole or path.name != f"{number:04}.json":
                raise refusal(f"The register is not whole at release {number}. {LOST}")
            found.append(entry)
            before = sha(path.read_bytes())
        if self._published() > len(found):
            raise refusal(f"A release was made that the register does not hold. {LOST}")
        return found

    def add(self, edition: Edition, digest: str, approvers: Iterable[str]) -> None:
        """Enter a release; never twice under one number.

        Raises
        ------
        LarcError
            Another release was entered meanwhile; exit code 4.
        """
        paths = self._files()
        if edition.number != len(paths) + 1:
            raise refusal("Another release was made meanwhile. Prepare this one again.")
        plain = {
            "format": FORMAT,
            "previous": sha(paths[-1].read_bytes()) if paths else "",
            "salt": self._mark(),
            "digest": digest,
            "approvers": list(approvers),
            "edition": edition.to_json(),
        }
        text = json.dumps(plain, ensure_ascii=False, separators=(",", ":")) + "\n"
        write(self.folder / f"{edition.number:04}.json", text, 0o600)

    def _mark(self) -> str:
        return sha(self._salt.read_bytes().strip()) if self._salt.is_file() else ""

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9][0-9][0-9][0-9].json"))

    def _published(self) -> int:
        """The highest number of a release whose pages are there."""
        manifests = map(read_json, self._public.glob("*/manifest.json"))
        numbers = (manifest.get("number") for manifest in manifests)
        return max((n if isinstance(n, int) else 1 for n in numbers), default=0)


def known_families(entries: Iterable[Entry]) -> Known:
    """Every family of every release, to be known again."""
    return Known(told for entry in entries for told in entry.edition.facts.marks.values())


@dataclass(frozen=True)
class Conflict:
    """A cell whose difference with one released before is a small figure.

    ``is_lifted``: it is rounded to twice the base of before, which allows a count (and no money).
    """

    key: Key
    equation: str
    is_lifted: bool


def conflicts(edition: Edition, past: Sequence[Edition]) -> list[Conflict]:
    """Find the cells of a new edition that differ by a few families from the same cell released before.

    Looked at is a cell that both editions show, of places that are :func:`counterparts`. ``1 <= families in one and
    not in the other < differing_cases`` is a conflict: the difference of the two figures is a figure of these few.
    """
    found, few = [], edition.rules.differing_cases
    for old in past:
        tables = old.categories()
        cells = [(FAMILIES, ALL), *((COSTS, measure) for measure in MONEY)]
        for table, categories in edition.categories().items():
            cells += [(table, name) for name in categories if name in tables.get(table, ())]
        for place, before in counterparts(edition, old):
            lifted = edition.rules.base(place.kind) >= 2 * old.rules.base(before.kind)
            for cell in cells:
                key, earlier = (place.id, *cell), (before.id, *cell)
                both = edition.status.get(key), old.status.get(earlier)
                if set(both) <= {*OPEN} and 1 <= _change(edition, key, old, earlier) < few:
                    words = _equation(edition, key, old, earlier)
                    found.append(Conflict(key, words, lifted))
    return found


def _change(edition: Edition, key: Key, old: Edition, earlier: Key) -> int:
    """How many families are in one cell and not in the other, or have another amount."""
    _, table, category = key
    base, before = edition.places[key[0]].base, old.places[earlier[0]].base
    cell = (FAMILIES, COSTED) if table == COSTS else (table, category)
    change = len(edition.families(base, *cell) ^ old.families(before, *cell))
    if table == COSTS:
        now, then = edition.paid(base, category), old.paid(before, category)
        change += sum(now[family] != then[family] for family in now.keys() & then.keys())
    return change


def _equation(edition: Edition, key: Key, old: Edition, earlier: Key) -> str:
    place, table, category = key
    cell = f"{table}, {category.replace('.', ', ').replace('_', ' ')}"
    now, then = "an amount", "an amount"
    if table != COSTS:
        now, then = edition.rounded(key), old.rounded(earlier)
    return (
        f"{place}, {FAMILIES if category == ALL else cell}: {now} (this release) - {then} "
        f"(release {old.number}, round {old.facts.round}) = 1 to "
        f"{edition.rules.differing_cases - 1} families who came, went or changed"
    )


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file in a folder that is made for it; a reader finds the old text or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text, mode)


def sha(raw: bytes) -> str:
    """SHA-256 of some bytes."""
    return hashlib.sha256(raw).hexdigest()
