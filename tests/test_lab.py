"""``larcnb lab`` opens the notebooks, with the root and the settings of a batch."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import SimpleNamespace

import nbformat
import pytest
from nbformat import v4

from larcnb.cli import lab
from larcnb.errors import LarcError
from larcnb.root import WORKBOOK, Root


def ask(port, what, token="t", body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{what}", data=body)
    request.add_header("Authorization", f"token {token}")
    with urllib.request.urlopen(request, timeout=90) as answer:
        return answer.read().decode("utf-8")


def test_lab_serves_the_notebooks_and_starts_a_kernel(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name in ("data", "params"):
        (tmp_path / "root" / name).mkdir(parents=True)
    words = ["lab", "--root", str(tmp_path / "root"), "--no-browser", f"--port={port}"]
    words += ["--IdentityProvider.token=t", "--allow-root", "--ip=127.0.0.1"]
    own = {"JUPYTER_CONFIG_DIR": str(tmp_path / "c"), "JUPYTER_DATA_DIR": str(tmp_path / "d")}
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    command = [sys.executable, "-m", "larcnb.cli", *words]
    with subprocess.Popen(command, cwd=WORKBOOK, env={**os.environ, **own}, **quiet) as process:
        try:
            until = time.monotonic() + 120
            while True:
                try:
                    served = json.loads(ask(port, "api/contents"))["content"]
                    break
                except (urllib.error.URLError, TimeoutError, ConnectionError):
                    assert time.monotonic() < until and process.poll() is None
                    time.sleep(0.5)
            assert "04_findings.ipynb" in {one["name"] for one in served}
            said = process.stdout.readline()
            assert said.startswith("Working copies of the notebooks: ROOT/work/. Nothing done to")
            page = ask(port, "lab?token=t")
            assert '"news": {"disabled": true}' in page and '"name": "read-only"' in page.lower()
            kernel = json.loads(ask(port, "api/kernels", body=b'{"name": "python3"}'))
            assert kernel["name"] == "python3"
            ask(port, "api/shutdown", body=b"")
            assert process.wait(60) == 0
        finally:
            process.terminate()


@pytest.fixture
def copies(tmp_path, monkeypatch):
    """A root, and a workbook of one notebook beside it; what ``larcnb lab`` would copy and say."""
    book, root = tmp_path / "book", Root(tmp_path / "root", "root")
    (book / "notebooks").mkdir(parents=True)
    root.path.mkdir()
    monkeypatch.setattr(lab, "WORKBOOK", book)
    of = {"copy": root.path / "work/01_a.ipynb", "shipped": book / "notebooks/01_a.ipynb"}
    write(of["shipped"], "print(1)")
    return SimpleNamespace(**of, open=lambda: lab.working_copies(root))


def write(path, source, outputs=()):
    cell = v4.new_code_cell(source, outputs=list(outputs))
    nbformat.write(v4.new_notebook(cells=[cell]), path)


def source(path):
    return "".join(json.loads(path.read_text("utf-8"))["cells"][0]["source"])


def test_a_copy_stays_as_it_is_and_is_named_where_its_cells_are_not_the_notebooks(copies):
    (line,) = copies.open()
    assert line.startswith("Working copies of the notebooks: root/work/.")
    assert "To start over, delete a copy, or all of root/work/" in line
    assert source(copies.copy) == "print(1)"
    assert (copies.copy.parent / ".gitignore").read_text("utf-8") == "*\n"
    write(copies.copy, "print(1)", [v4.new_output("stream", name="stdout", text="1")])
    assert len(copies.open()) == 1
    write(copies.shipped, "print(2)")
    for kept in (None, "print(1)  # mine", "{half a notebo"):
        if kept:
            copies.copy.write_text(kept, "utf-8")
        before = copies.copy.read_bytes()
        assert "changed by you or older than the workbook's: 01_a.ipynb" in copies.open()[1]
        assert copies.copy.read_bytes() == before


def test_without_jupyterlab_it_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(LarcError, match=r"pip install 'larcnb\[lab\]'"):
        lab.run_lab(Root(tmp_path))
