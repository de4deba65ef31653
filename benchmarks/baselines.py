"""What the batch is measured against: papermill as people use it, and the notebooks' code without Jupyter.

``python -m benchmarks.baselines pool ROOT`` runs every authority's notebooks in a pool of two processes that call
papermill; ``... bare ROOT`` runs the same cells in this process, shows what they show, and prints the processor
seconds of each notebook after the first authority (which imports).
"""

import ast
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from larcnb.params import list_authorities
from larcnb.root import WORKBOOK, Root
from larcnb.runner.notebooks import find_notebooks


def notebooks() -> list:
    """The notebooks that run for each authority."""
    return [nb for nb in find_notebooks(WORKBOOK / "notebooks") if not nb.consortium]


def one_authority(slug: str, out: str) -> None:
    """Run an authority's notebooks with papermill, one after the other."""
    import papermill

    for nb in notebooks():
        papermill.execute_notebook(
            str(nb.path),
            f"{out}/{slug}-{nb.name}.ipynb",
            {"authority": slug},
            kernel_name="python3",
            cwd=str(nb.path.parent),
            progress_bar=False,
        )


def pool(root: Root, out: Path) -> None:
    """A pool of two papermill processes."""
    with ProcessPoolExecutor(2, get_context("spawn")) as workers:
        for future in [
            workers.submit(one_authority, slug, str(out)) for slug in list_authorities(root)
        ]:
            future.result()


def bare(root: Root) -> None:
    """The notebooks' code in this process: seconds a notebook, once everything is imported."""
    slugs = list_authorities(root)
    for slug in slugs[:1]:
        _cells(slug)
    begun = time.process_time()
    for slug in slugs[1:]:
        _cells(slug)
    seconds = (time.process_time() - begun) / (len(slugs) - 1) / len(notebooks())
    sys.stdout.write(f"{seconds:.4f}\n")


def _cells(slug: str) -> None:
    for nb in notebooks():
        names: dict = {"display": _show, "get_ipython": lambda: None}
        for cell in json.loads(nb.path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] != "code":
                continue
            source = "".join(cell["source"])
            tree = ast.parse(source)
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, "cell", "exec"), names)
            if "parameters" in cell["metadata"].get("tags", []):
                names["authority"] = slug
            if last is not None:
                _show(eval(compile(ast.Expression(last.value), "cell", "eval"), names))


def _show(*values: object) -> None:
    for value in values:
        if hasattr(value, "_repr_mimebundle_"):
            value._repr_mimebundle_()
        elif value is not None:
            repr(value)
            getattr(value, "_repr_html_", lambda: "")()


if __name__ == "__main__":
    what, where = sys.argv[1], Path(sys.argv[2])
    os.environ["LARCNB_ROOT"] = str(where)
    if what == "pool":
        pool(Root(where), Path(sys.argv[3]))
    else:
        bare(Root(where))
