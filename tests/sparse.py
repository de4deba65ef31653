"""Sparse and odd returns, and every notebook run on them: what is empty is said in a plain sentence, never a crash.

In: a seed, or a case's name. Out: small roots (:data:`CASES`, :func:`mixed`) and, by :func:`look`, what is wrong with
their pages: a notebook that fails, a word that only a program says (``nan``, ``None``, ``0 of 0``), an empty chart.

``python tests/sparse.py`` runs them all; ``python tests/sparse.py one_costed seed-7`` some; ``--keep FOLDER`` leaves
roots and pages there. The notebooks' cells run in this process, without kernels: a root takes seconds.
"""

from __future__ import annotations

import argparse
import base64
import html
import io
import json
import os
import random
import re
import shutil
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from larcnb import codes, schema
from larcnb.errors import LarcError
from larcnb.library import load_library
from larcnb.root import WORKBOOK, Root
from larcnb.synth import make_return

ROUND = "sparse"
OWN = ("01_clean", "02_price", "03_sensitivity", "04_findings", "05_standing")
POOLED = ("10_consortium", "11_evidence", "12_reproduce_larc4")
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
            told = pd.MultiIndex.from_frame(one.tables["futures"][["case_id", "future"]])
            agreed = one.tables["moderation"]
            agreed = agreed[pd.MultiIndex.from_frame(agreed[["case_id", "future"]]).isin(told)]
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
    return "".join(
        f"{key}: {'' if value is None else json.dumps(value, ensure_ascii=False)}\n"
        for key, value in known.items()
    )


@cache
def library():
    """The workbook's own national tables."""
    return load_library(Root(WORKBOOK))


def national(name: str) -> pd.DataFrame:
    """A national table as it lies in the workbook."""
    return pd.read_csv(Root(WORKBOOK).national(f"{name}.csv"), dtype=str, keep_default_na=False)


def plain(slug: str = "la-01", cases: int = 5, seed: int = 1, **params) -> Authority:
    """An authority with nothing odd about it; evidence rows beside its families."""
    tables = make_return(library(), cases, seed, params.get("vintage", "larc4"))
    tables["evidence"] = evidence(seed)
    return Authority(slug, dict(params), tables)


def evidence(seed: int, rows: int = 6) -> pd.DataFrame:
    """Some rows of evidence."""
    r = random.Random(seed)
    strands = [r.choice(list(codes.THEME)) for _ in range(rows)]
    made = [
        {
            f.name: r.choice(f.allowed) if f.allowed else "said so"
            for f in schema.RETURN["evidence"].fields
        }
        | {"strand": strand, "theme": r.choice(list(codes.THEME[strand]))}
        for strand in strands
    ]
    return pd.DataFrame(made, columns=list(schema.RETURN["evidence"].columns))


# Changes: each takes an authority and alters it.
Change = Callable[[Authority], None]


def without(*names: str) -> Change:
    """Empty tables."""

    def change(a: Authority) -> None:
        for name in names:
            a.tables[name] = a.tables[name].iloc[:0]

    return change


def only(*names: str) -> Change:
    """Keep these tables, and empty the others."""
    return lambda a: without(*(set(a.tables) - {*names}))(a)


def first_cases(n: int) -> Change:
    """Keep the first cases."""

    def change(a: Authority) -> None:
        ids = list(a.tables["cases"]["case_id"])[:n]
        for name, frame in a.tables.items():
            if "case_id" in frame:
                a.tables[name] = frame[frame["case_id"].isin(ids)]

    return change


def costed(n: int) -> Change:
    """The first n cases are costed, no other is."""

    def change(a: Authority) -> None:
        yes = np.arange(len(a.tables["cases"])) < n
        a.tables["cases"] = a.tables["cases"].assign(
            costed=np.where(yes, "yes", "no"), not_costed_reason=np.where(yes, "", "not asked")
        )

    return change


def all_of(table: str, **columns: str) -> Change:
    """Every row of a table says the same in some columns."""

    def change(a: Authority) -> None:
        a.tables[table] = a.tables[table].assign(**columns)

    return change


def nothing_delivered(a: Authority) -> None:
    a.tables["interventions"] = a.tables["interventions"].assign(quantity=0, status="unavailable")


