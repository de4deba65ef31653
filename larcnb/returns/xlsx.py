"""Workbooks: is it one, of a size a return can have, and what do the cells of its sheets hold.

In: an ``.xlsx`` file. Out: :class:`Package`, whose parts are read one at a time and never beyond
what the archive's list of contents says, and for each sheet a :class:`Grid` made in one pass over
its XML; or :class:`Unreadable`, in an analyst's words. What can be refused without unpacking is
(other formats, passwords, zip bombs), then entities as the XML is read. Our own reader: the usual
ones return an empty cell for an error or for a formula without a saved result, and say nothing of
merged, hidden or struck-through cells or of how a number is shown.
"""

import datetime as dt
import gc
import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from xlsxwriter.utility import xl_cell_to_rowcol, xl_col_to_name

from larcnb.returns.cells import EMPTY, EPOCH, Broken, Masked, Raw, data_rows, plain
from larcnb.returns.grid import LARGEST_BYTES, Grid, Unreadable, read_bytes
from larcnb.schema import RETURN

MOST_PARTS_BYTES = 500_000
MOST_RATIO, RATIO_FROM = 100, 10_000_000
CHUNK, MOST_HELD = 1 << 16, 500_000  # bytes read and tags held at a time
LAST_ROW, LAST_COLUMN, LAST_DAY = 1_048_576, 16_383, 2_958_466
LEAST_HEIGHT, LEAST_WIDTH, LEAST_POINTS = 3, 0.5, 4  # what is smaller shows no cell or letter
MOST_MERGED = 200
EPOCH_1904 = dt.datetime(1904, 1, 1)  # of workbooks that say so, from old Macs
REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})", re.ASCII)
NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
NOT_SHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
BUILT_IN = {row["id"]: row["code"] for row in data_rows("formats.csv")}
"""Number formats that a workbook names by number alone; times and dates as a date."""
THEMES = {"0": "FFFFFF", "1": "000000"}
INDEXED = {"1": "FFFFFF", "9": "FFFFFF", "65": "FFFFFF"}
DAMAGE = zipfile.BadZipFile, zlib.error, struct.error, expat.ExpatError, EOFError, OSError
DAMAGE += ValueError, LookupError, OverflowError, NotImplementedError, RuntimeError


@dataclass(frozen=True)
class Style:
    """How cells of one style look: their number format, and whether they are struck through or
    cannot be seen."""

    code: str = "General"
    struck: bool = False
    faint: bool = False

    @cached_property
    def shown(self) -> str:
        """What of the number format stands for a part of the number."""
        return NOT_SHOWN.sub("", self.code.split(";")[0]).lower().strip()

    @cached_property
    def is_date(self) -> bool:
        """Whether numbers are shown as dates or times."""
        return bool(re.search("[dmyhs]", self.shown.replace("general", "")))

    @cached_property
    def places(self) -> int | None:
        """Decimals shown; None: as many as there are; -1: something else than the number."""
        if self.shown in ("general", "@"):
            return -1 if '"' in self.code or "\\" in self.code else None
        digits = re.search(r"([0#?][0#?,]*)(\.[0#?]*)?", self.shown)
        if not digits or re.search("%|e[-+]|/", self.shown):
            return -1
        padded = re.match("0[0,]*0", digits[1].replace("#,", "")) or digits[1].endswith(",")
        literal = re.search(r'"[^"]*\w[^"]*"|\\\w', self.code.split(";")[0])
        return -1 if padded or literal else len(digits[2] or ".") - 1

    def hides(self, value: float) -> bool:
        """Whether a number looks otherwise than it is, by more than the rounding of its hundredth
        part."""
        if self.places is None or self.places < 0:
            return self.places is not None
        return abs(round(value, self.places) - value) > abs(value) / 100

    def turns(self, day: dt.datetime) -> bool:
        """Whether a date looks like another one: its month first where it could be the day, or no
        day shown."""
        order = "".join(dict.fromkeys(re.sub("d{3,}|[^dmyhs]", "", self.shown)))
        if order.startswith("md") and "mmm" not in self.shown:
            return day.day <= 12 and day.day != day.month
        return {*order} >= {"m", "y"} and "d" not in order and day.day != 1


PLAIN = Style()


