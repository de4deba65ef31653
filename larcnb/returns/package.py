"""The outside of a workbook: is it one, is it of a size a return can have, and what sheets has it.

In: an ``.xlsx`` file. Out: :class:`Package`, whose parts are read one at a time and never beyond what the
archive's list of contents says; or :class:`Unreadable`, in an analyst's words. Everything that can be
refused without unpacking is (other formats, passwords, zip bombs), then entities as the XML is read.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from xml.parsers import expat

from larcnb.returns.files import LARGEST_BYTES

MOST_PARTS_BYTES = 500_000
MOST_RATIO, RATIO_FROM = 100, 10_000_000
CHUNK = 1 << 16
SAVE_AGAIN = "Open it in Excel and save it again as an Excel workbook (.xlsx)."
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
NOT_SHOWN_AS_DATE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
DATE_STYLES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError, IndexError, OverflowError,
    NotImplementedError, RuntimeError, struct.error, expat.ExpatError,
)  # fmt: skip


class Unreadable(Exception):
    """The file, or one of its parts, cannot be read: code, message and what to do."""

    def __init__(self, code: str, message: str, todo: str = SAVE_AGAIN) -> None:
        super().__init__(message)
        self.code, self.message, self.todo = code, message, todo


@dataclass(frozen=True)
class SheetPart:
    """A sheet: its name as written, the part that holds it, and whether it is hidden."""

    name: str
    part: str
    hidden: bool


@dataclass
class Package:
    """An opened workbook; parts are read on demand."""

    archive: zipfile.ZipFile
    sheets: list[SheetPart] = field(default_factory=list)
    others: dict[str, str] = field(default_factory=dict)
    from_1904: bool = False

    @cached_property
    def strings(self) -> list[str]:
        """The texts that cells refer to by number."""
        return _strings(self.archive, self.others["sharedStrings"]) if "sharedStrings" in self.others else []

    @cached_property
    def dates(self) -> set[str]:
        """The cell styles that show a number as a date or time."""
        return _dates(self.archive, self.others["styles"]) if "styles" in self.others else set()


def open_package(path: Path) -> Package:
    """Open a workbook after checking all that can be checked from outside.

    Raises
    ------
    Unreadable
        It is no workbook, too large unpacked, damaged or protected.
    """
    if path.stat().st_size > LARGEST_BYTES:
        raise Unreadable("too-large", "The file is larger than 50 MB.", "Keep the tables' own rows.")
    raw = path.read_bytes()
    _check_kind(raw)
    _check_contents_list(raw)
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        parts = archive.infolist()
    except DAMAGE as error:
        raise Unreadable("not-a-workbook", "The file is damaged or cut short.") from error
    unpacked, packed = sum(p.file_size for p in parts), sum(p.compress_size for p in parts)
    if unpacked > LARGEST_BYTES or (unpacked > RATIO_FROM and unpacked > MOST_RATIO * max(packed, 1)):
        raise Unreadable(
            "too-large", "The workbook is larger than 50 MB unpacked, or packed in an unusual way.",
            "Delete formatting and sheets that are not needed.",
        )  # fmt: skip
    if len({p.filename.lower() for p in parts}) < len(parts):
        raise Unreadable("not-a-workbook", "The file holds two parts of one name.")
    if any(p.flag_bits & 1 for p in parts):
        raise Unreadable("protected", "The file is protected with a password.", "Save it without a password.")
    try:
        return _contents(archive)
    except DAMAGE as error:
        raise Unreadable("not-a-workbook", "This is not an Excel workbook, or it is damaged.") from error


def _check_kind(raw: bytes) -> None:
    if raw.startswith(b"PK\x03\x04"):
        return
    if not raw:
        raise Unreadable("not-a-workbook", "The file is empty.", "Send the return again.")
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            "protected", "The file is protected with a password, or in the old Excel form (.xls).",
            "Save it as an Excel workbook (.xlsx) without a password.",
        )  # fmt: skip
    kind = "a web page" if raw.lstrip()[:1] == b"<" else "text or another kind of file"
    raise Unreadable("not-a-workbook", f"This is {kind} under the name of a workbook.")


def _check_contents_list(raw: bytes) -> None:
    """Refuse an archive whose list of contents is itself a bomb, before anything reads that list."""
    tail = raw[-66_000:]
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        raise Unreadable("not-a-workbook", "The file is damaged or cut short.")
    size = struct.unpack_from("<L", tail, end + 12)[0]
    if size > MOST_PARTS_BYTES or b"PK\x06\x07" in tail:
        raise Unreadable("too-large", "The file is packed in an unusual way or has too many parts.")


def parse_part(
    archive: zipfile.ZipFile,
    part: str,
    start: Callable,
    end: Callable | None = None,
    text: Callable | None = None,
    instead: bytes | None = None,
) -> None:
    """Read one XML part, or ``instead`` of it the XML given, in pieces; tags come without their prefix.

    Raises
    ------
    Unreadable
        The part declares entities.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_):
        raise Unreadable("entities", "The workbook holds declarations (entities) that are not read.")

    local: dict[str, str] = {}

    def named(tag: str) -> str:
        name = local.get(tag)
        if name is None:
            name = local[tag] = tag.rpartition(":")[2]
        return name

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = lambda tag, attributes: start(named(tag), attributes)
    if end:
        parser.EndElementHandler = lambda tag: end(named(tag))
    if text:
        parser.CharacterDataHandler = text
    with io.BytesIO(instead) if instead is not None else open_part(archive, part) as stream:
        while piece := stream.read(CHUNK):
            parser.Parse(piece)
        parser.Parse(b"", True)


