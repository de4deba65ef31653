"""Sparse and odd returns, and every notebook run on them: what is empty is said in a plain sentence, never a crash.

In: a case's name. Out: small roots (:data:`FEW`), by :func:`make` with their pages, and by :func:`look` what is wrong
with these: a word that only a program says (``nan``, ``None``, ``0 of 0``), an empty chart.
``benchmarks/sparse_roots.py`` makes some ninety more.
"""

import html
import io
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from unittest import mock

import numpy as np
import openpyxl
import pandas as pd
from test_cli import larcnb

from larcnb import codes, schema
from larcnb.library import load_library
from larcnb.root import WORKBOOK, Root
from larcnb.runner.notebooks import Notebook, run_notebook
from larcnb.synth import make_return

ROUND = "sparse"
LONG = "The Metropolitan Borough of Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch and Háskóli Ísafjarðar"
ODD = 'Ōtautahi & <b>{process}</b> {} {0} $x^2$ 100% £5 "q"'
NOT_WORDS = re.compile(
    r"(?<![\w.])(?:nan|NaN|NaT|<NA>|inf|None|undefined|null)(?![\w])|\b0 of 0\b|\[\]|\bNaT\b|-£|£-|£\s*(?:nan|inf)"
    r"|\{(?:process|episode|assessment|tac|tac_short|lead_professional|domain)\}(?!</b>)"
)
"""What no page says; a sentence may begin with None, a cell may not be it."""


@dataclass
class Authority:
    """One authority of a root: its params, its return, its own unit costs."""

    slug: str
    params: dict = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    own: pd.DataFrame | None = None


@dataclass
class World:
    """A root before it is written: authorities of one round, and national tables in place of the workbook's."""

    authorities: list[Authority]
    national: dict[str, pd.DataFrame] = field(default_factory=dict)

    def write(self, folder: Path) -> Root:
        """Write params, returns and national tables; a ruling on a future that nobody told of goes with its witness."""
        for name, frame in self.national.items():
            path = folder / "data" / "raw" / "national" / f"{name}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            frame.to_csv(path, index=False)
        (folder / "params").mkdir(parents=True)
        for one in self.authorities:
            raw = folder / "data" / "raw" / one.slug
            raw.mkdir(parents=True)
            told = one.tables["futures"][["case_id", "future"]].drop_duplicates()
            agreed = one.tables["moderation"].merge(told)
            for name, frame in (one.tables | {"moderation": agreed}).items():
                frame.to_csv(raw / f"{name}.csv", index=False)
            if one.own is not None:
                one.own.to_csv(raw / "unit_costs.csv", index=False)
            (folder / "params" / f"{one.slug}.yaml").write_text(params_text(one), encoding="utf-8")
        return Root(folder)


def params_text(one: Authority) -> str:
    """An authority's params as YAML (JSON is YAML)."""
    vintage = one.params.get("vintage", "larc4")
    known = {
        "slug": one.slug,
        "name": f"Name of {one.slug}",
        "gss_code": "",
        "type": "unitary authority",
        "region": "England",
        "round": ROUND,
        "vintage": vintage,
        "price_base": codes.VINTAGE[vintage][0],
        "wording": "caf",
        "impact_level": None,
        "preset": "public_purse",
        "overrides": {},
    } | one.params
    written = {k: "" if v is None else json.dumps(v, ensure_ascii=False) for k, v in known.items()}
    return "".join(f"{key}: {value}\n" for key, value in written.items())


@cache
def library():
    """The workbook's own national tables."""
    return load_library(Root(WORKBOOK))


def national(name: str) -> pd.DataFrame:
    """A national table as it lies in the workbook."""
    return pd.read_csv(Root(WORKBOOK).national(f"{name}.csv"), dtype=str, keep_default_na=False)


def plain(slug: str = "la-01", cases: int = 5, seed: int = 1, *changes, **params) -> Authority:
    """An authority with nothing odd about it but the changes."""
    tables = make_return(library(), cases, seed, params.get("vintage", "larc4"))
    made = Authority(slug, dict(params), tables)
    for change in changes:
        change(made)
    return made


# Changes: each takes an authority and alters it.
Change = Callable[[Authority], None]


def without(*names: str) -> Change:
    """Empty tables."""
    return lambda a: a.tables.update({n: a.tables[n].iloc[:0] for n in a.tables.keys() & {*names}})


def only(*names: str) -> Change:
    """Keep these tables, and empty the others."""
    return lambda a: without(*(set(a.tables) - {*names}))(a)


def first_cases(n: int) -> Change:
    """Keep the first cases."""

    def change(a: Authority) -> None:
        ids = a.tables["cases"]["case_id"][:n]
        of = {name: frame for name, frame in a.tables.items() if "case_id" in frame}
        a.tables |= {name: frame[frame["case_id"].isin(ids)] for name, frame in of.items()}

    return change


def costed(n: int) -> Change:
    """The first n cases are costed, no other is."""

    def change(a: Authority) -> None:
        yes = np.arange(len(a.tables["cases"])) < n
        why = {"costed": np.where(yes, "yes", "no"), "not_costed_reason": np.where(yes, "", "no")}
        a.tables["cases"] = a.tables["cases"].assign(**why)

    return change


def all_of(table: str, **columns: str | int) -> Change:
    """Every row of a table says the same in some columns."""
    return lambda a: a.tables.update({table: a.tables[table].assign(**columns)})


