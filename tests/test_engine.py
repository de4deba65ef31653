"""The engine and the pool: the same outputs as papermill's own, nothing passed from one notebook to the next, and
failures that are seen for what they are."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import papermill
import psutil
import pytest
from fidelity import differences
from smallbatch import CANARY, cell, write_notebook

from larcnb.errors import LarcError
from larcnb.root import Root
from larcnb.runner.engine import NAME
from larcnb.runner.failure import NotebookFailed, explain
from larcnb.runner.notebooks import Notebook, Place, clean, run_notebook, unfinished
from larcnb.runner.pool import Call, Pool, alone, environment

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="/proc, forkserver")
DONE = """
from IPython.display import publish_display_data
publish_display_data({"application/vnd.larcnb.complete+json": {"notebook": NAME, "unit": authority, "wrote": {}}})
"""
TRICKY = [
    "import pandas as pd, numpy as np\nprint(pd.get_option('display.max_columns'), pd.get_option('display.width'))",
    "pd.DataFrame(np.arange(60).reshape(2, 30))",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3], label='x'); plt.legend(); plt.title('t')",
    "fig, ax = plt.subplots(); ax.bar([1, 2], [3, 4]); print(plt.get_backend())",
    "print(__name__, globals().get('__file__'), _ih[-1][:5])\nh = display(1, display_id='one'); h.update(2)",
    "from IPython.display import HTML, Markdown, clear_output, display",
    "display(HTML('<b>x</b>')); display(Markdown('*m*'))",
    "print('gone'); clear_output(); print('kept')",
    "for i in range(3):\n    clear_output(wait=True); print(i)",
    "display('a', display_id='q'); d = display('b', display_id='q')",
    "d.update('c')",
    "import sys; print('err', file=sys.stderr); sys.stdout.write('a\\rb\\n')",
    "await __import__('asyncio').sleep(0.01); print('async')",
    "import asyncio; print(asyncio.get_running_loop() is not None); t = asyncio.create_task(asyncio.sleep(0))",
    "from concurrent.futures import ThreadPoolExecutor\nprint(list(ThreadPoolExecutor(2).map(abs, [-1, -2])))",
    "import threading; t = threading.Thread(target=lambda: print('thread')); t.start(); t.join()",
    "import os, warnings; warnings.warn('careful'); print(os.environ.get('TZ'), os.getcwd() == os.path.realpath('.'))",
    "a = np.random.default_rng(0).random((50, 50)); print(round(float((a @ a).sum()), 6))",
    "None\n3",
    "4;",
    "print(__import__('beside').SAID, sys.path.count(''))",
    "import subprocess; print(subprocess.check_output([sys.executable, '-c', 'print(1)'], text=True))",
    "!echo shell",
    "%matplotlib inline",
    "get_ipython().__class__.__name__, Out.keys()",
    "import ipywidgets as w; s = w.IntSlider(3); s",
    "o = w.Output()\nwith o:\n    print('inside')\no",
    "class Picture:\n    def _repr_png_(self): return b'\\x89PNG'\nPicture()",
    "print?",
    "try:\n    input('x')\nexcept Exception as e: print(type(e).__name__, e)",
    "import logging; logging.warning('logged')",
]
RAISED = ["def f(x):\n    return 1 / x\nf(0)", "x = [1, 2 3]", "sys.exit(3)"]
DIRT = """
import builtins, colorsys, os, json, logging, sys, random, textwrap, warnings
import numpy as np, pandas as pd, matplotlib as mpl
leak = 1
json.LEAK, textwrap.dedent, builtins.LEAK = 1, None, 1
random.seed(0); np.random.seed(0)
os.environ["LEAK"] = "1"
os.chdir("/")
mpl.rcParams["figure.dpi"] = 33
pd.set_option("display.max_rows", 3)
warnings.simplefilter("error")
logging.basicConfig()
sys.path.append("/leak")
sys.modules["colorsys"] = None
"""
PROBE = """
import builtins, os, json, logging, sys, random, textwrap, warnings
import numpy as np, pandas as pd, matplotlib as mpl
print([word for word, there in {
    "names": "leak" in globals() or hasattr(sys.modules["__main__"], "leak"), "modules": hasattr(json, "LEAK"),
    "functions": textwrap.dedent is None, "built in": hasattr(builtins, "LEAK"), "environment": "LEAK" in os.environ,
    "folder": os.getcwd() == "/", "options": pd.get_option("display.max_rows") == 3,
    "figures": mpl.rcParams["figure.dpi"] == 33, "warnings": warnings.filters[0][0] == "error",
    "logging": len(logging.root.handlers) > 0, "path": "/leak" in sys.path,
    "random": round(random.random(), 4) == 0.8444, "counts": len(_ih) != 4,
    "numpy": round(float(np.random.rand()), 4) == 0.5488}.items() if there])
