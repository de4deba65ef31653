"""``larcnb lab`` opens the notebooks, with the root and the settings of a batch."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

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
    words = ["lab", "--no-browser", f"--port={port}", "--IdentityProvider.token=t", "--allow-root", "--ip=127.0.0.1"]
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path / "c"), "JUPYTER_DATA_DIR": str(tmp_path / "d")}
    command = [sys.executable, "-m", "larcnb.cli", *words]
    with subprocess.Popen(command, cwd=WORKBOOK, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 120
            while True:
                try:
                    ask(port, "api/status")
                    break
                except (urllib.error.URLError, TimeoutError, ConnectionError):
                    assert time.monotonic() < until and process.poll() is None
                    time.sleep(0.5)
            assert "04_findings.ipynb" in {one["name"] for one in ask(port, "api/contents")["content"]}
            kernel = ask(port, "api/kernels", body=b'{"name": "python3"}')
            assert kernel["name"] == "python3"
            ask_to_end = urllib.request.Request(f"http://127.0.0.1:{port}/api/shutdown", data=b"", method="POST")
            ask_to_end.add_header("Authorization", "token t")
            urllib.request.urlopen(ask_to_end, timeout=30).close()
            assert process.wait(60) == 0
        finally:
            process.terminate()


def test_without_jupyterlab_it_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(LarcError, match=r"pip install 'larcnb\[lab\]'"):
        lab.run_lab(Root(tmp_path))
