"""A small world for the batch's tests: roots whose notebooks take no time, and authorities that misbehave.

In: slugs and, for each, a word that its notebooks act on. Out: a root with params, returns and notebooks of its
own. The word stands in the authority's ``cases.csv``: ``good``, or one of the ways to go wrong of
``smallbatch.yaml``, or ``refuse`` for a return that the check refuses.
"""

import io
import json
import sys
from pathlib import Path

import yaml

from larcnb.errors import Problem
from larcnb.root import Root
from larcnb.runner import pool
from larcnb.runner.batch import run_batch
from larcnb.runner.plan import Request
from larcnb.runner.screen import Lines

CANARY = "Zachary-Canary"
pool.PRELOAD = ["larcnb.runner.engine", "larcnb.runner.notebooks", "larcnb.publish"]
"""These notebooks import none of the libraries: whoever uses this module has processes sooner."""

OPEN, CLEAN, PRICE, POOL = yaml.safe_load(
    Path(__file__).with_suffix(".yaml").read_text("utf-8")
).values()


def cell(kind: str, source: str, *tags: str) -> dict:
    """One cell of a notebook."""
    more = {"execution_count": None, "outputs": []} if kind == "code" else {}
    metadata = {"tags": list(tags)} if tags else {}
    return {"cell_type": kind, "id": "", "metadata": metadata, "source": source, **more}


def write_notebook(folder: Path, name: str, parameter: str, *sources: str) -> Path:
    """Write a notebook: title, parameters, the sources, each under a heading of its own."""
    cells = [
        cell("markdown", f"# Title of {name}"),
        cell("code", f'{parameter} = "x"', "parameters"),
    ]
    for number, source in enumerate(sources, 1):
        cells += [cell("markdown", f"## Step {number}"), cell("code", source.strip())]
    for number, one in enumerate(cells):
        one["id"] = f"{name[:2]}-{number:02d}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / f"{name}.ipynb"
    nb = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(nb), encoding="utf-8")
    return path


class SmallRoot(Root):
    """A root that has its own notebooks, which no other root may."""

    @property
    def notebooks(self) -> Path:
        return self.path / "notebooks"


def build(folder: Path, words: dict[str, str], round_name: str = "larc4") -> SmallRoot:
    """Make a root in which each authority's return holds its word."""
    root = SmallRoot(folder)
    for path in (root.notebooks, root.params):
        path.mkdir(parents=True)
    done = 'complete("{}", {})'.format
    priced = done("02_price", '"other" if word == "wrong" else authority')
    pooled = done("10_consortium", '"consortium/" + round_name')
    cells = {
        "01_clean": ("authority", OPEN, CLEAN, done("01_clean", "authority")),
        "02_price": ("authority", OPEN, PRICE, priced),
        "10_consortium": ("round_name", OPEN, POOL, pooled),
    }
    for name, (parameter, *sources) in cells.items():
        write_notebook(root.notebooks, name, parameter, *sources)
    for slug, word in words.items():
        tell(root, slug, word)
        add_params(root, slug, round_name)
    return root


def add_params(root: Root, slug: str, round_name: str = "larc4") -> None:
    """Write an authority's params."""
    text = f"slug: {slug}\nname: Name of {slug}\nround: {round_name}\nvintage: larc4\n"
    text += 'price_base: "2010-11"\npreset: larc\n'
    (root.params / f"{slug}.yaml").write_text(text, encoding="utf-8")


def tell(root: Root, slug: str, word: str) -> None:
    """Write an authority's return: one word."""
    root.raw(slug).mkdir(parents=True, exist_ok=True)
    (root.raw(slug) / "cases.csv").write_text(word + "\n", encoding="utf-8")


def check_national(root: Path, note=None) -> None:
    """Nothing to check."""


def check_authority(root: Path, slug: str, note=None) -> list[Problem]:
    """Refuse a return that says so."""
    word = (root / "data" / "raw" / slug / "cases.csv").read_text().strip()
    if word != "refuse":
        return []
    said = "not-allowed", "This is not allowed.", "Write open."
    return [Problem(f"{slug}/cases.csv", "", 2, "status", *said)]


CHECKS = sys.modules[__name__]


class Record(Lines):
    """A display that remembers."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def run(root: Root, *slugs: str, **options) -> tuple[int, Record]:
    """Run a batch on a root and give its exit code and what it said."""
    said = Record()
    options = {"jobs": 2, "timeout": 20.0} | options
    return run_batch(Request(root, authorities=slugs, **options), CHECKS, said), said


def status(root: Root) -> dict[str, str]:
    """Unit to status, from run.json."""
    units = json.loads((root.reports / "run.json").read_text())["jobs"]
    return {unit: entry["status"] for unit, entry in units.items()}


def contents(root: Root) -> dict[str, bytes]:
    """Every file that a reader may open, run.json (which tells times) and hidden files apart."""
    found = {}
    for top in (root.path / "data" / "processed", root.reports):
        for path in sorted(top.rglob("*")) if top.is_dir() else ():
            name = path.relative_to(root.path).as_posix()
            if path.is_file() and "/." not in name and path.name != "run.json":
                found[name] = path.read_bytes()
    return found