"""


def notebook(folder, name, *sources):
    path = write_notebook(folder, name, "authority", *sources, f"NAME = {name!r}\n{DONE}")
    return Notebook(name, path, "authority", "Title")


def several(notebooks, private, engine, note):
    """Run notebooks one after the other in this process."""
    return [run_notebook(nb, "la", "la", private, engine, note=note) for nb in notebooks]


def executed(folder, *notebooks, engine=""):
    """Notebooks run one after the other in a process of their own."""
    outcome = alone(
        Root(folder), folder / "p", Call("x", several, (notebooks, folder / "p", engine))
    )
    assert not outcome.failure, outcome
    return outcome.value


def printed(nb):
    return [o.text for c in nb.cells for o in c.get("outputs", []) if o.output_type == "stream"]


def by_papermill(path, engines, note):
    """The notebook by papermill with each of these engines; where a cell failed, as papermill saved it."""
    folder, found = path.parent, []
    options = {"kernel_name": "python3", "language": "python", "progress_bar": False}
    options |= {"cwd": str(folder), "iopub_timeout": 60}
    for engine in engines:
        out = folder / "out.ipynb"
        with contextlib.suppress(papermill.PapermillExecutionError):
            given = (str(path), str(out), {"authority": "la"})
            papermill.execute_notebook(*given, engine_name=engine, **options)
        found.append(nbformat.read(out, 4))
    return found


def test_outputs_are_those_of_papermill_itself_in_a_first_and_in_a_later_notebook(tmp_path):
    (tmp_path / "beside.py").write_text("SAID = 'a module beside the notebook'")
    (tmp_path / "random.py").write_text("raise RuntimeError('a file called like a module')")
    nb = notebook(tmp_path, "01_tricky", *TRICKY)
    raw = nbformat.read(nb.path, 4)
    raised = [cell("code", source, "raises-exception") for source in RAISED]
    raw.cells[-2:-2] = [nbformat.from_dict(one | {"id": f"r{n}"}) for n, one in enumerate(raised)]
    nbformat.write(raw, nb.path)
    call = Call("x", by_papermill, (nb.path, [NAME, NAME, None]))
    first, second, theirs = alone(Root(tmp_path), tmp_path / "p", call).value
    assert len(theirs.cells) > 70
    assert [differences(clean(ours), clean(theirs)) for ours in (first, second)] == [[], []]


def test_papermills_own_engine_is_there_to_compare(tmp_path):
    nb = notebook(tmp_path, "01_a", "print(1)")
    (ours,), (theirs,) = executed(tmp_path, nb), executed(tmp_path, nb, engine="kernel")
    assert differences(ours, theirs) == []


def test_nothing_passes_from_one_notebook_to_the_next(tmp_path):
    dirt, probe = notebook(tmp_path, "01_dirt", DIRT), notebook(tmp_path, "02_probe", PROBE)
    _, after = executed(tmp_path, dirt, probe)
    assert printed(after) == ["[]\n"]


WAYS = {
    "error": "1 / 0",
    "killed": "import os; os._exit(9)",
    "timeout": "while True: pass",
    "ended": "exit()",
    "system": "import sys; sys.exit(0)",
}
NOISY = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'while True: print(1)'])"


@pytest.mark.parametrize("method", [pytest.param("forkserver", marks=LINUX), "spawn"])
def test_each_way_to_fail_is_seen_and_the_others_are_fine(tmp_path, method):
    books = {kind: notebook(tmp_path, f"01_{kind}", "print('a')", s) for kind, s in WAYS.items()}
    books["good"] = notebook(tmp_path, "02_good", NOISY, "1")  # a program that it leaves running
    calls = [
        Call(kind, run_notebook, (nb, "la", "la", tmp_path / "p", "", None), 20.0)
        for kind, nb in books.items()
    ]
    pool = Pool(2, tmp_path / "p", Root(tmp_path), method)
    found = {outcome.key: outcome.failure for outcome in pool.run(calls)}
    assert found.pop("good") is None
    kinds = {kind: failure.kind for kind, failure in found.items()}
    assert kinds == {kind: kind for kind in WAYS} | {"system": "ended"}
    assert found["killed"].place == found["system"].place.replace("system", "killed")
    assert found["system"].place == "01_system, cell 7"
    assert not psutil.Process().children(recursive=False) or pool.running == []


def answers(kind, note):
    if kind == "refused":
        raise LarcError("No.", (), 3)
    if kind == "crashed":
        raise ValueError(CANARY)
    return os.getpgid(0), len(os.listdir("/proc/self/task")), threading.active_count()  # noqa: PTH208


@LINUX
def test_a_call_is_answered_and_a_bug_is_told_in_a_private_log_alone(tmp_path):
    logs = tmp_path / "private"
    pool = Pool(2, logs, Root(tmp_path))
    calls = [Call(kind, answers, (kind,)) for kind in ("refused", "crashed", "done")]
    found = {outcome.key: outcome for outcome in pool.run(calls)}
    refused, crashed = found["refused"].failure, found["crashed"].failure
    assert (str(refused), refused.exit_code) == ("No.", 3)
    assert (str(crashed), crashed.exit_code) == ("An unexpected error (ValueError).", 70)
    assert CANARY in (logs / crashed.log).read_text()
    group, tasks, threads = found["done"].value
    assert group != os.getpgid(0)
    assert tasks == threads == 2  # itself and who watches for its parent: a fork loses any other


@LINUX
def test_processes_end_when_whoever_asked_for_them_is_killed(tmp_path):
    hang = "import os, pathlib, subprocess, time\np = subprocess.Popen(['sleep', '60'])\n"
    hang += "pathlib.Path('pids').write_text(f'{os.getpid()} {p.pid}')\ntime.sleep(60)"
    notebook(tmp_path, "01_loop", hang)
    code = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from test_engine import Call, Notebook, Root, alone, run_notebook
here = Path({str(tmp_path)!r})
nb = Notebook("01_loop", here / "01_loop.ipynb", "authority", "x")
if __name__ == "__main__":
    alone(Root(here), here / "p", Call("x", run_notebook, (nb, "la", "la", here / "p", "", None)))
"""
    (tmp_path / "owner.py").write_text(code)
    owner = subprocess.Popen([sys.executable, str(tmp_path / "owner.py")])
    deadline, pids = time.monotonic() + 120, tmp_path / "pids"
    while not (pids.exists() and pids.read_text()):
        assert time.monotonic() < deadline and owner.poll() is None
        time.sleep(0.1)
    left = [psutil.Process(int(pid)) for pid in pids.read_text().split()]
    owner.kill()
    owner.wait()
    gone, alive = psutil.wait_procs(left, 20)
    assert [p for p in alive if p.status() != "zombie"] == []


