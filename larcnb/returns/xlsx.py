"""Workbooks: is it one, of a size a return can have, and what do the cells of its sheets hold.

In: an ``.xlsx`` file. Out: :class:`Package`, whose parts are read one at a time and never beyond
what the archive's list of contents says, and for each sheet a :class:`Grid` made in one pass over
its XML; or :class:`Unreadable`, in an analyst's words. What can be refused without unpacking is
(other formats, passwords, zip bombs), then entities as the XML is read. Our own reader: the usual
ones return an empty cell for an error or for a formula without a saved result, and say nothing of
merged, hidden or struck-through cells or of how a number is shown.
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
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from xlsxwriter.utility import xl_cell_to_rowcol, xl_col_to_name

from larcnb.returns.cells import EMPTY, Broken, Masked, Raw, plain
from larcnb.returns.csvfile import LARGEST_BYTES, read_bytes
from larcnb.returns.grid import MOST_COLUMNS, MOST_ROWS, Grid, Unreadable
from larcnb.schema import RETURN

MOST_PARTS_BYTES = 500_000
MOST_RATIO, RATIO_FROM = 100, 10_000_000
CHUNK, MOST_PIECES = 1 << 16, 1000
LAST_ROW, LAST_COLUMN, LAST_DAY = 1_048_576, 16_383, 2_958_466
MOST_SEEN = 200_000  # cells remembered, so that what stands often is read once
LEAST_HEIGHT, LEAST_WIDTH, LEAST_POINTS = 3, 0.5, 4  # what is smaller shows no cell or letter
EPOCH, EPOCH_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)
REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})", re.ASCII)
NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
NOT_SHOWN_AS_DATE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
BUILT_IN = {"1": "0", "2": "0.00", "3": "#,##0", "4": "#,##0.00", "9": "0%", "10": "0.00%"}
BUILT_IN |= {"11": "0.00E+00", "12": "# ?/?", "13": "# ??/??", "49": "@"}
BUILT_IN |= {"37": "#,##0", "38": "#,##0", "39": "#,##0.00", "40": "#,##0.00"}
DATE_STYLES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
INDEXED = {"1": "FFFFFF", "9": "FFFFFF", "65": "FFFFFF"}
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, expat.ExpatError, EOFError, OSError),
    *(ValueError, KeyError, IndexError, OverflowError, NotImplementedError, RuntimeError),
)


@dataclass(frozen=True)
class Style:
    """How cells of one style look: as a date, struck through, in the colour of the paper; and their
    number format."""

    date: bool = False
    struck: bool = False
    faint: bool = False
    places: int | None = None  # decimals shown; None: as many as there are
    masked: bool = False  # something else than the number is shown
    month_first: bool = False
    dayless: bool = False

    def hides(self, value: float) -> bool:
        """Whether a number looks otherwise than it is, by more than the rounding of its hundredth
        part."""
        if self.masked or self.places is None:
            return self.masked
        return abs(round(value, self.places) - value) > abs(value) / 100

    def turns(self, day: dt.datetime) -> bool:
        """Whether a date looks like another one: its month first where it could be the day, or no
        day shown."""
        turned = self.month_first and day.day <= 12 and day.day != day.month
        return turned or (self.dayless and day.day != 1)


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
    def strings(self) -> list[tuple[str, bool]]:
        """The texts that cells refer to by number, and whether some of each is struck through."""
        part = self.others.get("sharedStrings")
        return _strings(self.archive, part) if part else []

    @cached_property
    def styles(self) -> dict[str, Style]:
        """How cells look, by the number of their style; those without a look of their own are left
        out."""
        return _styles(self.archive, self.others["styles"]) if "styles" in self.others else {}


def open_package(path: Path) -> Package:
    """Open a workbook after checking all that can be checked from outside.

    Raises
    ------
    Unreadable
        It is no workbook, too large unpacked, damaged or protected.
    """
    raw = read_bytes(path)
    _check_kind(raw)
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        parts = archive.infolist()
    except DAMAGE as error:
        raise Unreadable("not-a-workbook/cut") from error
    unpacked, packed = sum(p.file_size for p in parts), sum(p.compress_size for p in parts)
    packed_oddly = unpacked > RATIO_FROM and unpacked > MOST_RATIO * max(packed, 1)
    if unpacked > LARGEST_BYTES or packed_oddly:
        raise Unreadable("too-large/unpacked")
    if len({p.filename.lower() for p in parts}) < len(parts):
        raise Unreadable("not-a-workbook/twice")
    if any(p.flag_bits & 1 for p in parts):
        raise Unreadable("protected")
    try:
        package = _contents(archive)
        package.styles  # noqa: B018  (read here, where damage to it is told as the workbook's)
    except DAMAGE as error:
        raise Unreadable("not-a-workbook") from error
    return package


def _check_kind(raw: bytes) -> None:
    """Refuse what is no archive, and one whose list of contents is itself a bomb, before that is
    read."""
    if not raw:
        raise Unreadable("not-a-workbook/empty")
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("protected/old")
    if not raw.startswith(b"PK\x03\x04"):
        kind = "a web page" if raw.lstrip()[:1] == b"<" else "text or another kind of file"
        raise Unreadable("not-a-workbook/other", kind=kind)
    tail = raw[-66_000:]
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        raise Unreadable("not-a-workbook/cut")
    if struct.unpack_from("<L", tail, end + 12)[0] > MOST_PARTS_BYTES or b"PK\x06\x07" in tail:
        raise Unreadable("too-large/parts")


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
    local: dict[str, str] = {}

    def refuse(*_):
        raise Unreadable("entities")

    def named(tag: str) -> str:
        name = local.get(tag)
        if name is None:
            name = local[tag] = tag.rpartition(":")[2]
        return name

    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.StartElementHandler = lambda tag, attributes: start(named(tag), attributes)
    if end:
        parser.EndElementHandler = lambda tag: end(named(tag))
    if text:
        parser.CharacterDataHandler = text
    names = {name.lower(): name for name in archive.namelist()}  # in any letter case, as Excel
    with archive.open(names[part.lower()]) as stream:
        while piece := stream.read(CHUNK):
            parser.Parse(piece)
        parser.Parse(b"", True)


def unescape(text: str) -> str:
    """Return a workbook's text with its ``_x000D_`` marks turned into the characters they stand
    for.

    Examples
    --------
    >>> unescape("a_x0009_b")
    'a\\tb'
    """
    if "_x" not in text:
        return text
    halves = ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _tree(archive: zipfile.ZipFile, part: str) -> Element:
    """The tags of a small part; no text."""
    builder = TreeBuilder()
    parse_part(archive, part, builder.start, builder.end)
    return builder.close()


def _relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Kind and target of what a part refers to within the workbook, by id."""
    folder, name = posixpath.split(part)
    found = {}
    for link in _tree(archive, posixpath.join(folder, "_rels", f"{name}.rels")).iter(
        "Relationship"
    ):
        if link.get("TargetMode") != "External":
            kind = link.attrib["Type"].rpartition("/")[2]
            target = posixpath.normpath(posixpath.join("/", folder, link.attrib["Target"]))
            found[link.attrib["Id"]] = (kind, target.lstrip("/"))
    return found