def one_future(code: str) -> Change:
    """Nobody told of any future but one."""

    def change(a: Authority) -> None:
        for name in ("futures", "moderation"):
            a.tables[name] = (
                a.tables[name]
                .assign(future=code)
                .drop_duplicates(
                    [c for c in ("case_id", "future", "perspective") if c in a.tables[name]]
                )
            )

    return change


def unpriced(a: Authority) -> None:
    """Every future told is one without a price."""
    one_future(library().futures.loc[library().futures["item"].isna(), "future"].iloc[0])(a)
    all_of("moderation", accepted="yes", likelihood="highly_likely")(a)


def costs_without_price(a: Authority) -> None:
    """No line of the return costs anything: no process, nothing delivered."""
    without("process", "interventions")(a)


def priced_by(**params) -> Change:
    """Other params."""
    return lambda a: a.params.update(params)


def own_costs(a: Authority) -> None:
    """The authority's own price of an hour, and an odd label."""
    rows = national("unit_costs")
    vintage = a.params.get("vintage", "larc4")
    used = rows[
        (rows["vintage"] == vintage) & (rows["item"].isin(a.tables["process"]["role"]))
    ].head(1)
    used = (
        used
        if len(used)
        else rows[(rows["vintage"] == vintage) & (rows["category"] == "role")].head(1)
    )
    a.own = used.assign(
        value="61.50", low="", high="", label=ODD, source=f"Own ledger {ODD}", url=""
    )


def named(name: str) -> Change:
    return priced_by(name=name)


def repeated(a: Authority) -> None:
    """The same line twice, which is allowed and warned of."""
    for name in ("process", "interventions"):
        a.tables[name] = pd.concat([a.tables[name], a.tables[name].head(2)])


NOTHING = only("evidence")
OWN_VALUES = {"attribution": 0.6, "drop_off": 0.1}
CHANGES: dict[str, Change] = {
    **{f"no_{name}": without(name) for name in schema.RETURN if name != "cases"},
    "cases_alone": only("cases"),
    "only_process": only("cases", "process"),
    "only_interventions": only("cases", "interventions"),
    "only_futures": only("cases", "futures", "moderation"),
    "only_needs_and_children": only("cases", "needs", "children"),
    "no_cases": without(*schema.RETURN),
    "no_cases_but_evidence": NOTHING,
    "one_case": first_cases(1),
    "two_cases": first_cases(2),
    "one_costed": costed(1),
    "none_costed": costed(0),
    "all_rejected": all_of("moderation", accepted="no"),
    "all_unlikely": all_of("moderation", likelihood="very_unlikely"),
    "all_unpriced": unpriced,
    "no_inputs": costs_without_price,
    "one_future": one_future("permanent_exclusion"),
    "no_child_in_futures": all_of("children", in_futures="no"),
    "ages_unknown": all_of("children", age_band="unknown"),
    "all_open": all_of("cases", status="open", closed=""),
    "nothing_delivered": nothing_delivered,
    "one_witness": lambda a: (
        all_of("futures", perspective="parent")(a)
        or a.tables.update(futures=a.tables["futures"].drop_duplicates(["case_id", "future"]))
    ),
    "repeated_lines": repeated,
    "early_help_wording": priced_by(wording="early_help"),
    "larc": priced_by(preset="larc"),
    "cautious": priced_by(preset="cautious"),
    "observed": priced_by(preset="observed"),
    "own_values": priced_by(overrides=OWN_VALUES),
    "one_year": priced_by(overrides={"long_years": 1}),
    "own_costs": own_costs,
    "long_name": named(LONG),
    "odd_name": named(ODD),
}
CURRENT = ("no_futures", "one_case", "all_unpriced", "cases_alone")