def test_processes_begin_with_settings_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    found = environment(Root(tmp_path))
    assert (found["TZ"], found["PYTHONHASHSEED"]) == ("UTC", "0")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"execution_count": None}, "Cell 1 and those after it were not run."),
        ({"outputs": [{"output_type": "error", "ename": "E"}]}, "Cell 1 ended in an error."),
        ({"outputs": []}, "Its last cell wrote no completion record."),
    ],
)
def test_a_notebook_is_believed_only_when_all_is_done(change, words):
    record = {"notebook": "01_a", "unit": "la", "wrote": {}}
    data = {"application/vnd.larcnb.complete+json": record}
    output = {"output_type": "display_data", "data": data}
    cell = {"cell_type": "code", "source": "x", "execution_count": 1, "outputs": [output], **change}
    assert unfinished({"cells": [cell]}, "01_a", "la") == words
    if not change:
        assert "another authority" in unfinished({"cells": [cell]}, "01_a", "lb")
        assert "another notebook" in unfinished({"cells": [cell]}, "02_b", "la")


def test_the_name_of_a_made_up_exception_is_not_repeated(tmp_path):
    class ZacharyError(Exception):
        pass

    failure = explain(Place("01_a", 3, "Part"), {}, ZacharyError("Zachary"))
    assert str(failure) == "01_a, cell 3 (Part): An unexpected error."
    assert isinstance(NotebookFailed(failure), Exception)