def _contents(archive: zipfile.ZipFile) -> Package:
    main = dict(_relations(archive, "").values())["officeDocument"]
    relations, tree = _relations(archive, main), _tree(archive, main)
    from_1904 = any(_is_on(one.attrib, "date1904") for one in tree.iter("workbookPr"))
    sheets = []
    for sheet in tree.iter("sheet"):
        ids = [value for name, value in sheet.items() if name.endswith(":id")]
        hidden = sheet.get("state", "visible") != "visible"
        sheets.append(SheetPart(sheet.attrib["name"], relations[ids[0]][1], hidden))
    return Package(archive, sheets, dict(relations.values()), from_1904)


def _is_on(attributes: dict[str, str], name: str) -> bool:
    return attributes.get(name) in ("1", "true")


def _is_struck(tag: str, attributes: dict[str, str]) -> bool:
    return tag == "strike" and attributes.get("val") not in ("0", "false")


class _Words:
    """The text of a cell, or of the list of texts, as its tags go by; reading aids are no part of
    it."""

    def __init__(self) -> None:
        self.aid = False
        self.begin()

    def begin(self) -> None:
        self.pieces: list[str] = []
        self.listening = self.found = self.struck = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "v" or tag == "t":
            self.listening = not self.aid
            self.found |= self.listening
        elif tag == "rPh":
            self.aid = True
        elif _is_struck(tag, attributes):
            self.struck = True

    def end(self, tag: str) -> None:
        if tag == "rPh":
            self.aid = False
        self.listening = False

    def text(self, piece: str) -> None:
        if self.listening and len(self.pieces) < MOST_PIECES:
            self.pieces.append(piece)