@cache
def cases() -> dict[str, Callable[[], World]]:
    """Every world by name."""
    made: dict[str, Callable[[], World]] = {
        name: (lambda change=change: World([changed(plain(), change), plain("la-02", 4, 2)]))
        for name, change in CHANGES.items()
    }
    made |= {
        f"{name}_alone": (lambda change=CHANGES[name]: World([changed(plain(), change)]))
        for name in CHANGES
        if name not in ("larc", "cautious", "long_name", "early_help_wording", "two_cases")
    }
    made |= {
        f"{name}_current": (
            lambda change=CHANGES[name]: World([changed(plain(vintage="current"), change)])
        )
        for name in CURRENT
    }
    made["unlike_bases"] = lambda: World([plain(), plain("la-02", 4, 2, price_base="2013-14")])
    made["unlike_vintages"] = lambda: World([plain(), plain("la-02", 4, 2, vintage="current")])
    made["unlike_presets"] = lambda: World(
        [plain(preset="larc"), plain("la-02", 4, 2, preset="cautious")]
    )
    made["no_rates"] = lambda: World(
        [plain(), plain("la-02", 4, 2)], {"base_rates": national("base_rates").iloc[:0]}
    )
    made["observed_without_rates"] = lambda: World(
        [plain(preset="observed"), plain("la-02", 4, 2)],
        {"base_rates": national("base_rates").iloc[:0]},
    )
    made["no_unit_has_a_range"] = lambda: World(
        [plain()], {"unit_costs": national("unit_costs").assign(low="", high="")}
    )
    made["odd_labels"] = lambda: World(
        [plain(), plain("la-02", 4, 2)],
        {
            name: (lambda t: t.assign(label=t["label"] + " " + ODD))(national(name))
            for name in ("futures", "unit_costs")
        },
    )
    made["no_library_item"] = lambda: World(
        [plain()],
        {
            "futures": national("futures")
            .assign(item="", quantity="", start="", years="")
            .drop_duplicates("future")
        },
    )
    return made


FEW: dict[str, Callable[[], World]] = {
    "nothing_sent": lambda: World([changed(plain(), CHANGES["no_cases"])]),
    "nothing_priced": lambda: World(
        [
            changed(plain(name=ODD, preset="observed"), only("cases")),
            changed(plain("la-02", 4, 2), costed(0)),
        ],
        {"base_rates": national("base_rates").iloc[:0]},
    ),
    "halves": lambda: World(
        [
            changed(
                plain(wording="early_help", preset="larc"),
                only("cases", "futures", "moderation"),
                first_cases(1),
            ),
            changed(
                plain("la-02", 4, 2, preset="cautious", name=LONG),
                only("cases", "process"),
                costed(1),
            ),
            changed(
                plain("la-03", 4, 3, overrides=OWN_VALUES),
                all_of("moderation", accepted="no"),
                nothing_delivered,
            ),
        ]
    ),
    "unpriced": lambda: World(
        [
            changed(
                plain(vintage="current"),
                own_costs,
                unpriced,
                all_of("children", in_futures="no"),
                repeated,
                all_of("cases", status="open", closed=""),
                without("outcomes", "needs", "evidence"),
            )
        ]
    ),
    "unlike": lambda: World([plain(cases=1), plain("la-02", 1, 2, price_base="2013-14")]),
}
"""A handful that holds most of what can be empty, for every run of the tests."""


def changed(a: Authority, *changes: Change) -> Authority:
    """The authority after some changes."""
    for change in changes:
        change(a)
    return a


def mixed(seed: int) -> World:
    """A random world: one to three authorities, each of any size with up to four changes, some cells dropped."""
    r = random.Random(seed)
    vintage = r.choice(["larc4", "larc4", "current"])
    authorities = []
    for number in range(r.choice([1, 1, 2, 3])):
        a = plain(
            f"la-0{number + 1}", r.choice([0, 1, 1, 2, 3, 6]), seed * 10 + number, vintage=vintage
        )
        a.params["preset"] = r.choice(["larc", "public_purse", "cautious", "observed"])
        names = r.sample(sorted(CHANGES), r.randint(0, 4))
        changed(a, *(CHANGES[name] for name in names))
        for name in a.tables:
            if name != "cases" and r.random() < 0.3:
                a.tables[name] = a.tables[name].sample(frac=r.random(), random_state=seed)
        a.params["impact_level"] = r.choice([None, None, 1, 4])
        authorities.append(a)
    tables = {"base_rates": national("base_rates").iloc[:0]} if r.random() < 0.15 else {}
    return World(authorities, tables)


