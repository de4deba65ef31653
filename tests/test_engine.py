"""The engine and the pool: the same outputs as papermill's own, nothing passed from one notebook to the next, and
failures that are seen for what they are."""

import contextlib
import json
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
import yaml
from smallbatch import CANARY, cell, write_notebook

from benchmarks.fidelity import differences
from larcnb.errors import LarcError
from larcnb.root import Root
from larcnb.runner.engine import NAME
from larcnb.runner.notebooks import Notebook, clean, run_notebook, unfinished
from larcnb.runner.pool import Call, Pool, alone

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="/proc, forkserver")
DONE = """
from IPython.display import publish_display_data
publish_display_data({"application/vnd.larcnb.complete+json": {"notebook": NAME, "unit": authority, "wrote": {}}})
"""
CELLS = yaml.safe_load(Path(__file__).with_name("cells.yaml").read_text("utf-8"))


def notebook(folder, name, *sources):
    path = write_notebook(folder, name, "authority", *sources, f"NAME = {name!r}\n{DONE}")
    return Notebook(name, path)


AS_ASKED = ("la", {"authority": "la"})


def several(notebooks, logs, engine, note):
    """Run notebooks one after the other in this process."""
    return [run_notebook(nb, *AS_ASKED, logs, engine, note) for nb in notebooks]


def alone_in(folder, function, *arguments):
    """What a function gives in a process of its own."""
    outcome = alone(Root(folder), folder / "p", Call("x", function, arguments, 300.0))
    assert not outcome.failure, outcome
    return outcome.value


def executed(folder, *notebooks, engine=""):
    """Notebooks run one after the other in a process of their own."""
    return alone_in(folder, several, notebooks, folder / "p", engine)


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
    nb = notebook(tmp_path, "01_tricky", *CELLS["tricky"])
    raw = nbformat.read(nb.path, 4)
    raised = [cell("code", source, "raises-exception") for source in CELLS["raised"]]
    raw.cells[-2:-2] = [nbformat.from_dict(one | {"id": f"r{n}"}) for n, one in enumerate(raised)]
    nbformat.write(raw, nb.path)
    first, second, theirs = alone_in(tmp_path, by_papermill, nb.path, [NAME, NAME, None])
    assert len(theirs.cells) > 60
    assert [differences(clean(ours), clean(theirs)) for ours in (first, second)] == [[], []]


def test_papermills_own_engine_is_there_to_compare(tmp_path):
    nb = notebook(tmp_path, "01_a", "print(1)")
    (ours,), (theirs,) = executed(tmp_path, nb), executed(tmp_path, nb, engine="kernel")
    assert differences(ours, theirs) == []


def test_nothing_passes_from_one_notebook_to_the_next(tmp_path):
    dirt, probe = (
        notebook(tmp_path, "01_dirt", CELLS["dirt"]),
        notebook(tmp_path, "02_probe", CELLS["probe"]),
    )
    _, after = executed(tmp_path, dirt, probe)
    assert printed(after) == ["[]\n"]


WAYS = {
    "error": ("1 / 0", "An unexpected error (ZeroDivisionError)."),
    "made_up": (f"class {CANARY[:7]}(Exception): pass\nraise {CANARY[:7]}", "An unexpected error."),
    "killed": ("import os; os._exit(9)", "The process ended in the middle"),
    "timeout": ("while True: pass", "It was stopped after 20 seconds."),
    "ended": ("exit()", "This cell ends the notebook"),
    "system": ("import sys; sys.exit(0)", "This cell ends the notebook"),
}
QUIET = (lambda: None, lambda key, notebook: None)
NOISY = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'while True: print(1)'])"


@pytest.mark.parametrize("method", [pytest.param("forkserver", marks=LINUX), "spawn"])
def test_each_way_to_fail_is_seen_and_the_others_are_fine(tmp_path, method):
    books = {kind: notebook(tmp_path, f"01_{kind}", "", way[0]) for kind, way in WAYS.items()}
    books["good"] = notebook(tmp_path, "02_good", NOISY, "1")  # a program that it leaves running
    calls = [
        Call(kind, run_notebook, (nb, *AS_ASKED, tmp_path / "p", ""), 20.0)
        for kind, nb in books.items()
    ]
    with contextlib.closing(Pool(2, tmp_path / "p", Root(tmp_path), method)) as pool:
        ended = {outcome.key: outcome.failure for outcome in pool.run(calls, *QUIET)}
        assert ended.pop("good") is None and pool.running == []
    for kind, failure in ended.items():
        assert str(failure).startswith(f"01_{kind}, cell 7 (Step 2): {WAYS[kind][1]}")