def _strings(archive: zipfile.ZipFile, part: str) -> list[tuple[str, bool]]:
    strings: list[tuple[str, bool]] = []
    words = _Words()

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "si":
            words.begin()
        else:
            words.start(tag, attributes)

    def end(tag: str) -> None:
        if tag == "si":
            strings.append((unescape("".join(words.pieces)), words.struck))
        else:
            words.end(tag)

    parse_part(archive, part, start, end, words.text)
    return strings


def _styles(archive: zipfile.ZipFile, part: str) -> dict[str, Style]:
    tree = _tree(archive, part)
    formats = dict(BUILT_IN)
    for one in tree.iter("numFmt"):
        formats[one.get("numFmtId", "")] = one.get("formatCode", "")
    fonts = dict(enumerate(map(_font, tree.iterfind(".//fonts/font"))))
    colours = (fill.find("patternFill/fgColor") for fill in tree.iterfind(".//fills/fill"))
    fills = dict(enumerate("FFFFFF" if one is None else _colour(one.attrib) for one in colours))
    found = {}
    for number, xf in enumerate(tree.iterfind(".//cellXfs/xf")):
        font, fill = fonts.get(int(xf.get("fontId", 0)), {}), int(xf.get("fillId", 0))
        code = xf.get("numFmtId", "0")
        style = _style(code, formats, font, fills.get(fill, "FFFFFF"))
        if style != Style():
            found[str(number)] = style
    return found


def _font(font: Element) -> dict[str, object]:
    """A font's colour, whether it strikes through, and whether it is too small to be read."""
    struck = any(_is_struck(one.tag, one.attrib) for one in font)
    tiny = any(float(one.get("val", 11)) < LEAST_POINTS for one in font.iterfind("sz"))
    colour = font.find("color")
    shown = "000000" if colour is None else _colour(colour.attrib)
    return {"colour": shown, "struck": struck, "tiny": tiny}


def _style(number: str, formats: dict[str, str], font: dict, fill: str) -> Style:
    code, struck = formats.get(number, "General"), bool(font.get("struck"))
    unseen = font.get("colour") == fill or code.replace(" ", "") == ";;;"
    faint = unseen or bool(font.get("tiny"))
    if number.isdigit() and int(number) in DATE_STYLES and code == "General":
        return Style(True, struck, faint, dayless=number == "17")
    bare = NOT_SHOWN_AS_DATE.sub("", code.split(";")[0]).lower()
    date = bool(re.search("[dmyhs]", bare.replace("general", "")))
    parts = re.findall("d+|m+|y+|h+|s+", bare)
    order = "".join(dict.fromkeys(p[0] for p in parts if p not in ("ddd", "dddd")))
    month_first = order.startswith("md") and "mmm" not in bare
    dayless = "m" in order and "y" in order and "d" not in order
    return Style(date, struck, faint, *_number_look(code, bare), month_first, dayless)


def _number_look(code: str, bare: str) -> tuple[int | None, bool]:
    """How many decimals a number format shows, and whether it shows something else than the
    number."""
    if bare.strip() in ("general", "@", "standard"):
        return None, '"' in code or "\\" in code
    digits = re.search(r"([0#?][0#?,]*)(\.[0#?]*)?", bare)
    if not digits or re.search("%|e[-+]|/", bare):
        return None, True
    padded = re.match("0[0,]*0", digits[1].replace("#,", "")) or digits[1].endswith(",")
    literal = re.search(r'"[^"]*\w[^"]*"|\\\w', code.split(";")[0])
    return len(digits[2] or ".") - 1, bool(padded or literal)