def world_of(name: str) -> World:
    """A world by its name; ``seed-7`` a random one."""
    return mixed(int(name[5:])) if name.startswith("seed-") else (FEW | cases())[name]()


# Running the notebooks' cells here.
@contextmanager
def at(root: Root) -> Iterator[None]:
    """Notebooks of this root open here."""
    before = os.environ.get("LARCNB_ROOT")
    os.environ["LARCNB_ROOT"] = str(root.path)
    try:
        yield
    finally:
        os.environ.pop("LARCNB_ROOT")
        if before is not None:
            os.environ["LARCNB_ROOT"] = before


@cache
def _formatter():
    from IPython.core.formatters import DisplayFormatter

    return DisplayFormatter()


def run_here(path: Path, **parameters):
    """Run a notebook's cells in this process and give it back with its outputs.

    Raises
    ------
    Exception
        What a cell raised; ``.cell`` names it.
    """
    import ast

    import nbformat

    nb = nbformat.read(path, 4)
    shown: list = []
    names = {"__name__": "__main__", "display": lambda *what: shown.extend(what)}
    for number, cell in enumerate(nb["cells"]):
        if cell["cell_type"] != "code":
            continue
        cell["outputs"] = []
        tree = ast.parse(cell["source"])
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        shown.clear()
        try:
            exec(compile(tree, str(path.name), "exec"), names)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), str(path.name), "eval"), names)
                shown += [] if value is None else [value]
            outputs = [_formatter().format(value) for value in shown]
        except Exception as error:
            error.cell = f"{path.stem}, cell {number} ({cell['id']})"
            raise
        if "parameters" in cell["metadata"].get("tags", []):
            names |= parameters
        for data, metadata in outputs:
            data = {
                k: base64.b64encode(v).decode() if isinstance(v, bytes) else v
                for k, v in data.items()
            }
            cell["outputs"].append(
                nbformat.v4.new_output("display_data", data=data, metadata=metadata)
            )
    return nb


