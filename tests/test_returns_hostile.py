"""Files made to harm or to choke a reader: refused in words, quickly, in little memory, and never altered.

Time is processor time in a process of its own, memory the growth of its peak while all are read.
"""

import io
import json
import resource
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import drafts
import pytest
from spoilt import rezipped

from larcnb.returns import read_return

SECONDS, MEGABYTES = 2.0, 200
HEAD = b'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
NAMES = dict(zip(("A", "B", "C"), ("case_id", "subject", "need"), strict=True))
HEADER = "".join(f'<c r="{at}1" t="str"><v>{name}</v></c>' for at, name in NAMES.items())


def book(needs: bytes = b"") -> bytes:
    """A sound workbook with the XML of one sheet replaced (``needs`` is the third sheet)."""
    out = io.BytesIO()
    drafts.made(1, form="xlsx").book().save(out)
    return rezipped(out.getvalue(), lambda n, part: needs if needs and "sheet3" in n else part)


def sheet(*pieces: bytes) -> bytes:
    head = b'<sheetData><row r="1">' + HEADER.encode() + b"</row>"
    return HEAD + head + b"".join(pieces) + b"</sheetData></worksheet>"


def many_rows(count: int) -> bytes:
    cell = b'<c r="A%d"><v>1</v></c>'
    return sheet(*(b'<row r="%d">' % row + cell % row + b"</row>" for row in range(2, count)))


def bomb(size: int) -> bytes:
    """An archive whose one sheet unpacks to ``size`` bytes."""
    return book(needs=sheet(b"<!--" + b" " * size + b"-->"))


def lying(raw: bytes) -> bytes:
    """Say in the list of contents that the sheet is small."""
    at = raw.rfind(b"xl/worksheets/sheet3.xml") - 46
    return raw[: at + 24] + (1000).to_bytes(4, "little") + raw[at + 28 :]