def _colour(attributes: dict[str, str]) -> str:
    """A colour by its six digits, or a name of its own; near white is white."""
    theme = attributes.get("theme", "") + attributes.get("tint", "")
    digits = (
        attributes.get("rgb", "")[-6:].upper()
        or {"0": "FFFFFF", "1": "000000"}.get(theme)
        or INDEXED.get(attributes.get("indexed", ""))
        or repr(sorted(attributes.items()))
    )
    return "FFFFFF" if re.fullmatch("(F[0-9A-F]){3}", digits) else digits


def read_sheet(package: Package, sheet: SheetPart, table: str, file: str) -> Grid:
    """Read one sheet's cells.

    Parameters
    ----------
    package : Package
    sheet : SheetPart
    table : str
        The table it holds, for ``source_row``.
    file : str
        The workbook's name in messages.

    Returns
    -------
    Grid
        With warnings of what a reader of the sheet on a screen would not see, or would see
        otherwise than it is stored, and errors for merged cells; ``readable`` tells whether its
        rows may be used.
    """
    grid = Grid(file, sheet.name, f"return.xlsx/{table}")
    scan = _Scan(package, grid)
    try:
        scan.read(sheet.part)
        scan.look(sheet.hidden)
    except Unreadable as error:
        grid.unreadable(error)
    except DAMAGE:
        grid.unreadable(Unreadable("not-a-workbook/sheet"))
    return grid


