"""What every process would do first, done once by the one that others are forked from: imports, and a rehearsal.

What fails here is passed over: whoever needs it will say so.
"""

import contextlib
import gc
import importlib
import os
import pkgutil
import signal
import sys
from pathlib import Path

import larcnb

LIBRARIES = ["SALib.analyze.sobol", "contourpy", "docx", "encodings.utf_8_sig", "mistune"]
LIBRARIES += ["matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "patsy"]
LIBRARIES += ["pandas.io.formats.csvs", "pandas.io.parquet", "pyarrow.dataset", "pyarrow.parquet"]
LIBRARIES += ["scipy.stats", "seaborn", "statsmodels.duration.survfunc"]
CELLS = (
    "import pandas\nfrom matplotlib import pyplot\npandas.DataFrame({'a': [1]})",
    "pyplot.title('b', fontweight='bold')\npyplot.plot([1], label='a')\npyplot.legend()",
)


def rehearse() -> None:
    """Run a small notebook, make its page, read the national tables: finds fonts, compiles schemas and templates."""
    import nbformat
    import papermill

    from larcnb.library import load_library
    from larcnb.local import costs_of
    from larcnb.publish import render_page
    from larcnb.root import Root
    from larcnb.runner.engine import NAME

    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    how = {"kernel_name": "python3", "language": "python", "progress_bar": False}
    render_page(papermill.execute_notebook(nb, None, engine_name=NAME, **how), "Title")
    root = Root(Path(os.environ["LARCNB_ROOT"]))
    load_library(root)
    costs_of(root, "")


if any("multiprocessing.forkserver" in word for word in sys.orig_argv):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the batch alone, which ends this
importlib.import_module("larcnb.runner.notebooks").skip_imports()
OURS = [module.name for module in pkgutil.walk_packages(larcnb.__path__, "larcnb.")]
for name in (*LIBRARIES, *OURS):
    if name != __name__ and not name.endswith("__main__"):
        with contextlib.suppress(Exception):
            importlib.import_module(name)
with contextlib.suppress(Exception):
    rehearse()
gc.collect()
gc.freeze()  # what is imported is there to stay, and not looked through for garbage again