@dataclass(frozen=True)
class SheetPart:
    """A sheet: its name as written, the part that holds it, and whether it is hidden."""

    name: str
    part: str
    hidden: bool


@dataclass
class Package:
    """An opened workbook: its sheets, how cells look by the number of their style, and the day from
    which it counts."""

    archive: zipfile.ZipFile
    sheets: list[SheetPart]
    styles: dict[str, Style]
    strings_part: str
    epoch: dt.datetime

    @cached_property
    def strings(self) -> list[tuple[str, bool]]:
        """The texts that cells refer to by number, and whether some of each is struck through."""
        return [_words(text) for text in elements(self.archive, self.strings_part, "si")]


def open_package(path: Path) -> Package:
    """Open a workbook after checking all that can be checked from outside.

    Raises
    ------
    Unreadable
        It is no workbook, too large unpacked, damaged or protected.
    """
    raw = read_bytes(path)
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("protected/old")
    if not raw.startswith(b"PK\x03\x04"):
        raise Unreadable("not-a-workbook/other")
    tail = raw[-66_000:]
    try:  # the list of contents may itself be a bomb
        (listed,) = struct.unpack_from("<L", tail, tail.rindex(b"PK\x05\x06") + 12)
        if listed > MOST_PARTS_BYTES or b"PK\x06\x07" in tail:
            raise Unreadable("too-large/parts")
        archive = zipfile.ZipFile(io.BytesIO(raw))
        parts = archive.infolist()
        unpacked, packed = sum(p.file_size for p in parts), sum(p.compress_size for p in parts)
        packed_oddly = unpacked > RATIO_FROM and unpacked > MOST_RATIO * max(packed, 1)
        if unpacked > LARGEST_BYTES or packed_oddly:
            raise Unreadable("too-large/unpacked")
        if any(p.flag_bits & 1 for p in parts):
            raise Unreadable("protected")
        if len({p.filename.lower() for p in parts}) < len(parts):
            raise ValueError("two parts of one name")
        return _contents(archive)
    except DAMAGE as error:
        raise Unreadable("not-a-workbook") from error


def elements(archive: zipfile.ZipFile, part: str, *tags: str) -> Iterator[Element]:
    """Read the elements of these tags in a part, each whole; names of tags come without a prefix.

    Nothing else is kept, so that no part takes much memory.

    Raises
    ------
    Unreadable
        The part declares entities.
    """
    builder, path, held, whole = TreeBuilder(), [], 0, []

    def refuse(*_) -> None:
        raise Unreadable("entities")

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal held
        name = _local(tag)
        if path or name in tags:
            path.append(name)
            held += 1
            if held > MOST_HELD:
                raise ValueError("too many tags in one")
            builder.start(name, attributes)

    def end(tag: str) -> None:
        nonlocal builder, held
        if path:
            builder.end(path.pop())
            if not path:
                whole.append(builder.close())
                builder, held = TreeBuilder(), 0

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = lambda text: builder.data(text) if path else None
    names = {name.lower(): name for name in archive.namelist()}  # in any letter case, as Excel
    with archive.open(names[part.lower()]) as stream:
        while piece := stream.read(CHUNK):
            parser.Parse(piece)
            yield from whole
            whole.clear()
        parser.Parse(b"", True)


_local = cache(lambda tag: tag.rpartition(":")[2])
_letters = cache(xl_col_to_name)


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


def _words(of: Element) -> tuple[str, bool]:
    """The text of a cell, or of one of the list of texts (reading aids are no part of it), and
    whether some of it is struck through."""
    pieces = [piece.text or "" for path in ("t", "r/t") for piece in of.iterfind(path)]
    return unescape("".join(pieces)), _has_struck(of)


def _has_struck(of: Element) -> bool:
    """Whether some of a text, or a font, is struck through."""
    return any(strike.get("val") not in ("0", "false") for strike in of.iter("strike"))


def _is_on(of: Element, name: str) -> bool:
    return of.get(name) in ("1", "true")


