"""The cells of one sheet's XML, in two ways that must agree: by its plain grammar, or by a full XML parser.

In: a sheet's part of the archive and a :class:`Gatherer`. Out: calls of the gatherer for each row, cell,
merged range and hidden column. Excel, LibreOffice and the usual libraries all write cells in one strict shape,
which :func:`scan` reads quickly, letting nothing pass that does not fit it; at the first thing that does not
fit, it starts again with the parser, which is slower and reads any XML.
"""

from __future__ import annotations

import codecs
import re
from typing import Protocol

from larcnb.returns.package import CHUNK, Package, open_part, parse_part

LONGEST_ROW = 4_000_000
ATTRIBUTES = r'((?:\s+[\w:]+="[^"<>&]*")*)\s*'
TOKEN = re.compile(
    r'\s*(?:<c r="([A-Z]{1,3})(\d{1,7})"(?: s="(\d{1,6})")?(?: t="([a-zA-Z]{1,9})")?'
    r'(?:/>|>(<f(?:\s+[\w:]+="[^"<>]*")*(?:\s*/>|>[^<]*</f>))?'
    r'(?:<v>([^<]*)</v>|(<v ?/>)|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>)?</c>)'
    rf"|<row{ATTRIBUTES}(/?)>|</row>)"
)
REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})", re.ASCII)
ENTITY = re.compile(r"&(lt|gt|amp|quot|apos);")
ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
ROW_NUMBER = re.compile(r'\sr="(\d{1,7})"')
HIDDEN = re.compile(r'\s(?:hidden="(?:1|true)"|ht="0(?:\.0*)?")')
UTF8 = re.compile(rb"<\?xml[^>]*encoding=[\"']utf-8[\"'][^>]*\?>|<\?xml(?![^>]*encoding)[^>]*\?>|<\w", re.IGNORECASE)


class Gatherer(Protocol):
    """What takes the cells."""

    def begin(self) -> None:
        """Forget everything: the sheet is read from its beginning."""

    def begin_row(self, number: int | None, hidden: bool) -> None:
        """A row begins; its number may be left out."""

    def cell(self, letters: str | None, row: int, kind: str, style: str, formula: bool, value: str | None) -> None:
        """A cell; ``value`` is None where the sheet says none."""

    def end_row(self) -> None:
        """The row ends."""

    def merged(self, area: str) -> None:
        """A merged range."""

    def hidden_columns(self, low: int, high: int) -> None:
        """Columns, from 0, that are hidden."""

    def struck_through(self) -> None:
        """Some words of a cell that stands here, not among the shared texts, are struck through."""


def scan(package: Package, part: str, gatherer: Gatherer) -> None:
    """Read a sheet's XML; raises what the parser and the archive raise for damaged ones."""
    gatherer.begin()
    rest = _by_grammar(package, part, gatherer)
    if rest is None:
        gatherer.begin()
        _by_parser(package, part, gatherer)
    else:
        _by_parser(package, part, gatherer, rest)


def _by_grammar(package: Package, part: str, gatherer: Gatherer) -> bytes | None:
    """Read the rows; return the XML around them, or None where something does not fit the grammar."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open_part(package.archive, part) as stream:
        head, mark, body = stream.read(CHUNK).partition(b"<sheetData>")
        if not mark or not UTF8.match(head.removeprefix(codecs.BOM_UTF8)) or b"<!" in head:
            return None
        try:
            buffer = decoder.decode(body)
            while True:
                cut = buffer.rfind("</row>") + len("</row>")
                if cut >= len("</row>"):
                    if not _rows(buffer, cut, gatherer):
                        return None
                    buffer = buffer[cut:]
                piece = stream.read(CHUNK)
                if not piece:
                    break
                buffer += decoder.decode(piece)
                if len(buffer) > LONGEST_ROW:
                    return None
            buffer += decoder.decode(b"", True)
        except UnicodeDecodeError:
            return None
    tail = buffer.lstrip()
    return head + b"<sheetData>" + tail.encode() if tail.startswith("</sheetData>") else None


def _rows(text: str, end: int, gatherer: Gatherer) -> bool:
    """Take the tokens one after another; False at the first place where none fits."""
    match, cell = TOKEN.scanner(text, 0, end).match, gatherer.cell
    inside, last = False, None
    while token := match():
        last = token
        letters, row, style, kind, formula, value, bare, inline, attributes, closed = token.groups()
        if letters:
            if value is None:
                value = inline if bare is None else ""
            if value is None and formula is None and kind != "e":
                continue
            if not inside or (inline is None) == (kind == "inlineStr"):
                return False
            if value and "&" in value:
                if value.count("&") != len(ENTITY.findall(value)):
                    return False
                value = ENTITY.sub(lambda found: ENTITIES[found[1]], value)
            cell(letters, int(row), kind or "n", style or "0", formula is not None, value)
        elif attributes is not None:
            if inside:
                return False
            number = ROW_NUMBER.search(attributes)
            gatherer.begin_row(int(number[1]) if number else None, HIDDEN.search(attributes) is not None)
            inside = not closed
        elif not inside:
            return False
        else:
            inside = False
            gatherer.end_row()
    return last is not None and last.end() == end and not inside


def _by_parser(package: Package, part: str, gatherer: Gatherer, instead: bytes | None = None) -> None:
    """Read the sheet, or ``instead`` of its part the XML given, with the XML parser."""
    cell: dict[str, str] = {}
    pieces: list[str] = []
    state = {"cell": False, "listening": False, "aid": False, "formula": False, "value": False}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            cell.clear()
            cell.update(attributes)
            pieces.clear()
            state.update(cell=True, formula=False, value=False)
        elif tag in ("v", "t"):
            if state["cell"] and not state["aid"]:
                state.update(listening=True, value=True)
        elif tag == "f":
            state["formula"] = state["cell"]
        elif tag == "row":
            hidden = attributes.get("hidden") in ("1", "true") or float(attributes.get("ht", 1)) == 0
            gatherer.begin_row(int(attributes["r"]) if "r" in attributes else None, hidden)
        elif tag == "rPh":
            state["aid"] = True
        elif tag == "strike" and attributes.get("val") not in ("0", "false"):
            gatherer.struck_through()
        elif tag == "mergeCell":
            gatherer.merged(attributes.get("ref", ""))
        elif tag == "col" and (attributes.get("hidden") in ("1", "true") or float(attributes.get("width", 1)) == 0):
            gatherer.hidden_columns(int(attributes["min"]) - 1, int(attributes["max"]) - 1)

    def text(piece: str) -> None:
        if state["listening"] and len(pieces) < 1000:
            pieces.append(piece)

    def end(tag: str) -> None:
        if tag in ("v", "t"):
            state["listening"] = False
        elif tag == "c":
            state["cell"] = False
            kind, value = cell.get("t", "n"), "".join(pieces) if state["value"] else None
            reference = REFERENCE.fullmatch(cell["r"]) if "r" in cell else None
            if "r" in cell and not reference:
                raise ValueError("reference")
            letters, row = (reference[1], int(reference[2])) if reference else (None, 0)
            gatherer.cell(letters, row, kind, cell.get("s", "0"), state["formula"], value)
        elif tag == "row":
            gatherer.end_row()
        elif tag == "rPh":
            state["aid"] = False

    parse_part(package.archive, part, start, end, text, instead)
