"""The engines: the same outputs as papermill's own, nothing passed from one authority to the next, and
failures that are seen for what they are."""

import asyncio
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import papermill
import psutil
import pytest

from larcnb.engine import preload, provisioner, spawn, warm
from larcnb.engine.failure import Watch, explain
from larcnb.engine.fidelity import differences
from larcnb.engine.kernel import Client, Manager
from larcnb.engine.notebook import Notebook, clean, heading_of, unfinished
from larcnb.engine.run import NotebookFailed, run_notebook
from larcnb.engine.settings import SETTINGS
from larcnb.engine.warm import Held
from larcnb.engine.zygote import relevant
from larcnb.root import WORKBOOK

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="forked kernels")
KERNELS = ("ipykernel_launcher", "larcnb.engine.launch")
ENGINES = [pytest.param("fork", marks=LINUX), "warm", "plain"]

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
    "import sys; print('err', file=sys.stderr); sys.stdout.write('a\\rb\\n')",
    "await __import__('asyncio').sleep(0.01); print('async')",
    "from concurrent.futures import ThreadPoolExecutor\nprint(list(ThreadPoolExecutor(2).map(abs, [-1, -2])))",
    "import subprocess; print(subprocess.check_output([sys.executable, '-c', 'print(1)'], text=True))",
    "import os, warnings; warnings.warn('careful'); print(os.environ.get('TZ'), os.getcwd() == os.path.realpath('.'))",
    "a = np.random.default_rng(0).random((50, 50)); print(round(float((a @ a).sum()), 6)); print(sys.argv[0][-22:])",
    "import pdb, inspect; print(pdb.Pdb.__module__, sys.path[0] == '', sys.stdin is None)\nNone\n3",
    "print([path for path in sys.path if 'larcnb' not in path], sys.flags, __import__('beside').SAID)",
]
FAIL = ["def f(x):\n    return 1 / x", "f(0)", "print('never')"]
DIRT = """
import os, json, sys, random, warnings
import numpy as np, pandas as pd, matplotlib as mpl
leak = 1
json.LEAK = 1
random.seed(0); np.random.seed(0)
os.environ["LEAK"] = "1"
os.chdir("/")
mpl.rcParams["figure.dpi"] = 33
pd.set_option("display.max_rows", 3)
warnings.simplefilter("error")
sys.path.append("/leak")
"""
PROBE = """
import os, json, sys, random, warnings
import numpy as np, pandas as pd, matplotlib as mpl
found = [word for word, there in {
    "names": "leak" in globals(), "modules": hasattr(json, "LEAK"), "environment": "LEAK" in os.environ,
    "folder": os.getcwd() == "/", "options": pd.get_option("display.max_rows") == 3,
    "figures": mpl.rcParams["figure.dpi"] == 33, "warnings": warnings.filters[0][0] == "error",
    "path": "/leak" in sys.path, "random": round(random.random(), 4) == 0.8444,
    "numpy": round(float(np.random.rand()), 4) == 0.5488}.items() if there]
print(found, file=open(os.environ["LARCNB_PROBE"], "w"))
"""


@pytest.fixture(scope="module", autouse=True)
def environment():
    """What a worker process runs under; one zygote for the module."""
    before = dict(os.environ)
    os.environ.update(SETTINGS, PYTHONUTF8="1")
    if spawn.can_fork():
        zygote = spawn.Process(["pandas", "numpy", "matplotlib.pyplot"], dict(os.environ))
        os.environ["LARCNB_ZYGOTE"] = zygote.path
    yield
    if spawn.can_fork():
        zygote.close()
    os.environ.clear()
    os.environ.update(before)


def notebook(folder, name, *sources):
    cells = [nbformat.v4.new_code_cell('authority = "x"', metadata={"tags": ["parameters"]})]
    cells += [nbformat.v4.new_markdown_cell("# Title\n\nwords\n## Part")]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    cells += [nbformat.v4.new_code_cell(f"NAME = {name!r}\n{DONE}")]
    for number, cell in enumerate(cells):
        cell.id = f"c{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / f"{name}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return Notebook(name, path, "authority", "Title")


def execute(nb, engine, folder, held=None, timeout=60.0):
    return run_notebook(nb, "la", "la", folder / "private", timeout, engine, held)


