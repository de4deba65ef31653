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

import pytest

from larcnb.cli import lab
from larcnb.errors import LarcError
from larcnb.root import WORKBOOK, Root


def ask(port, what, token="t", body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{what}", data=body)
    request.add_header("Authorization", f"token {token}")
    with urllib.request.urlopen(request, timeout=90) as answer:
        return json.load(answer)


def test_lab_serves_the_notebooks_and_starts_a_kernel(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name in ("data", "params"):
        (tmp_path / "root" / name).mkdir(parents=True)
    words = ["lab", "--root", str(tmp_path / "root"), "--no-browser", f"--port={port}"]
    words += ["--IdentityProvider.token=t", "--allow-root", "--ip=127.0.0.1"]
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(tmp_path / "c"),
        "JUPYTER_DATA_DIR": str(tmp_path / "d"),
    }
    command = [sys.executable, "-m", "larcnb.cli", *words]
    with subprocess.Popen(
        command,
        cwd=WORKBOOK,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            until = time.monotonic() + 120
            while True:
                try:
                    ask(port, "api/status")
                    break
                except (urllib.error.URLError, TimeoutError, ConnectionError):
                    assert time.monotonic() < until and process.poll() is None
                    time.sleep(0.5)
            assert "04_findings.ipynb" in {
                one["name"] for one in ask(port, "api/contents")["content"]
            }
            assert process.stdout.readline().startswith(
                "Working copies of the notebooks: ROOT/work/. Nothing done to"
            )
            page = (
                urllib.request.urlopen(f"http://127.0.0.1:{port}/lab?token=t", timeout=90)
                .read()
                .decode()
            )
            assert '"news": {"disabled": true}' in page and '"name": "read-only"' in page.lower()
            kernel = ask(port, "api/kernels", body=b'{"name": "python3"}')
            assert kernel["name"] == "python3"
            ask_to_end = urllib.request.Request(
                f"http://127.0.0.1:{port}/api/shutdown", data=b"", method="POST"
            )
            ask_to_end.add_header("Authorization", "token t")
            urllib.request.urlopen(ask_to_end, timeout=30).close()
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
    ship(book, "print(1)")
    return SimpleNamespace(
        book=book, copy=root.path / "work" / "01_a.ipynb", open=lambda: lab.working_copies(root)
    )


def ship(book, source, outputs=()):
    write(book / "notebooks" / "01_a.ipynb", source, outputs)


def write(path, source, outputs=()):
    cell = {
        "cell_type": "code",
        "source": source,
        "outputs": list(outputs),
        "metadata": {},
        "execution_count": None,
    }
    path.write_text(
        json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8"
    )


def source(path):
    return json.loads(path.read_text("utf-8"))["cells"][0]["source"]


def test_lab_says_first_where_the_copies_are_and_how_to_start_over(copies):
    (line,) = copies.open()
    assert line.startswith("Working copies of the notebooks: root/work/.")
    assert "To start over, delete a copy, or all of root/work/" in line
    assert source(copies.copy) == "print(1)"
    assert (copies.copy.parent / ".gitignore").read_text("utf-8") == "*\n"


def test_a_copy_with_the_analysts_edits_is_kept_and_named_once_there_is_a_newer_one(copies):
    copies.open()
    write(copies.copy, "print(1)  # mine")
    assert len(copies.open()) == 1
    ship(copies.book, "print(2)")
    assert "Kept with your changes, though there are newer ones: 01_a.ipynb." in copies.open()[1]
    assert source(copies.copy) == "print(1)  # mine"
    copies.copy.write_text("{half a notebo", "utf-8")
    assert len(copies.open()) == 2 and copies.copy.read_text("utf-8") == "{half a notebo"
    copies.copy.unlink()
    assert len(copies.open()) == 1 and source(copies.copy) == "print(2)"


def test_a_copy_that_is_unchanged_follows_the_shipped_one_though_it_was_run(copies):
    copies.open()
    write(copies.copy, "print(1)", [{"output_type": "stream", "name": "stdout", "text": "1"}])
    ran = copies.copy.read_bytes()
    copies.open()
    assert copies.copy.read_bytes() == ran
    ship(copies.book, "print(2)")
    assert len(copies.open()) == 1 and source(copies.copy) == "print(2)"
    (copies.book / "notebooks" / "01_a.ipynb").unlink()
    assert len(copies.open()) == 1 and not copies.copy.exists()


def test_a_file_of_the_analysts_own_where_a_copy_would_be_is_kept(copies):
    copies.copy.parent.mkdir()
    write(copies.copy, "print('mine')")
    assert "Kept with your changes" in copies.open()[1] and source(copies.copy) == "print('mine')"


def test_without_jupyterlab_it_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(LarcError, match=r"pip install 'larcnb\[lab\]'"):
        lab.run_lab(Root(tmp_path))