def _relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Kind and target of what a part refers to within the workbook, by id."""
    folder, name = posixpath.split(part)
    links = {}
    for link in elements(archive, posixpath.join(folder, "_rels", f"{name}.rels"), "Relationship"):
        if link.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, link.attrib["Target"]))
            links[link.attrib["Id"]] = link.attrib["Type"].rpartition("/")[2], target.lstrip("/")
    return links


def _contents(archive: zipfile.ZipFile) -> Package:
    main = dict(_relations(archive, "").values())["officeDocument"]
    relations = _relations(archive, main)
    others = dict(relations.values())
    sheets, epoch = [], EPOCH
    for one in elements(archive, main, "workbookPr", "sheet"):
        if one.tag == "sheet":
            ids = [value for name, value in one.items() if name.endswith(":id")]
            hidden = one.get("state", "visible") != "visible"
            sheets.append(SheetPart(one.attrib["name"], relations[ids[0]][1], hidden))
        elif _is_on(one, "date1904"):
            epoch = EPOCH_1904
    styles = _styles(archive, others["styles"]) if "styles" in others else {}
    return Package(archive, sheets, styles, others.get("sharedStrings", ""), epoch)


def _styles(archive: zipfile.ZipFile, part: str) -> dict[str, Style]:
    lists = dict.fromkeys(("numFmts", "fonts", "fills", "cellXfs"), ())
    lists |= {one.tag: list(one) for one in elements(archive, part, *lists)}
    codes = BUILT_IN | {f.get("numFmtId", ""): f.get("formatCode", "") for f in lists["numFmts"]}
    colours = (fill.find("patternFill/fgColor") for fill in lists["fills"])
    papers = dict(enumerate(_colour(colour, "FFFFFF") for colour in colours))
    fonts = dict(enumerate(map(_font, lists["fonts"])))
    styles = {}
    for number, xf in enumerate(lists["cellXfs"]):
        ink, struck, tiny = fonts.get(int(xf.get("fontId", 0)), ("", False, False))
        code = codes.get(xf.get("numFmtId", "0"), "General")
        unseen = ink == papers.get(int(xf.get("fillId", 0)), "FFFFFF")
        faint = tiny or unseen or code.replace(" ", "") == ";;;"
        styles[str(number)] = Style(code, struck, faint)
    return styles


def _font(font: Element) -> tuple[str, bool, bool]:
    """A font's colour, whether it strikes through, and whether it is too small to be read."""
    tiny = any(float(size.get("val", 11)) < LEAST_POINTS for size in font.iterfind("sz"))
    return _colour(font.find("color"), "000000"), _has_struck(font), tiny


def _colour(of: Element | None, default: str) -> str:
    """A colour by its six digits, or a name of its own; near white is white."""
    if of is None:
        return default
    theme, indexed = of.get("theme", "") + of.get("tint", ""), of.get("indexed", "")
    digits = of.get("rgb", "")[-6:].upper() or THEMES.get(theme) or INDEXED.get(indexed)
    digits = digits or repr(sorted(of.items()))
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
    gc.disable()  # a sheet is very many small objects without a cycle: a third of the time
    try:
        looks = _read_rows(package, sheet.part, grid)
        if sheet.hidden and grid.rows:
            grid.note("hidden-sheet")
        _note_looks(grid, looks)
    except Unreadable as error:
        grid.unreadable(error)
    except DAMAGE:
        grid.unreadable(Unreadable("not-a-workbook/sheet"))
    finally:
        gc.enable()
    return grid


def _read_rows(package: Package, part: str, grid: Grid) -> dict[str, list]:
    """Read a sheet's rows into the grid; what of them a reader on a screen would not see, or would
    see otherwise than it is stored, by the problem it is. Raises what the parser and the archive
    raise for damaged ones."""
    looks, number, spans = defaultdict(list), 0, []
    for one in elements(package.archive, part, "row", "c", "mergeCell", "col"):
        if one.tag == "mergeCell":
            looks["merged-cells"].append(one.get("ref", ""))
        elif one.tag == "col":
            if _is_on(one, "hidden") or float(one.get("width", 9)) < LEAST_WIDTH:
                spans.append(range(int(one.attrib["min"]) - 1, int(one.attrib["max"])))
        else:
            before, number = number, int(one.get("r", number + 1)) if one.tag == "row" else 0
            if not before < number <= LAST_ROW:
                raise ValueError("order of rows")
            if cells := _read_cells(package, one, number, looks):
                grid.add(number, cells)
                if _is_on(one, "hidden") or float(one.get("ht", 15)) < LEAST_HEIGHT:
                    looks["hidden-rows"].append(number)
    looks["hidden-columns"] += [at for at in sorted(grid.filled) if any(at in s for s in spans)]
    return looks