nothing_delivered = all_of("interventions", quantity=0, status="unavailable")


def unpriced(a: Authority) -> None:
    """Every future told is one without a price."""
    code = library().futures.loc[library().futures["item"].isna(), "future"].iloc[0]
    all_of("moderation", accepted="yes", likelihood="highly_likely")(a)
    for name, key in (("futures", ["case_id", "perspective"]), ("moderation", ["case_id"])):
        a.tables[name] = a.tables[name].assign(future=code).drop_duplicates(key)


OWN_VALUES = {"attribution": 0.6, "drop_off": 0.1}
NO_RATES = {"base_rates": national("base_rates").iloc[:0]}
TOLD_ALONE = only("cases", "futures", "moderation"), first_cases(1)
PROCESS_ALONE = only("cases", "process"), costed(1)
FEW: dict[str, Callable[[], World]] = {
    "nothing_sent": lambda: World([plain("la-01", 5, 1, without(*schema.RETURN))]),
    "nothing_priced": lambda: World(
        [
            plain("la-01", 5, 1, only("cases"), name=ODD, preset="observed"),
            plain("la-02", 4, 2, costed(0)),
        ],
        NO_RATES,
    ),
    "halves": lambda: World(
        [
            plain("la-01", 5, 1, *TOLD_ALONE, wording="early_help", preset="larc"),
            plain("la-02", 4, 2, *PROCESS_ALONE, preset="cautious", name=LONG),
        ]
    ),
    "unpriced": lambda: World([plain("la-01", 5, 1, unpriced, vintage="current")]),
}
"""A handful that holds most of what can be empty, for every run of the tests."""


def at(root: Root):
    """While it is entered, notebooks of this root open here."""
    return mock.patch.dict(os.environ, LARCNB_ROOT=str(root.path))


def run_here(path: Path, **parameters):
    """Run a notebook in this process, as a batch does, and give it back with its outputs."""
    unit = parameters.get("authority") or f"consortium/{parameters['round_name']}"
    logs = Path(os.environ["LARCNB_ROOT"]) / "private" / "logs"
    return run_notebook(Notebook(path.stem, path), unit, parameters, logs, "", lambda place: None)


def make(world: World, folder: Path) -> Path:
    """Write a root, make all its pages, and look for what may be published of it."""
    world.write(folder)
    for command in (("batch", "--jobs", "1"), ("publish",)):
        code, said = larcnb(*command, "--round", ROUND, "--root", folder)
        assert code != 1 and "not your mistake" not in said, said
    return folder


def look(folder: Path) -> list[str]:
    """All that is wrong with the pages of a root."""
    wrong = []
    report = folder / "private" / "disclosure" / ROUND / "report.txt"
    for path in [*sorted((folder / "reports").rglob("*.*")), report]:
        said = []
        if path.suffix == ".html":
            said = said_on_page(path.read_text("utf-8"))
            wrong += [f"{path.name}: {words}" for words in empties(path.read_text("utf-8"))]
        elif path.suffix == ".xlsx":
            said = said_in_workbook(path.read_bytes())
        elif path == report and path.is_file():
            said = path.read_text("utf-8").splitlines()
        wrong += [f"{path.name}: says {words!r}" for words in amiss(said)]
    return wrong


def without_frames(page: str) -> str:
    """A page without the frames as pandas shows them, which only an analyst switches on."""
    frame = r'<table[^>]* class="(?:[^"]* )?dataframe\b.*?</table>'
    return re.sub(frame, "", page, flags=re.DOTALL)


def said_on_page(page: str) -> list[str]:
    """The texts of a page, attributes that are read aloud included, code and scripts left out."""
    page = re.sub(r"<(script|style)\b.*?</\1>", "", without_frames(page), flags=re.DOTALL)
    page = re.sub(r"<pre\b.*?</pre>", "", page, flags=re.DOTALL)
    aloud = re.findall(r'(?:alt|aria-label|title)="([^"]*)"', page)
    page = re.sub(r"</?(?:a|abbr|b|strong|em|span|code|i|tspan)\b[^>]*>", "", page)
    parts = [*re.split(r"<[^>]*>", page), *aloud]
    return [html.unescape(part).strip() for part in parts if part.strip()]


def empties(page: str) -> list[str]:
    """Charts whose every amount is nought, tables without a row, links to nowhere on a page."""
    found = []
    for alt in re.findall(r'<img alt="([^"]*)"', page):
        amounts = re.findall(r"£([\d.,]+)", alt)
        if amounts and not re.search("[1-9]", "".join(amounts)):
            found.append(f"a chart of noughts: {alt[:80]}")
    if re.search(r"<tbody>\s*</tbody>", without_frames(page)):
        found.append("a table without rows")
    ids = set(re.findall(r' id="([^"]*)"', page))
    links = [to for to in re.findall(r'href="#([^"]*)"', page) if to not in ids]
    return found + [f"a link to nowhere: #{to}" for to in links]


def said_in_workbook(content: bytes) -> list[str]:
    """The texts of a workbook's cells."""
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    cells = (cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    return [str(cell) for cell in cells if cell is not None]


def amiss(texts: list[str]) -> list[str]:
    """Texts that hold a word which only a program says."""
    found = []
    for text in dict.fromkeys(texts):
        hit = NOT_WORDS.search(text.replace(ODD, ""))
        if hit and (hit[0] != "None" or len(text) < 8):
            found.append(text[max(0, hit.start() - 60) : hit.end() + 60])
    return found