@pytest.mark.parametrize("engine", ENGINES)
def test_outputs_are_those_of_papermill_itself(tmp_path, engine):
    (tmp_path / "beside.py").write_text("SAID = 'a module beside the notebook'")
    (tmp_path / "random.py").write_text("raise RuntimeError('a file called like a module')")
    if (
        engine != "plain"
    ):  # Python's own -m needs this one before any launcher can leave the folder aside
        (tmp_path / "contextlib.py").write_text("raise RuntimeError('a file called like a module')")
    nb = notebook(tmp_path, "01_tricky", *TRICKY)
    ours = execute(nb, engine, tmp_path)
    (tmp_path / "contextlib.py").unlink(missing_ok=True)
    theirs = papermill.execute_notebook(
        str(nb.path),
        str(tmp_path / "out.ipynb"),
        {"authority": "la"},
        kernel_name="python3",
        progress_bar=False,
        cwd=str(tmp_path),
        iopub_timeout=60,
    )
    assert differences(ours, clean(theirs)) == []


def test_the_order_of_two_streams_is_no_difference_but_what_stands_between_them_is():
    def said(*outputs):
        outputs = [
            {"output_type": "stream", "name": name, "text": text}
            if text
            else {"output_type": "display_data", "data": {}}
            for name, text in outputs
        ]
        return {
            "metadata": {},
            "cells": [{"cell_type": "code", "id": "a", "metadata": {}, "outputs": outputs}],
        }

    one = said(("stdout", "a"), ("stdout", "b"), ("stderr", "careful"))
    assert differences(one, said(("stdout", "a"), ("stderr", "careful"), ("stdout", "b"))) == []
    assert differences(one, said(("stderr", "careful"), ("stdout", "ba")))
    assert differences(one, said(("stdout", "a"), ("", ""), ("stdout", "b"), ("stderr", "careful")))


@LINUX
def test_other_jupyter_programs_use_forked_kernels_by_one_variable(tmp_path):
    nb = notebook(tmp_path, "01_short", "import pandas as pd\nprint(pd.__name__)", *FAIL)
    out = tmp_path / "out.ipynb"
    command = [
        sys.executable,
        "-m",
        "papermill",
        str(nb.path),
        str(out),
        "--no-progress-bar",
        "-k",
        "python3",
    ]
    chosen = {**os.environ, "JUPYTER_DEFAULT_PROVISIONER_NAME": "larcnb-fork"}
    found = []
    for environment in (dict(os.environ), chosen):
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, check=False
        )
        assert done.returncode == 1
        found.append(json.loads(out.read_text()))
    assert differences(*found) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_passes_from_one_authority_to_the_next(tmp_path, monkeypatch, engine):
    monkeypatch.setenv("LARCNB_PROBE", str(tmp_path / "probe.txt"))
    for name, source in (("01_dirt", DIRT), ("02_probe", PROBE)):
        held = Held()
        execute(notebook(tmp_path, name, source), engine, tmp_path, held)
        held.close()
    assert (tmp_path / "probe.txt").read_text().strip() == "[]"


