"""The outside of a workbook: is it one, is it of a size a return can have, and what sheets has it.

In: an ``.xlsx`` file. Out: :class:`Package`, whose parts are read one at a time and never beyond what the
archive's list of contents says; or :class:`Unreadable`, in an analyst's words. Everything that can be
refused without unpacking is (other formats, passwords, zip bombs), then entities as the XML is read.
"""

from __future__ import annotations

import datetime as dt
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

from larcnb.returns.files import LARGEST_BYTES, unreadable

MOST_PARTS_BYTES = 500_000
MOST_RATIO, RATIO_FROM = 100, 10_000_000
CHUNK = 1 << 16
LEAST_POINTS = 4  # of a font that can be read
SAVE_AGAIN = "Open it in Excel and save it again as an Excel workbook (.xlsx)."
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
NOT_SHOWN_AS_DATE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    37: "#,##0",
    38: "#,##0",
    39: "#,##0.00",
    40: "#,##0.00",
    49: "@",
}
DATE_STYLES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    IndexError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    expat.ExpatError,
)


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
    struck: set[str] = field(
        default_factory=set
    )  # numbers of texts some of which is struck through
    from_1904: bool = False

    @cached_property
    def strings(self) -> list[str]:
        """The texts that cells refer to by number."""
        part = self.others.get("sharedStrings")
        return _strings(self.archive, part, self.struck) if part else []

    @cached_property
    def styles(self) -> dict[str, Style]:
        """How cells look, by the number of their style."""
        return _styles(self.archive, self.others["styles"]) if "styles" in self.others else {}


def open_package(path: Path) -> Package:
    """Open a workbook after checking all that can be checked from outside.

    Raises
    ------
    Unreadable
        It is no workbook, too large unpacked, damaged or protected.
    """
    if path.stat().st_size > LARGEST_BYTES:
        raise Unreadable(
            "too-large", "The file is larger than 50 MB.", "Keep the tables' own rows."
        )
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Unreadable(*unreadable(error)) from error
    _check_kind(raw)
    _check_contents_list(raw)
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        parts = archive.infolist()
    except DAMAGE as error:
        raise Unreadable("not-a-workbook", "The file is damaged or cut short.") from error
    unpacked, packed = sum(p.file_size for p in parts), sum(p.compress_size for p in parts)
    if unpacked > LARGEST_BYTES or (
        unpacked > RATIO_FROM and unpacked > MOST_RATIO * max(packed, 1)
    ):
        raise Unreadable(
            "too-large",
            "The workbook is larger than 50 MB unpacked, or packed in an unusual way.",
            "Delete formatting and sheets that are not needed.",
        )
    if len({p.filename.lower() for p in parts}) < len(parts):
        raise Unreadable("not-a-workbook", "The file holds two parts of one name.")
    if any(p.flag_bits & 1 for p in parts):
        raise Unreadable(
            "protected", "The file is protected with a password.", "Save it without a password."
        )
    try:
        package = _contents(archive)
        package.styles  # noqa: B018  (read here, where damage to it is told as the workbook's)
    except DAMAGE as error:
        raise Unreadable(
            "not-a-workbook", "This is not an Excel workbook, or it is damaged."
        ) from error
    return package