def overlapping() -> bytes:
    """Many names for one piece of data, each within the limit."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 20_000_000)
        one = archive.infolist()[0]
        for at in range(400):
            twin = zipfile.ZipInfo(f"part{at}.xml")
            for name in ("file_size", "compress_size", "CRC", "header_offset", "compress_type"):
                setattr(twin, name, getattr(one, name))
            archive.filelist.append(twin)
    return out.getvalue()


def deep() -> bytes:
    return HEAD + b"<a>" * 1_000_000 + b"</a>" * 1_000_000 + b"</worksheet>"


def lol() -> bytes:
    more = (b'<!ENTITY a%d "%s">' % (at, b"&a%d;" % (at - 1) * 10) for at in range(1, 10))
    declared = b'<!DOCTYPE w [<!ENTITY a0 "lollollol">' + b"".join(more) + b"]>"
    return declared + sheet(b'<row r="2"><c r="A2" t="str"><v>&a9;</v></c></row>')


USED = sheet(b'<row r="2"><c r="A2" t="str"><v>&x;</v></c></row>')
EXTERNAL = b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + USED
WIDE = sheet(b'<row r="2">' + b"".join(b"<c><v>1</v></c>" for _ in range(16_384)) + b"</row>")
LONG = b'<row r="2"><c r="A2" t="inlineStr"><is><t>%s</t></is></c></row>' % (b"x" * 40_000_000)
CSV = "case_id,subject,need\n"
WRONG = "".join(f"A,child,w{at:x}\n" for at in range(99_000))
PARTS = {f"x{at}": b"" for at in range(20_000)}

HOSTILE = {
    "zip bomb of 60 MB": ("return.xlsx", lambda: bomb(60_000_000)),
    "bomb that lies about its size": ("return.xlsx", lambda: lying(bomb(60_000_000))),
    "overlapping parts": ("return.xlsx", overlapping),
    "16,384 columns": ("return.xlsx", lambda: book(needs=WIDE)),
    "600,000 rows": ("return.xlsx", lambda: book(needs=many_rows(600_000))),
    "one cell of 40 MB": ("return.xlsx", lambda: book(needs=sheet(LONG))),
    "a million tags deep": ("return.xlsx", lambda: book(needs=deep())),
    "billion laughs": ("return.xlsx", lambda: book(needs=lol())),
    "a file of the machine as an entity": ("return.xlsx", lambda: book(needs=EXTERNAL)),
    "20,000 parts": ("return.xlsx", lambda: rezipped(book(), lambda n, p: p, PARTS)),
    "a sparse file of 60 GB": ("return.xlsx", lambda: None),
    "csv of 600,000 rows": ("needs.csv", lambda: (CSV + "A,child,other\n" * 600_000).encode()),
    "csv line of 40 MB": ("needs.csv", lambda: (CSV + "x" * 40_000_000).encode()),
    "csv of 1,000,000 columns": ("needs.csv", lambda: (CSV + "x," * 1_000_000).encode()),
    "csv with an open quote": ("needs.csv", lambda: (CSV + 'A,"' + "x,y\n" * 1_000_000).encode()),
    "csv of null characters": ("needs.csv", lambda: (CSV + "\0" * 10_000_000).encode()),
    "csv of 100,000 wrong codes": ("needs.csv", lambda: (CSV + WRONG).encode()),
}
REFUSED_AT_LENGTH = {"csv of 100,000 wrong codes"}
"""As large as a return may be: read to its end, for all its problems; it may take longer."""


def lay(folder: Path, name: str, raw: bytes | None) -> Path:
    if name.endswith(".csv"):
        drafts.made(1).write(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if raw is None:
        with (folder / name).open("wb") as file:
            file.truncate(60_000_000_000)
    else:
        (folder / name).write_bytes(raw)
    return folder


def measure(folders: dict[str, str]) -> dict:
    """Read each folder; processor seconds, growth of the peak in MB, and what was said."""
    warm = Path(next(iter(folders.values()))).parent / "sound"
    read_return(drafts.made(1, form="xlsx").write(warm), "la-99", drafts.LIBRARY, drafts.VINTAGE)
    told = {}
    for name, folder in folders.items():
        before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        found = read_return(Path(folder), "la-99", drafts.LIBRARY, drafts.VINTAGE)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        said = [str(problem) for problem in found.errors[:3]]
        told[name] = [time.process_time() - start, grown, said]
    return told


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> dict:
    top = tmp_path_factory.mktemp("hostile")
    files = enumerate(HOSTILE.items())
    folders = {name: str(lay(top / str(at), file, make())) for at, (name, (file, make)) in files}
    code = (
        "import json, sys; from test_returns_hostile import measure; "
        "print(json.dumps(measure(json.load(sys.stdin))))"
    )
    said = {"input": json.dumps(folders), "capture_output": True, "text": True}
    run = subprocess.run([sys.executable, "-c", code], **said, cwd=Path(__file__).parent)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_words_quickly_and_in_little_memory(name, measured):
    seconds, megabytes, said = measured[name]
    assert said and all("Traceback" not in line and len(line) < 1000 for line in said)
    if name not in REFUSED_AT_LENGTH:
        assert seconds < SECONDS * SLOW and megabytes < MEGABYTES, (seconds, megabytes, said)
    assert "root:" not in str(said)  # what an entity points at is never read


def test_reading_alters_nothing(tmp_path):
    path = drafts.made(3, form="xlsx").write(tmp_path / "la-99") / "return.xlsx"
    before = path.read_bytes()
    read_return(path.parent, "la-99", drafts.LIBRARY, drafts.VINTAGE)
    assert path.read_bytes() == before and list(path.parent.iterdir()) == [path]


def _slowness() -> float:
    """How much slower than an idle machine this one is just now, at least 1."""
    start = time.process_time()
    sum(range(3_000_000))
    return max(1.0, (time.process_time() - start) / 0.04)


SLOW = _slowness()