def test_a_warm_kernel_passes_only_changed_modules_between_notebooks_of_one_authority(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("LARCNB_PROBE", str(tmp_path / "probe.txt"))
    held = Held()
    execute(notebook(tmp_path, "01_dirt", DIRT), "warm", tmp_path, held)
    kernel = held.client.km.provisioner.pid
    second = execute(notebook(tmp_path, "02_probe", PROBE), "warm", tmp_path, held)
    assert held.client.km.provisioner.pid == kernel
    held.close()
    assert (tmp_path / "probe.txt").read_text().strip() == "['modules']"
    assert [cell.execution_count for cell in second.cells if cell.cell_type == "code"] == [
        1,
        2,
        3,
        4,
    ]


def test_a_warm_kernel_is_told_where_each_notebook_belongs(tmp_path, monkeypatch):
    held, tell = (
        Held(),
        "import os; print(os.environ['LARCNB_UNIT'], os.environ.get('LARCNB_STAGE'), os.getcwd())",
    )
    said = []
    for unit, stage in (("a", "here"), ("b", None)):
        monkeypatch.setenv("LARCNB_UNIT", unit)
        monkeypatch.delenv("LARCNB_STAGE", raising=False)
        if stage:
            monkeypatch.setenv("LARCNB_STAGE", stage)
        done = execute(notebook(tmp_path, "01_where", tell), "warm", tmp_path, held)
        said += [cell.outputs[0].text.strip() for cell in done.cells if cell.source == tell]
    held.close()
    assert said == [f"a here {tmp_path}", f"b None {tmp_path}"]


def test_a_warm_kernel_ends_with_what_a_notebook_left_for_the_end(tmp_path):
    held, note = Held(), tmp_path / "end.txt"
    leave = f"import atexit, pathlib; atexit.register(pathlib.Path({str(note)!r}).touch)"
    execute(notebook(tmp_path, "01_end", leave), "warm", tmp_path, held)
    process = held.client.km.provisioner.process
    assert (
        "larcnb.engine.launch" in " ".join(psutil.Process(process.pid).cmdline())
        and not note.exists()
    )
    held.close()
    assert process.returncode == 0 and note.is_file()


def test_a_warm_kernel_holds_nothing_of_the_notebooks_before(tmp_path):
    """Not even what refers to itself, which only a look for garbage finds."""
    held, note = Held(), tmp_path / "gone.txt"
    leave = f"""
import pathlib, weakref
class Ring: pass
ring = Ring()
ring.itself = ring
weakref.finalize(ring, pathlib.Path({str(note)!r}).touch)
"""
    execute(notebook(tmp_path, "01_ring", leave), "warm", tmp_path, held)
    assert not note.exists() and held.empty() and note.exists()
    held.close()


def test_a_kernel_is_kept_for_its_own_unit_while_it_lives_and_there_is_room(tmp_path, monkeypatch):
    nb = notebook(tmp_path, "01_a", "1")
    monkeypatch.setattr(warm, "ROOM", 0)

    def ran():
        held = Held()
        execute(nb, "warm", tmp_path, held)
        return held, psutil.Process(held.client.km.provisioner.pid)

    held, kernel = ran()
    warm.keep("a", held)
    assert (
        warm.kept("b").client is None and warm.kept("a") is held and warm.kept("a").client is None
    )
    warm.keep("a", held)
    kernel.kill()
    kernel.wait(5)
    assert warm.kept("a").client is None
    held, kernel = ran()
    warm.keep("a", held)
    warm._end_kept()
    assert not kernel.is_running() and warm.kept("a").client is None
    for name, value in (("MOST_KEPT", 0), ("ROOM", 1 << 60)):
        held, kernel = ran()
        with monkeypatch.context() as little:
            little.setattr(warm, name, value)
            warm.keep("a", held)
        assert not kernel.is_running() and warm.kept("a").client is None


@pytest.mark.parametrize("engine", ENGINES)
def test_each_way_to_fail_is_seen_and_the_next_notebook_is_fine(tmp_path, engine):
    ways = {
        "error": "1 / 0",
        "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, 'SIGKILL') else 9)",
        "timeout": "while True: pass",
        "incomplete": "import sys; sys.exit(0)",
        "ended": "exit()",
    }
    for number, (kind, source) in enumerate(ways.items(), 1):
        nb = notebook(tmp_path, f"0{number}_bad", "print('a')", source)
        held = Held()
        with pytest.raises(NotebookFailed) as caught:
            execute(nb, engine, tmp_path, held, timeout=3.0 if kind == "timeout" else 60.0)
        held.close()
        assert caught.value.failure.kind == kind
        assert caught.value.failure.heading == ("" if kind == "incomplete" else "Part")
    assert execute(notebook(tmp_path, "09_good", "1"), engine, tmp_path)
    left = [
        p
        for p in psutil.Process().children(recursive=True)
        if any(n in " ".join(p.cmdline()) for n in KERNELS)
    ]
    assert left == []


@LINUX
def test_a_segmentation_fault_ends_one_kernel_and_not_the_zygote(tmp_path):
    with pytest.raises(NotebookFailed):
        execute(
            notebook(tmp_path, "01_bad", "import ctypes; ctypes.string_at(0)"), "fork", tmp_path
        )
    assert execute(notebook(tmp_path, "02_good", "1"), "fork", tmp_path)


@LINUX
@pytest.mark.parametrize(
    ("source", "code"), [("1", 0), ("import sys; sys.exit(3)", 0), ("import os; os._exit(4)", 4)]
)
def test_a_forked_kernel_ends_as_one_started_as_usual(tmp_path, monkeypatch, source, code):
    kernels = []

    class Kept(provisioner.ForkedKernel):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            kernels.append(self)

    monkeypatch.setattr(provisioner, "ForkedKernel", Kept)
    with contextlib.suppress(NotebookFailed):
        execute(notebook(tmp_path, "01_end", source), "fork", tmp_path)
    assert [kernel.wait() for kernel in kernels] == [code]


@LINUX
def test_a_forked_kernel_stops_who_publishes_after_who_may_still_publish(tmp_path):
    source = f"""
import pathlib, sys, threading, time
from ipykernel.kernelapp import IPKernelApp
def watch(app, flush, stop, note):
    def slowly(now=threading.current_thread, sleep=time.sleep):
        if now() is app.control_thread:
            sleep(0.3)
        flush()
    def noted():
        note.write_text("runs" if app.control_thread.is_alive() else "has ended")
        stop()
    sys.stdout.flush, app.iopub_thread.stop = slowly, noted
app = IPKernelApp.instance()
watch(app, sys.stdout.flush, app.iopub_thread.stop, pathlib.Path({str(tmp_path / "control")!r}))
"""
    execute(notebook(tmp_path, "01_end", source), "fork", tmp_path)
    assert (tmp_path / "control").read_text() == "has ended"


@LINUX
def test_where_a_fork_would_not_do_the_kernel_is_started_as_usual(tmp_path, monkeypatch):
    tell = "import os, pathlib; pathlib.Path('parent').write_text(str(os.getppid()))"
    nb = notebook(tmp_path, "01_parent", tell)
    parents = {}
    for case, variable, value in (
        ("forked", "OTHER", "1"),
        ("environment", "PYTHONWARNINGS", "ignore"),
        ("gone", "LARCNB_ZYGOTE", "/nowhere"),
    ):
        monkeypatch.setenv(variable, value)
        execute(nb, "fork", tmp_path)
        monkeypatch.undo()
        parents[case] = int((tmp_path / "parent").read_text())
    assert parents["environment"] == parents["gone"] == os.getpid()
    assert parents["forked"] != os.getpid()


@LINUX
def test_what_the_zygote_is_told_to_call_is_done_in_its_kernels_already(tmp_path, monkeypatch):
    names = [
        "larcnb.workbook",
        "larcnb.workbook:read_ahead",
        "larcnb.workbook:not_there",
        "nowhere:at_all",
    ]
    zygote = spawn.Process(names, {**os.environ, "LARCNB_ROOT": str(WORKBOOK)})
    monkeypatch.setenv("LARCNB_ZYGOTE", zygote.path)
    look = "import os\nfrom larcnb import library\nprint(os.getppid(), library._national.cache_info().currsize)"
    try:
        done = execute(notebook(tmp_path, "01_ahead", look), "fork", tmp_path)
    finally:
        zygote.close()
    assert [cell.outputs[0].text for cell in done.cells if cell.source == look] == [
        f"{zygote.process.pid} 1\n"
    ]


@LINUX
def test_a_kernel_does_not_wait_for_a_zygote_of_its_own_process_that_is_still_importing(
    monkeypatch,
):
    monkeypatch.setattr(spawn, "_own", [])
    monkeypatch.setattr(spawn, "modules_of", lambda notebooks: ["pandas"])
    with pytest.raises(BlockingIOError, match="still importing"):
        spawn.own_zygote(dict(os.environ))
    try:
        deadline = time.monotonic() + 60
        while not Path(path := spawn._own[0].path + preload.READY).exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert spawn.own_zygote(dict(os.environ)) + preload.READY == path
    finally:
        spawn._own[0].close()


@LINUX
def test_kernels_end_when_whoever_asked_for_them_is_killed(tmp_path):
    nb = notebook(
        tmp_path,
        "01_loop",
        "import os, pathlib, time\n"
        "pathlib.Path('kernel').write_text(str(os.getpid()))\ntime.sleep(60)",
    )
    code = (
        "from pathlib import Path; from larcnb.engine.run import *; from larcnb.engine.notebook import Notebook\n"
        f"nb = Notebook('01_loop', Path({str(nb.path)!r}), 'authority', 'x')\n"
        f"run_notebook(nb, 'la', 'la', Path({str(tmp_path)!r}) / 'private', 60, 'fork')"
    )
    owner = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 60
    while not ((tmp_path / "kernel").exists() and (tmp_path / "kernel").read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    kernel = psutil.Process(int((tmp_path / "kernel").read_text()))
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    kernel.wait(5)
    assert not kernel.is_running()


@LINUX
def test_the_zygote_has_no_thread_that_a_fork_would_lose():
    code = (
        "import os; from larcnb.engine import preload\n"
        "preload.preload(['pandas', 'matplotlib.pyplot', 'pyarrow.parquet', 'scipy.stats', 'seaborn', 'statsmodels.api'])\n"
        "print(preload.threads())"
    )
    environment = {**os.environ, **SETTINGS}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_what_the_notebooks_import_is_read_from_their_cells(tmp_path):
    nb = notebook(
        tmp_path, "01_a", "import os.path as p\nfrom larcnb import show, costing", "%magic", "x = 1"
    )
    assert preload.modules_of([nb.path]) == [
        "IPython.display",
        "IPython.display.publish_display_data",
        "larcnb",
        "larcnb.costing",
        "larcnb.show",
        "os.path",
    ]


def test_the_environment_that_matters_is_what_is_read_at_the_start():
    assert relevant({"PYTHONPATH": "a", "HOME": "b", "TZ": "UTC"}) == {
        "PYTHONPATH": "a",
        "TZ": "UTC",
    }


def test_a_kernel_is_always_this_interpreter_without_a_port():
    manager = Manager()
    assert manager.kernel_spec.argv[0] == sys.executable
    assert manager.transport == ("tcp" if os.name == "nt" else "ipc")


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
    output = {
        "output_type": "display_data",
        "data": {"application/vnd.larcnb.complete+json": record},
    }
    cell = {"cell_type": "code", "source": "x", "execution_count": 1, "outputs": [output], **change}
    assert unfinished({"cells": [cell]}, "01_a", "la") == words
    if not change:
        assert "another authority" in unfinished({"cells": [cell]}, "01_a", "lb")
        assert "another notebook" in unfinished({"cells": [cell]}, "02_b", "la")


def test_a_place_is_named_by_the_last_heading_above_it():
    cells = [
        {"cell_type": "markdown", "source": "# One\n## Two"},
        {"cell_type": "code", "source": "# no"},
    ]
    assert heading_of({"cells": cells}, 1) == "Two"
    assert heading_of({"cells": cells[1:]}, 0) == ""


def test_the_name_of_a_made_up_exception_is_not_repeated():
    class ZacharyError(Exception):
        pass

    assert explain("01_a", Watch(), ZacharyError("Zachary"), None).reason == "An unexpected error."


class Channel:
    """What a kernel says on a channel, in order; then silence."""

    def __init__(self):
        self.said = []

    async def get_msg(self, timeout):
        if not self.said:
            raise queue.Empty
        return self.said.pop(0)


class Asking(Client):
    """A client of a kernel that answers its first ``late`` questions together with the next, and loses one idle."""

    shell_channel = iopub_channel = None

    def __init__(self, late, lost):
        self.late, self.lost, self.asked = late, lost, 0
        self.shell_channel, self.iopub_channel = Channel(), Channel()

    def kernel_info(self):
        self.asked += 1
        answered = (
            range(1, self.asked + 1)
            if self.asked == self.late + 1
            else [self.asked] * (self.asked > self.late)
        )
        for question in answered:
            parent = {"parent_header": {"msg_id": question}}
            self.shell_channel.said.append(
                {**parent, "msg_type": "kernel_info_reply", "content": {}}
            )
            if question != self.lost:
                self.iopub_channel.said.append({**parent, "content": {"execution_state": "idle"}})
        return self.asked

    def _handle_kernel_info_reply(self, reply):
        pass

    async def _async_is_alive(self):
        return True


@pytest.mark.parametrize("late", [0, 1, 2, 5])
@pytest.mark.parametrize("lost", [0, 1, 2, 3])
def test_a_kernel_that_is_slow_and_loses_a_word_is_ready_soon_after_it_answers(late, lost):
    client = Asking(late, lost)
    asyncio.run(client.wait_for_ready(30))
    assert client.asked <= late + 2