def _check_kind(raw: bytes) -> None:
    if raw.startswith(b"PK\x03\x04"):
        return
    if not raw:
        raise Unreadable("not-a-workbook", "The file is empty.", "Send the return again.")
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            "protected",
            "The file is protected with a password, or in the old Excel form (.xls).",
            "Save it as an Excel workbook (.xlsx) without a password.",
        )
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
) -> None:
    """Read one XML part in pieces; tags come without their prefix.

    Raises
    ------
    Unreadable
        The part declares entities.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_):
        raise Unreadable(
            "entities", "The workbook holds declarations (entities) that are not read."
        )

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
    names = {
        name.lower(): name for name in archive.namelist()
    }  # found whatever the letter case, as by Excel
    with archive.open(names[part.lower()]) as stream:
        while piece := stream.read(CHUNK):
            parser.Parse(piece)
        parser.Parse(b"", True)


def unescape(text: str) -> str:
    """Return a workbook's text with its ``_x000D_`` marks turned into the characters they stand for.

    Examples
    --------
    >>> unescape("a_x0009_b")
    'a\\tb'
    """
    if "_x" not in text:
        return text
    text = ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return text.encode("utf-16-le", "surrogatepass").decode(
        "utf-16-le", "surrogatepass"
    )  # halves joined


def _relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    folder, name = posixpath.split(part)
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"])).lstrip(
                "/"
            )
            found[attributes["Id"]] = (attributes["Type"].rpartition("/")[2], target)

    parse_part(archive, posixpath.join(folder, "_rels", f"{name}.rels"), start)
    return found


def _contents(archive: zipfile.ZipFile) -> Package:
    main = next(
        target for kind, target in _relations(archive, "").values() if kind == "officeDocument"
    )
    relations = _relations(archive, main)
    package = Package(archive, others=dict(relations.values()))

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "workbookPr":
            package.from_1904 = attributes.get("date1904", "0") in ("1", "true")
        elif tag == "sheet":
            rid = next(
                v for k, v in attributes.items() if k.rpartition(":")[2] == "id" and k != "id"
            )
            hidden = attributes.get("state", "visible") != "visible"
            package.sheets.append(SheetPart(attributes["name"], relations[rid][1], hidden))

    try:
        parse_part(archive, main, start)
    except StopIteration as error:
        raise KeyError("sheet") from error
    return package


def _strings(archive: zipfile.ZipFile, part: str, struck: set[str]) -> list[str]:
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
        elif tag == "strike" and attributes.get("val") not in ("0", "false"):
            struck.add(str(len(strings)))

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


@dataclass(frozen=True)
class Style:
    """How cells of one style look: as a date, struck through, in the colour of the paper; and their number format."""

    date: bool = False
    struck: bool = False
    faint: bool = False
    places: int | None = None  # decimals shown; None: as many as there are
    masked: bool = False  # something else than the number is shown
    month_first: bool = False
    dayless: bool = False

    def hides(self, value: float) -> bool:
        """Whether a number looks otherwise than it is, by more than the rounding of its hundredth part."""
        rough = (
            self.places is not None and abs(round(value, self.places) - value) > abs(value) / 100
        )
        return self.masked or rough

    def turns(self, day: dt.datetime) -> bool:
        """Whether a date looks like another one: its month first where it could be the day, or no day shown."""
        return (self.month_first and day.day <= 12 and day.day != day.month) or (
            self.dayless and day.day != 1
        )


def _styles(archive: zipfile.ZipFile, part: str) -> dict[str, Style]:
    formats = {str(number): code for number, code in BUILT_IN.items()}
    fonts: list[dict[str, object]] = []
    fills: list[str] = []
    styles: list[dict[str, str]] = []
    within: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        parent = within[-1] if within else ""
        within.append(tag)
        if tag == "numFmt":
            formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "font" and parent == "fonts":
            fonts.append({"struck": False, "colour": "000000"})
        elif tag == "fill" and parent == "fills":
            fills.append("FFFFFF")
        elif (
            tag == "strike"
            and parent == "font"
            and "fonts" in within
            and attributes.get("val") not in ("0", "false")
        ):
            fonts[-1]["struck"] = True
        elif tag == "color" and parent == "font" and "fonts" in within:
            fonts[-1]["colour"] = _colour(attributes)
        elif tag == "sz" and parent == "font" and "fonts" in within:
            fonts[-1]["tiny"] = float(attributes.get("val", 11)) < LEAST_POINTS
        elif tag == "fgColor" and parent == "patternFill" and "fills" in within:
            fills[-1] = _colour(attributes)
        elif tag == "xf" and parent == "cellXfs":
            styles.append(dict(attributes))

    parse_part(archive, part, start, lambda tag: within.pop())

    def style(xf: dict[str, str]) -> Style:
        number = xf.get("numFmtId", "0")
        font = dict(enumerate(fonts)).get(int(xf.get("fontId", 0)), {})
        fill = dict(enumerate(fills)).get(int(xf.get("fillId", 0)), "FFFFFF")
        code = formats.get(number, "General")
        faint = (
            font.get("colour") == fill or bool(font.get("tiny")) or code.replace(" ", "") == ";;;"
        )
        if number.isdigit() and int(number) in DATE_STYLES and code == "General":
            return Style(True, bool(font.get("struck")), faint, dayless=number == "17")
        bare = NOT_SHOWN_AS_DATE.sub("", code.split(";")[0])
        date = bool(re.search("[dmyhs]", bare.replace("General", "").lower()))
        parts = [
            part[0]
            for part in re.findall("d+|m+|y+|h+|s+", bare.lower())
            if part not in ("ddd", "dddd")
        ]
        order = "".join(dict.fromkeys(parts))
        numeric = not re.search("mmm", bare.lower())
        look = (
            order.startswith("md") and numeric,
            "m" in order and "y" in order and "d" not in order,
        )
        return Style(date, bool(font.get("struck")), faint, *_number_look(code, bare), *look)

    return {str(at): style(xf) for at, xf in enumerate(styles)}


def _number_look(code: str, bare: str) -> tuple[int | None, bool]:
    """How many decimals a number format shows, and whether it shows something else than the number."""
    if bare.strip().lower() in ("general", "@", "standard"):
        return None, '"' in code or "\\" in code
    digits = re.search(r"[0#?][0#?,]*(\.[0#?]*)?", bare)
    if not digits or re.search("%|[eE][-+]|/", bare):
        return None, True
    padded = re.match("0[0,]*0", digits[0].split(".")[0].replace("#,", ""))
    literal = re.search(r'"[^"]*\w[^"]*"|\\\w', code.split(";")[0])
    places = len(digits[1] or ".") - 1
    return places, bool(padded or literal or digits[0].split(".")[0].endswith(","))


def _colour(attributes: dict[str, str]) -> str:
    """A colour by its six digits, or a name of its own; near white is white."""
    words = attributes.get("rgb", "")[-6:].upper()
    words = words or {"0": "FFFFFF", "1": "000000"}.get(
        attributes.get("theme", "") + attributes.get("tint", ""), ""
    )
    words = words or {"1": "FFFFFF", "9": "FFFFFF", "65": "FFFFFF"}.get(
        attributes.get("indexed", ""), ""
    )
    if re.fullmatch("([F][0-9A-F]){3}", words):
        return "FFFFFF"
    return words or repr(sorted(attributes.items()))