class _Scan:
    """One pass over a sheet's XML: its rows go into the grid, what is odd about them is kept for
    :meth:`look`."""

    def __init__(self, package: Package, grid: Grid) -> None:
        self.package, self.grid, self.looks = package, grid, package.styles
        self.columns: set[int] = set()
        self.merged: list[str] = []
        self.hidden_rows: list[int] = []
        self.hidden_columns: list[tuple[int, int]] = []
        self.struck: set[tuple[int, int]] = set()
        self.faint: set[tuple[int, int]] = set()
        self.turned: dict[int, list[tuple[int, dt.datetime]]] = {}
        self.seen: dict[tuple, Raw | None] = {}
        self.numbers: dict[str, int] = {}
        self.row, self.row_hidden, self.column, self.cells = 0, False, -1, {}

    def read(self, part: str) -> None:
        """Read the sheet's XML; raises what the parser and the archive raise for damaged ones."""
        words = _Words()
        cell: dict[str, str] | None = None
        formula = False

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal cell, formula
            if tag == "c":
                cell, formula = attributes, False
                words.begin()
            elif cell is not None:
                words.start(tag, attributes)
                formula = formula or tag == "f"
            elif tag == "row":
                flat = float(attributes.get("ht", 15)) < LEAST_HEIGHT
                self.begin_row(attributes.get("r"), _is_on(attributes, "hidden") or flat)
            elif tag == "mergeCell":
                self.merged.append(attributes.get("ref", ""))
            elif tag == "col":
                narrow = float(attributes.get("width", 9)) < LEAST_WIDTH
                if _is_on(attributes, "hidden") or narrow:
                    span = int(attributes["min"]) - 1, int(attributes["max"]) - 1
                    self.hidden_columns.append(span)

        def end(tag: str) -> None:
            nonlocal cell
            if tag == "c":
                self.end_cell(cell, formula, words)
                cell = None
            elif tag == "row":
                self.end_row()
            else:
                words.end(tag)

        parse_part(self.package.archive, part, start, end, words.text)

    def begin_row(self, number: str | None, hidden: bool) -> None:
        row = self.row + 1 if number is None else int(number)
        if not self.row < row <= LAST_ROW:
            raise ValueError("order of rows")
        self.row, self.row_hidden, self.column, self.cells = row, hidden, -1, {}

    def end_cell(self, cell: dict[str, str], formula: bool, words: _Words) -> None:
        at = self.column + 1
        if "r" in cell:
            place = REFERENCE.fullmatch(cell["r"])
            if not place or int(place[2]) != self.row:
                raise ValueError("place of a cell")
            if (at := self.numbers.get(place[1])) is None:
                at = self.numbers[place[1]] = xl_cell_to_rowcol(f"{place[1]}1")[1]
        if not self.column < at <= LAST_COLUMN:
            raise ValueError("order of cells")
        self.column = at
        value = "".join(words.pieces) if words.found else None
        key = kind, style, _, _ = cell.get("t", "n"), cell.get("s", "0"), formula, value
        if key in self.seen:
            raw = self.seen[key]
        else:
            raw = self.raw(*key)
            raw = None if isinstance(raw, str) and not raw.strip(EMPTY) else raw
            if len(self.seen) < MOST_SEEN:
                self.seen[key] = raw
        if raw is None:
            return
        self.cells[at] = raw
        look = self.looks.get(style)
        in_text = kind == "s" and self.package.strings[int(value)][1]
        if words.struck or in_text or (look and look.struck):
            self.struck.add((self.row, at))
        if look and look.faint:
            self.faint.add((self.row, at))
        if look and isinstance(raw, dt.datetime) and look.turns(raw):
            self.turned.setdefault(at, []).append((self.row, raw))

    def end_row(self) -> None:
        if not self.cells:
            return
        self.columns.update(self.cells)
        if len(self.columns) > MOST_COLUMNS:
            far = f"{xl_col_to_name(max(self.columns))}{self.row}"
            raise Unreadable("too-many-columns", most=MOST_COLUMNS, far=far)
        if len(self.grid.rows) > MOST_ROWS:
            raise Unreadable("too-many-rows", most=MOST_ROWS)
        if self.row_hidden:
            self.hidden_rows.append(self.row)
        self.grid.rows.append((self.row, self.cells))

    def raw(self, kind: str, style: str, formula: bool, value: str | None) -> Raw | None:
        """What a cell holds, by its kind."""
        unsaved = Broken("formula-unsaved") if formula else None
        if kind == "e":
            return Broken("error-cell", value or "#N/A")
        if kind == "s":
            if value and not (value.isascii() and value.isdigit()):
                raise ValueError("number of a text")
            return self.package.strings[int(value)][0] if value else None
        if kind in ("str", "inlineStr"):
            return unsaved if value is None else unescape(value)
        value = (value or "").strip()
        if not value:
            return unsaved
        if kind == "b":
            return "TRUE" if value in ("1", "true") else "FALSE"
        if kind == "d":
            return dt.datetime.fromisoformat(value).replace(tzinfo=None)
        if not NUMBER.fullmatch(value):
            raise ValueError("number")
        number, look = float(value), self.looks.get(style)
        if look and look.date:
            if not 0 <= number < LAST_DAY:
                return Broken("error-cell", "#####")
            epoch = EPOCH_1904 if self.package.from_1904 else EPOCH
            return (epoch + dt.timedelta(days=number, milliseconds=500)).replace(microsecond=0)
        return Masked(number) if look and look.hides(number) else number

    def look(self, hidden: bool) -> None:
        """Note what a reader of the sheet on a screen would not see, or would see otherwise than it
        is stored."""
        rows, sheet, note = self.grid.rows, self.grid.sheet.strip().lower(), self.grid.note
        first, header = rows[0] if rows else (0, {})
        known = RETURN[sheet].names if sheet in RETURN else ()
        names = {at: word for at, raw in header.items() if (word := plain(raw).lower()) in known}
        if hidden and rows:
            note("hidden-sheet")
        for area in self.merged[:200]:
            corner = REFERENCE.match(area)
            row, at = xl_cell_to_rowcol(corner[0]) if corner else (-1, None)
            note("merged-cells", row + 1, at, area=area[:30])
        if self.hidden_rows:
            note("hidden-rows", self.hidden_rows[0], count=len(self.hidden_rows))
        for cells, key in ((self.struck, "struck-through"), (self.faint, "unseen-text")):
            heads = {at for row, at in cells if row == first}
            for at in sorted(heads):
                named = {"name": names.get(at, ""), "letter": xl_col_to_name(at)}
                note(f"{key}/heading", at=at, **named)
            below = sorted({row for row, at in cells if at not in heads})
            if below:
                listed = ", ".join(map(str, below[:10])) + (" and more" if below[10:] else "")
                note(key, below[0], count=len(below), rows=listed)
        for at, dates in self.turned.items():
            row, day = dates[0]
            note("date-format", row, at, names.get(at, ""), count=len(dates), day=day)
        for at in sorted(self.columns):
            if any(low <= at <= high for low, high in self.hidden_columns):
                note("hidden-columns", name=names.get(at, ""), letter=xl_col_to_name(at))
