"""Authorities of the example, cleaned and priced in a root of their own by the notebooks themselves."""

import json
import os
import shutil
from pathlib import Path

from larcnb.root import WORKBOOK, Root

NOTEBOOKS = WORKBOOK / "notebooks"


def code(name: str) -> list[str]:
    """The code cells of a notebook."""
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def exec_notebook(name: str, **parameters) -> dict:
    """Run a notebook's cells without a kernel and return its names; what they show is not drawn."""
    first, *rest = code(name)
    names: dict = {"display": lambda *shown: None}
    exec(first, names)
    names.update(parameters)
    for cell in rest:
        exec(cell, names)
    return names


def write_priced(folder: Path, *slugs: str) -> Root:
    """Copy authorities' params and returns into a root, and run 01_clean and 02_price on them there."""
    for slug in slugs:
        shutil.copytree(WORKBOOK / "data" / "raw" / slug, folder / "data" / "raw" / slug)
        (folder / "params").mkdir(exist_ok=True)
        shutil.copy(WORKBOOK / "params" / f"{slug}.yaml", folder / "params")
    before = os.environ.get("LARCNB_ROOT")
    os.environ["LARCNB_ROOT"] = str(folder)
    try:
        for slug in slugs:
            exec_notebook("01_clean", authority=slug)
            exec_notebook("02_price", authority=slug)
    finally:
        os.environ.pop("LARCNB_ROOT")
        os.environ.update({"LARCNB_ROOT": before} if before else {})
    return Root(folder)
