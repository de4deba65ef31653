"""What the command says, and its exit code, when something is wrong: each case in a made-up root of its own.

In: nothing. Out: a dictionary of case to lines, the exit code first. A root holds la-01's return and what a case spoils.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from typer.testing import CliRunner

WORKBOOK = Path(__file__).resolve().parents[2]
MASKS = (
    (re.compile(r"\d+(\.\d+)?\s*s\b"), "N s"),
    (re.compile(r"reference [0-9a-f]{8}"), "reference X"),
    (re.compile(r"command-[0-9a-f]{8}"), "command-X"),
    (re.compile(r"Fingerprint [0-9a-f]{16}"), "Fingerprint X"),
)
RAW, PARAMS = "data/raw/la-01/", "params/la-01.yaml"


def edit(file: str, old: str, new: str):
    """Spoil a file: the first place of some text."""

    def spoil(root: Path) -> None:
        text = (root / file).read_text("utf-8")
        assert old in text, f"{file} has no {old!r}"
        (root / file).write_text(text.replace(old, new, 1), "utf-8")

    return spoil


def cell(file: str, row: int, column: int, value: str):
    """Spoil one cell of a CSV without quoted commas: row 2 is the first under the header."""

    def spoil(root: Path) -> None:
        lines = (root / file).read_text("utf-8").splitlines()
        cells = lines[row - 1].split(",")
        cells[column] = value
        lines[row - 1] = ",".join(cells)
        (root / file).write_text("\n".join(lines) + "\n", "utf-8")

    return spoil


def remove(file: str):
    """Spoil a root: take a file away."""
    return lambda root: (root / file).unlink()


def national(root: Path) -> None:
    """A futures library that lasts a negative time."""
    shutil.copytree(WORKBOOK / "data/raw/national", root / "data/raw/national", dirs_exist_ok=True)
    path = root / "data/raw/national/futures.csv"
    lines = path.read_text("utf-8").splitlines()
    at = lines[0].split(",").index("years")
    for number, line in enumerate(lines[1:], 1):
        cells = line.split(",")
        if len(cells) > at and cells[at] and '"' not in ",".join(cells[:at]):
            cells[at] = "-1"
            lines[number] = ",".join(cells)
            break
    path.write_text("\n".join(lines) + "\n", "utf-8")


def priced(root: Path) -> None:
    """The one return checked and priced: four families, too few to be shown."""
    command("batch", "--only", "01", "--only", "02", "--root", str(root))


OVERRIDES = "overrides: {}"
CASES: dict[str, tuple] = {
    "an authority nobody knows": (("run", "la-99"),),
    "a slug that is none": (("run", "LA 01"),),
    "no authority named": (("check",),),
    "a root that is none": (("check", "la-01", "--root", "ROOT/nowhere"),),
    "an assumption misspelt": (
        ("check", "la-01"),
        edit(PARAMS, OVERRIDES, "overrides: {discont_rate: 0.03}"),
    ),
    "a share over 1": (("check", "la-01"), edit(PARAMS, OVERRIDES, "overrides: {deadweight: 1.5}")),
    "a word for a number": (
        ("run", "la-01"),
        edit(PARAMS, OVERRIDES, "overrides: {drop_off: some}"),
    ),
    "expected without probabilities": (
        ("check", "la-01"),
        edit(PARAMS, OVERRIDES, "overrides: {weighting: expected}"),
    ),
    "a preset nobody knows": (("check", "la-01"), edit(PARAMS, "preset: larc", "preset: lark")),
    "a key twice": (
        ("check", "la-01"),
        edit(PARAMS, "vintage: larc4", "vintage: larc4\nvintage: larc4"),
    ),
    "a price base without deflator": (("check", "la-01"), edit(PARAMS, '"2010-11"', '"1900-01"')),
    "hours that are no number": (("run", "la-01"), cell(RAW + "process.csv", 2, 5, "two")),
    "a role without a price": (("check", "la-01"), cell(RAW + "process.csv", 2, 3, "wizard")),
    "several faults at once": (
        ("check", "la-01"),
        cell(RAW + "process.csv", 3, 4, "0"),
        cell(RAW + "children.csv", 2, 2, "5-10"),
        cell(RAW + "futures.csv", 2, 1, "fame"),
    ),
    "no cases table": (("run", "la-01"), remove(RAW + "cases.csv")),
    "a case nobody told of": (("check", "la-01"), cell(RAW + "needs.csv", 2, 0, "Nobody")),
    "a national table that breaks a rule": (("check", "la-01"), national),
    "publish before anything has run": (("publish", "--round", "larc4"),),
    "publish a round nobody knows": (("publish", "--round", "larc9"),),
    "publish approved by one": (("publish", "--round", "larc4", "--approve", "Ann Reader"),),
    "publish four families": (("publish", "--round", "larc4"), priced),
    "publish four families, approved": (
        ("publish", "--round", "larc4", "--approve", "Ann Reader", "--approve", "Bob Checker"),
        priced,
    ),
    "an edition nobody knows": (("batch", "--edition", "private"),),
    "an engine nobody knows": (("run", "la-01", "--engine", "steam"),),
    "begin an authority that is there": (("new", "la-01"),),
    "verify a page that is not there": (("verify", "ROOT/reports/la-01/04_findings.html"),),
    "compare with what is no root": (("compare", "ROOT/nowhere", "ROOT"),),
    "synth into nothing": (("synth",),),
    "synth with a vintage nobody knows": (("synth", "ROOT/new", "--vintage", "larc9"),),
    "a command nobody knows": (("price", "la-01"),),
}
NO_ROOT = ("compare", "synth", "price")


def run(name: str) -> list[str]:
    """Run one case: exit code, then what was said, with what changes from run to run masked."""
    words, *spoilers = CASES[name]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "root"
        shutil.copytree(WORKBOOK / "data/raw/la-01", root / "data/raw/la-01")
        (root / "params").mkdir()
        shutil.copy(WORKBOOK / PARAMS, root / "params")
        for spoil in spoilers:
            spoil(root)
        words = [word.replace("ROOT", str(root)) for word in words]
        if "--root" not in words and words[0] not in NO_ROOT:
            words += ["--root", str(root)]
        code, said = command(*words)
        said = said.replace(str(root), "ROOT").replace(root.as_posix(), "ROOT")
    for pattern, word in MASKS:
        said = pattern.sub(word, said)
    return [f"exit: {code}", *(line.rstrip() for line in said.splitlines() if line.strip())]


def command(*words: str) -> tuple[int, str]:
    """Run ``larcnb`` in this process, but for what runs notebooks: exit code, and all it wrote."""
    if words[0] not in ("run", "batch"):
        from larcnb.cli.app import app

        done = CliRunner().invoke(app, list(words), prog_name="larcnb")
        return done.exit_code, done.output
    env = {
        **os.environ,
        "PYTHONPATH": str(WORKBOOK),
        "COLUMNS": "200",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }
    done = subprocess.run(
        [sys.executable, "-m", "larcnb.cli", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=WORKBOOK,
        env=env,
        encoding="utf-8",
    )
    return done.returncode, done.stdout + done.stderr


def run_all() -> dict[str, list[str]]:
    """Every case, and the public pages of a small made-up round."""
    return {name: run(name) for name in CASES}


def public_pages() -> dict[str, str]:
    """The public edition of a made-up round, as released by two people: page to HTML."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "root"
        for words in (
            ("synth", str(root), "--authorities", "3", "--cases", "14", "--seed", "1"),
            ("batch", "--only", "01", "--only", "02", "--round", "synth", "--root", str(root)),
            ("publish", "--round", "synth", "--root", str(root)),
            (
                "publish",
                "--round",
                "synth",
                "--root",
                str(root),
                "--approve",
                "Ann Reader",
                "--approve",
                "Bob Checker",
            ),
        ):
            code, said = command(*words)
            if code:
                return {
                    "public/made": f"<body><p>{' '.join(words[:1])} ended with {code}: {said.replace(str(root), 'ROOT')}</p>"
                }
        pages = sorted((root / "reports/public").rglob("*.html"))
        return {f"public/{page.stem}": page.read_text("utf-8") for page in pages}