def pages(root: Root, slugs: list[str]) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Each notebook and workbook of a root in the order they are made: name, and what makes it."""
    from larcnb.publish import render_page
    from larcnb.publish.results import results_workbook

    def page(name: str, unit: str, **parameters) -> bytes:
        nb = run_here(root.notebooks / f"{name}.ipynb", **parameters)
        title = nb["cells"][0]["source"].partition("\n")[0].lstrip("# ")
        return render_page(nb, f"{title}: {unit}").encode()

    few = {"draws": 1000}
    for slug in slugs:
        for name in OWN[:4]:
            more = few if name == "03_sensitivity" else {}
            yield (
                f"{slug}/{name}.html",
                lambda name=name, slug=slug, more=more: page(name, slug, authority=slug, **more),
            )
        yield f"{slug}/results.xlsx", lambda slug=slug: results_workbook(root, slug)
    for slug in slugs:
        yield f"{slug}/{OWN[4]}.html", lambda slug=slug: page(OWN[4], slug, authority=slug)
    for name in POOLED:
        yield f"consortium/{name}.html", lambda name=name: page(name, ROUND, round_name=ROUND)


def look(world: World, folder: Path) -> list[str]:
    """Write a root, make all its pages and say all that is wrong with them."""
    from larcnb.disclosure import prepare

    root, wrong = world.write(folder), []
    slugs = [one.slug for one in world.authorities]
    unlike = (
        len({(a.params.get("vintage"), a.params.get("price_base")) for a in world.authorities}) > 1
    )
    with at(root), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = {}
        for name, make in pages(root, slugs):
            if (
                name.endswith("xlsx")
                and name.replace("results.xlsx", "04_findings.html") not in made
            ):
                continue
            try:
                made[name] = make()
            except LarcError as error:
                if not (
                    unlike
                    and name == "consortium/10_consortium.html"
                    and "priced unlike" in str(error)
                ):
                    wrong.append(f"{name}: refused: {error}")
            except Exception as error:
                place = traceback.extract_tb(error.__traceback__)[-1]
                wrong.append(
                    f"{name}: {getattr(error, 'cell', '')}: {type(error).__name__}: {error} "
                    f"({Path(place.filename).name}:{place.lineno})"
                )
        for name, content in made.items():
            path = root.reports / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            said = (
                said_in_workbook(content)
                if name.endswith("xlsx")
                else said_on_page(content.decode())
            )
            wrong += [f"{name}: says {words!r}" for words in amiss(said)]
            wrong += (
                [f"{name}: {words}" for words in empties(content.decode())]
                if name.endswith("html")
                else []
            )
        try:
            prepare(root, ROUND)
        except LarcError as error:
            if len(slugs) and "no " not in str(error).lower():
                wrong.append(f"publish: refused: {error}")
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            wrong.append(
                f"publish: {type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
            )
        report = root.path / "private" / "disclosure" / ROUND / "report.txt"
        if report.is_file():
            wrong += [
                f"report.txt: says {words!r}"
                for words in amiss(report.read_text("utf-8").splitlines())
            ]
    return wrong


def without_frames(page: str) -> str:
    """A page without the frames as pandas shows them, which only an analyst switches on."""
    return re.sub(
        r'<table[^>]* class="(?:[^"]* )?dataframe\b.*?</table>', "", page, flags=re.DOTALL
    )


def said_on_page(page: str) -> list[str]:
    """The texts of a page, attributes that are read aloud included, code and scripts left out."""
    page = re.sub(r"<(script|style)\b.*?</\1>", "", without_frames(page), flags=re.DOTALL)
    page = re.sub(r"<pre\b.*?</pre>", "", page, flags=re.DOTALL)
    aloud = re.findall(r'(?:alt|aria-label|title)="([^"]*)"', page)
    page = re.sub(r"</?(?:a|abbr|b|strong|em|span|code|i|tspan)\b[^>]*>", "", page)
    return [
        html.unescape(part).strip()
        for part in [*re.split(r"<[^>]*>", page), *aloud]
        if part.strip()
    ]


def empties(page: str) -> list[str]:
    """Charts whose every amount is nought, tables without a row, links to nowhere on a page."""
    found = [
        f"a chart of noughts: {alt[:80]}"
        for alt in re.findall(r'<img alt="([^"]*)"', page)
        if (amounts := re.findall(r"£([\d.,]+)", alt))
        and not any(re.search("[1-9]", amount) for amount in amounts)
    ]
    found += ["a table without rows"] * len(re.findall(r"<tbody>\s*</tbody>", without_frames(page)))
    ids = set(re.findall(r' id="([^"]*)"', page))
    return found + [
        f"a link to nowhere: #{to}" for to in re.findall(r'href="#([^"]*)"', page) if to not in ids
    ]


def said_in_workbook(content: bytes) -> list[str]:
    """The texts of a workbook's cells."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    return [
        str(cell)
        for sheet in book
        for row in sheet.iter_rows(values_only=True)
        for cell in row
        if cell is not None
    ]


def amiss(texts: list[str]) -> list[str]:
    """Texts that hold a word which only a program says."""
    found = []
    for text in dict.fromkeys(texts):
        hit = NOT_WORDS.search(text.replace(ODD, ""))
        if hit and (hit[0] != "None" or len(text) < 8):
            found.append(text[max(0, hit.start() - 60) : hit.end() + 60])
    return found


def main(argv: list[str]) -> int:
    """Look at the worlds named, or at all of them and twenty seeds."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("names", nargs="*")
    options.add_argument("--seeds", type=int, default=20)
    options.add_argument("--keep", default="")
    options = options.parse_args(argv)
    names = options.names or [*FEW, *cases(), *(f"seed-{n}" for n in range(1, options.seeds + 1))]
    bad = 0
    for name in names:
        folder = Path(options.keep or tempfile.mkdtemp()) / name
        shutil.rmtree(folder, ignore_errors=True)
        wrong = look(world_of(name), folder)
        bad += bool(wrong)
        sys.stdout.write("\n   ".join([f"{name}: {'' if wrong else 'in order'}", *wrong]) + "\n")
        sys.stdout.flush()
        if not options.keep:
            shutil.rmtree(folder)
    sys.stdout.write(f"{len(names)} roots, {bad} with something wrong.\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