def _read_cells(package: Package, row: Element, number: int, looks: dict) -> dict[int, Raw]:
    cells, at = {}, -1
    for cell in row.iter("c"):
        before, at = at, _column(cell.get("r"), number, at + 1)
        if not before < at <= LAST_COLUMN:
            raise ValueError("order of cells")
        style = package.styles.get(cell.get("s", "0"), PLAIN)
        raw, struck = _raw(package, cell, style)
        if raw is None or (isinstance(raw, str) and not raw.strip(EMPTY)):
            continue
        cells[at] = raw
        if struck or style.struck:
            looks["struck-through"].append((number, at))
        if style.faint:
            looks["unseen-text"].append((number, at))
        if isinstance(raw, dt.datetime) and style.turns(raw):
            looks["date-format"].append((number, at, raw))
    return cells


def _column(reference: str | None, row: int, following: int) -> int:
    """The column, from 0, of a cell that says where it stands, or of the one after the last."""
    if reference is None or reference == f"{_letters(following)}{row}":
        return following
    place = REFERENCE.fullmatch(reference)
    if not place or int(place[2]) != row:
        raise ValueError("place of a cell")
    return xl_cell_to_rowcol(reference)[1]


def _raw(package: Package, cell: Element, style: Style) -> tuple[Raw | None, bool]:
    """What a cell holds, by its kind, and whether some of it is struck through."""
    kind, value = cell.get("t", "n"), cell.findtext("v")
    if kind == "inlineStr" and (text := cell.find("is")) is not None:
        return _words(text)
    if kind == "s" and value:
        if not (value.isascii() and value.isdigit()):
            raise ValueError("number of a text")
        return package.strings[int(value)]
    if kind == "e":
        return Broken("error-cell", value or "#N/A"), False
    if kind in ("str", "inlineStr") and value is not None:
        return unescape(value), False
    value = (value or "").strip()
    if not value:
        has_formula = kind != "s" and cell.find("f") is not None
        return Broken("formula-unsaved") if has_formula else None, False
    if kind == "b":
        return "TRUE" if value in ("1", "true") else "FALSE", False
    if kind == "d":
        return dt.datetime.fromisoformat(value).replace(tzinfo=None), False
    if not NUMBER.fullmatch(value):
        raise ValueError("number")
    number = float(value)
    if not style.is_date:
        return Masked(number) if style.hides(number) else number, False
    if not 0 <= number < LAST_DAY:
        return Broken("error-cell", "#####"), False
    day = package.epoch + dt.timedelta(days=number, milliseconds=500)
    return day.replace(microsecond=0), False


def _note_looks(grid: Grid, looks: dict[str, list]) -> None:
    table, note = RETURN.get(grid.sheet.strip().lower()), grid.note
    first, header = grid.rows[0] if grid.rows else (0, {})
    words = {at: plain(raw).lower() for at, raw in header.items()}
    names = {at: word if table and word in table.names else "" for at, word in words.items()}
    for area in looks["merged-cells"][:MOST_MERGED]:
        corner = REFERENCE.match(area)
        row, at = xl_cell_to_rowcol(corner[0]) if corner else (-1, None)
        note("merged-cells", row + 1, at, area=area[:30])
    if hidden := looks["hidden-rows"]:
        note("hidden-rows", hidden[0], count=len(hidden))
    for key in ("struck-through", "unseen-text"):
        heads = {at for row, at in looks[key] if row == first}
        for at in sorted(heads):
            note(f"{key}/heading", 0, at, names.get(at, ""), letter=xl_col_to_name(at))
        if below := sorted({row for row, at in looks[key] if at not in heads}):
            listed = ", ".join(map(str, below[:10])) + (" and more" if below[10:] else "")
            note(key, below[0], count=len(below), rows=listed)
    for at in dict.fromkeys(at for _, at, _ in looks["date-format"]):
        dates = [(row, day) for row, column, day in looks["date-format"] if column == at]
        note("date-format", dates[0][0], at, names.get(at, ""), count=len(dates), day=dates[0][1])
    for at in looks["hidden-columns"]:
        note("hidden-columns", name=names.get(at, ""), letter=xl_col_to_name(at))
