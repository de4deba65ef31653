"""The register: every release ever made of a root, the families in each of its cells, and what was shown.

In: a root. Out: :class:`Register`, and a new edition's conflicts with old ones, each as an equation (METHOD part 7,
rule 10). One file a release under ``private/register/``, each naming the hash of the one before, so that none can be
lost or changed unnoticed. A family is a keyed hash; the key lies beside them and leaves the folder with them or not at
all.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from larcnb.disclosure.draft import OPEN, Key
from larcnb.disclosure.edition import Edition, from_json
from larcnb.disclosure.places import Place
from larcnb.disclosure.rounding import to_base
from larcnb.disclosure.spec import ALL, COSTS, MONEY
from larcnb.errors import WITHHELD, LarcError
from larcnb.root import Root

SALT = "salt"
LOST = "Restore private/register from a copy. Without it nobody can say what a new figure would give away."


@dataclass(frozen=True)
class Entry:
    """One release as the register keeps it."""

    edition: Edition
    digest: str
    approvers: tuple[str, ...]
    files: Mapping[str, str]


@dataclass(frozen=True)
class Conflict:
    """A cell whose difference with one released before is a small figure."""

    key: Key
    equation: str
    is_money: bool
    is_lifted: bool
    """Rounded to twice the base of before, which allows a count (and no money)."""


class Register:
    """The register of a root."""

    def __init__(self, root: Root) -> None:
        self.folder = root.path / "private" / "register"
        self._public = root.path / "data" / "processed" / "public"

    def salt(self) -> bytes:
        """The key of the families' hashes; made the first time.

        Raises
        ------
        LarcError
            There are releases and no key; exit code 4.
        """
        path = self.folder / SALT
        if not path.is_file():
            if self._files() or self._published():
                raise LarcError(
                    f"The register's key is not there, and releases were made. {LOST}",
                    exit_code=WITHHELD,
                )
            self.folder.mkdir(parents=True, exist_ok=True)
            _write_new(path, (secrets.token_hex(32) + "\n").encode())
        return path.read_bytes().strip()

    def entries(self) -> list[Entry]:
        """Every release, the first one first.

        Raises
        ------
        LarcError
            One is missing, changed or cannot be read, or a page names a release the register lacks; exit code 4.
        """
        found, before = [], ""
        salt = self.folder / SALT
        mark = _sha(salt.read_bytes().strip()) if salt.is_file() else ""
        for number, path in enumerate(self._files(), 1):
            raw = path.read_bytes()
            try:
                plain = json.loads(raw)
                entry = Entry(
                    from_json(plain["edition"]),
                    plain["digest"],
                    tuple(plain["approvers"]),
                    plain["files"],
                )
                whole = (
                    plain["previous"] == before
                    and plain["salt"] == mark
                    and entry.edition.number == number
                )
            except (ValueError, KeyError, TypeError):
                whole = False
            if not whole or path.name != f"{number:04}.json":
                raise LarcError(
                    f"The register is not whole at release {number}. {LOST}", exit_code=WITHHELD
                )
            found.append(entry)
            before = _sha(raw)
        if self._published() > len(found):
            raise LarcError(
                f"A release was made that the register does not hold. {LOST}", exit_code=WITHHELD
            )
        return found

    def add(
        self, edition: Edition, digest: str, approvers: Iterable[str], files: Mapping[str, str]
    ) -> None:
        """Enter a release; never twice under one number.

        Raises
        ------
        LarcError
            Another release was entered meanwhile; exit code 4.
        """
        paths = self._files()
        plain = {
            "previous": _sha(paths[-1].read_bytes()) if paths else "",
            "salt": _sha(self.salt()),
            "digest": digest,
            "approvers": list(approvers),
            "files": dict(files),
            "edition": edition.to_json(),
        }
        raw = (json.dumps(plain, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
        try:
            if edition.number != len(paths) + 1:
                raise FileExistsError
            _write_new(self.folder / f"{edition.number:04}.json", raw)
        except FileExistsError:
            raise LarcError(
                "Another release was made meanwhile. Prepare this one again.", exit_code=WITHHELD
            ) from None

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9][0-9][0-9][0-9].json"))

    def _published(self) -> int:
        """The highest number of a release whose pages are there."""
        numbers = [0]
        for path in self._public.glob("*/manifest.json"):
            try:
                numbers.append(int(json.loads(path.read_text("utf-8"))["number"]))
            except (ValueError, KeyError, TypeError):
                numbers.append(1)
        return max(numbers)


def conflicts(edition: Edition, past: Sequence[Edition]) -> list[Conflict]:
    """Find the cells of a new edition that differ by a few families from the same cell released before.

    A cell of both editions is looked at where both show it; two places are the same if they have one name or almost
    the same families. ``1 <= families in one and not in the other < differing_cases`` is a conflict: the difference of
    the two figures is a figure of these few.
    """
    found = []
    for old in past:
        for place, before in _same_places(edition, old):
            lifted = edition.rules.base(place.kind) >= 2 * old.rules.base(before.kind)
            for table, category in _cells(edition, old):
                key, earlier = (place.id, table, category), (before.id, table, category)
                if not _both_show(edition, key, old, earlier):
                    continue
                change = _change(edition, place, old, before, table, category)
                if 1 <= change < edition.rules.differing_cases:
                    words = _equation(edition, key, old, earlier)
                    found.append(Conflict(key, words, table == COSTS, lifted))
    return found


def _same_places(edition: Edition, old: Edition) -> list[tuple[Place, Place]]:
    groups = {place: edition.families(place) for place in edition.places}
    earlier = {place: old.families(place) for place in old.places}
    few = edition.rules.differing_cases
    pairs = []
    for place, families in groups.items():
        for before, those in earlier.items():
            if place == before:
                alike = bool(families & those)
            else:
                alike = abs(len(families) - len(those)) < few and len(families ^ those) < few
            if alike:
                pairs.append((edition.places[place], old.places[before]))
    return pairs


def _cells(edition: Edition, old: Edition) -> list[tuple[str, str]]:
    names = [("families", ALL)]
    for table in edition.adds_up:
        names += [(table, c) for c in edition.categories(table) if c in old.categories(table)]
    return names + [(COSTS, measure.name) for measure in MONEY]


def _both_show(edition: Edition, key: Key, old: Edition, earlier: Key) -> bool:
    return edition.status.get(key) in OPEN and old.status.get(earlier) in OPEN


def _change(
    edition: Edition, place: Place, old: Edition, before: Place, table: str, category: str
) -> int:
    """How many families are in one cell and not in the other, or have another amount."""
    if table != COSTS:
        return len(
            edition.families(place.id, table, category) ^ old.families(before.id, table, category)
        )
    now, then = (
        edition.families(place.id, "families", "costed"),
        old.families(before.id, "families", "costed"),
    )
    new = frozenset().union(
        *(edition.pairs.get((slug, category), frozenset()) for slug in place.base)
    )
    past = frozenset().union(
        *(old.pairs.get((slug, category), frozenset()) for slug in before.base)
    )
    return len(now ^ then) + len(new - past) - len(now - then)


def _equation(edition: Edition, key: Key, old: Edition, earlier: Key) -> str:
    place, table, category = key
    few = edition.rules.differing_cases - 1
    what = (
        "families"
        if category == ALL
        else f"{table}, {category.replace('.', ', ').replace('_', ' ')}"
    )
    now = edition.shown.get(key, "") or str(
        to_base(
            len(edition.families(place, table, category)),
            edition.rules.base(edition.places[place].kind),
        )
    )
    return (
        f"{place}, {what}: {now} (this release) - {old.shown.get(earlier, 'the figure')} (release {old.number}, "
        f"round {old.round}) = 1 to {few} families who came, went or changed"
    )


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole, and only where there is none."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(scratch, path)
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links
        if path.exists():
            raise FileExistsError from None
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def _sha(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def plain_value(value: Any) -> str:
    """SHA-256 of a value that JSON can hold."""
    return _sha(json.dumps(value, sort_keys=True, ensure_ascii=True).encode())