def open_part(archive: zipfile.ZipFile, part: str):
    """Open a part; its name is found whatever its letter case, as Excel finds it."""
    names = {name.lower(): name for name in archive.namelist()}
    return archive.open(names[part.lower()])


def unescape(text: str) -> str:
    """Return a workbook's text with its ``_x000D_`` marks turned into the characters they stand for.

    Examples
    --------
    >>> unescape("a_x0009_b")
    'a\\tb'
    """
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    folder, name = posixpath.split(part)
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"])).lstrip("/")
            found[attributes["Id"]] = (attributes["Type"].rpartition("/")[2], target)

    parse_part(archive, posixpath.join(folder, "_rels", f"{name}.rels"), start)
    return found


def _contents(archive: zipfile.ZipFile) -> Package:
    main = next(target for kind, target in _relations(archive, "").values() if kind == "officeDocument")
    relations = _relations(archive, main)
    package = Package(archive, others=dict(relations.values()))

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "workbookPr":
            package.from_1904 = attributes.get("date1904", "0") in ("1", "true")
        elif tag == "sheet":
            rid = next(v for k, v in attributes.items() if k.rpartition(":")[2] == "id" and k != "id")
            hidden = attributes.get("state", "visible") != "visible"
            package.sheets.append(SheetPart(attributes["name"], relations[rid][1], hidden))

    try:
        parse_part(archive, main, start)
    except StopIteration as error:
        raise KeyError("sheet") from error
    return package


def _strings(archive: zipfile.ZipFile, part: str) -> list[str]:
    strings: list[str] = []
    pieces: list[str] = []
    state = {"text": False, "reading_aid": False}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "si":
            pieces.clear()
        elif tag == "rPh":
            state["reading_aid"] = True
        elif tag == "t":
            state["text"] = not state["reading_aid"]

    def end(tag: str) -> None:
        if tag == "si":
            strings.append(unescape("".join(pieces)))
        elif tag == "rPh":
            state["reading_aid"] = False
        elif tag == "t":
            state["text"] = False

    def text(piece: str) -> None:
        if state["text"]:
            pieces.append(piece)

    parse_part(archive, part, start, end, text)
    return strings


def _dates(archive: zipfile.ZipFile, part: str) -> set[str]:
    formats: dict[str, str] = {}
    styles: list[str] = []
    state = {"cells": False}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "numFmt":
            formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            state["cells"] = True
        elif tag == "xf" and state["cells"]:
            styles.append(attributes.get("numFmtId", "0"))

    def end(tag: str) -> None:
        if tag == "cellXfs":
            state["cells"] = False

    parse_part(archive, part, start, end)

    def is_date(number: str) -> bool:
        if number in formats:
            return bool(re.search("[dmyhs]", NOT_SHOWN_AS_DATE.sub("", formats[number].split(";")[0]).lower()))
        return number.isdigit() and int(number) in DATE_STYLES

    return {str(at) for at, number in enumerate(styles) if is_date(number)}