def answers(kind, note):
    if kind == "refused":
        raise LarcError("No.", (), 3)
    if kind == "crashed":
        raise ValueError(CANARY)
    return os.getpgid(0), len(os.listdir("/proc/self/task")), threading.active_count()  # noqa: PTH208


@LINUX
def test_a_call_is_answered_and_a_bug_is_told_in_a_private_log_alone(tmp_path):
    logs = tmp_path / "private"
    pool = Pool(2, logs, Root(tmp_path), "auto")
    calls = [Call(kind, answers, (kind,)) for kind in ("refused", "crashed", "done")]
    found = {outcome.key: outcome for outcome in pool.run(calls, *QUIET)}
    refused, crashed = found["refused"].failure, found["crashed"].failure
    assert (str(refused), refused.exit_code) == ("No.", 3)
    assert (str(crashed), crashed.exit_code) == ("An unexpected error (ValueError).", 70)
    assert CANARY in (logs / crashed.log).read_text()
    group, tasks, threads = found["done"].value
    assert group != os.getpgid(0)
    assert tasks == threads == 2  # itself and who watches for its parent: a fork loses any other


def own_process(note):
    return os.getpid()


@pytest.mark.parametrize("method", [pytest.param("forkserver", marks=LINUX), "spawn"])
def test_where_a_process_is_dear_it_stays_for_the_next_call_of_its_key(tmp_path, method):
    with contextlib.closing(Pool(2, tmp_path / "p", Root(tmp_path), method)) as pool:

        def ask(*keys):
            calls = [Call(key, own_process, ()) for key in keys]
            return {outcome.key: outcome.value for outcome in pool.run(calls, *QUIET)}

        first, second = ask("aa", "bb", "cc"), ask("aa", "bb")
        stayed = {key for key in second if second[key] == first[key]}
        assert stayed == ({"aa", "bb"} if method == "spawn" else set())
        assert not psutil.pid_exists(first["cc"])  # nobody asks for it again
        if stayed:
            pool.kept["aa"].process.kill()
            pool.kept["aa"].process.join()
        assert ask("aa")["aa"] not in (None, second["aa"])


@LINUX
def test_what_notebooks_import_is_imported_before_processes_are_forked(tmp_path):
    command = [sys.executable, Path(__file__).with_name("late_imports.py"), tmp_path]
    late = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert {name: number for name, number in late.items() if number > 4} == {}


@LINUX
def test_processes_end_when_whoever_asked_for_them_is_killed(tmp_path):
    hang = "import os, pathlib, subprocess, time\np = subprocess.Popen(['sleep', '60'])\n"
    hang += "pathlib.Path('pids').write_text(f'{os.getpid()} {p.pid}')\ntime.sleep(60)"
    notebook(tmp_path, "01_loop", hang)
    code = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from test_engine import AS_ASKED, Call, Notebook, Root, alone, run_notebook
here = Path({str(tmp_path)!r})
nb = Notebook("01_loop", here / "01_loop.ipynb")
if __name__ == "__main__":
    alone(Root(here), here / "p", Call("x", run_notebook, (nb, *AS_ASKED, here / "p", "")))
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


DONE_RIGHT = {"execution_count": 1, "outputs": ["la", "01_a"]}
UNDONE = [
    ({"execution_count": None}, "Not all of its cells were run."),
    ({"outputs": []}, "Its last cell wrote no completion record."),
    ({"outputs": ["lb", "01_a"]}, "It ran for another authority, round or notebook than la, 01_a."),
    ({"outputs": ["la", "02_b"]}, "It ran for another authority, round or notebook than la, 01_a."),
]


@pytest.mark.parametrize(("change", "words"), [({}, ""), *UNDONE])
def test_a_notebook_is_believed_only_when_all_is_done(change, words):
    cell = {"cell_type": "code", "source": "x", **DONE_RIGHT, **change}
    if cell["outputs"]:
        record = dict(zip(("unit", "notebook"), cell["outputs"], strict=True))
        cell["outputs"] = [{"data": {"application/vnd.larcnb.complete+json": record}}]
    assert unfinished({"cells": [cell]}, "01_a", "la") == words
