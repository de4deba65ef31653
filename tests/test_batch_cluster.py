"""The same batch on a dask cluster: the same bytes, and the same words for what goes wrong."""

import contextlib
import socket
import threading
import time

import pytest
import smallbatch as small

from larcnb.errors import LarcError
from larcnb.runner import fingerprints
from larcnb.runner.cluster import Cluster
from larcnb.runner.notebooks import Job, make_job
from larcnb.runner.pool import Call

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def address():
    """A scheduler and two worker processes on this machine."""
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        scheduler_port=0,
        silence_logs=50,
    ) as cluster:
        yield cluster.scheduler_address


def test_a_cluster_gives_the_same_bytes_and_the_same_words(tmp_path, address):
    words = {"aa": "good", "bb": "good", "cc": "raise", "dd": "refuse", "ee": "kill"}
    here = small.build(tmp_path / "here", words)
    there = small.build(tmp_path / "there", words)
    assert small.run(here)[0] == 1
    code, said = small.run(there, scheduler=address)
    assert code == 1
    assert small.contents(there) == small.contents(here)
    assert small.status(there) == small.status(here)
    assert "cc, 02_price, cell 7 (Step 2): An unexpected error (ValueError)." in said.text
    assert small.CANARY in next((there.path / "private").rglob("cc-02_price.log")).read_text()
    assert "2 unchanged" in small.run(there, scheduler=address)[1].text


def test_workers_with_other_code_are_turned_away(tmp_path, monkeypatch, address):
    class Other:
        """Says something else here than where it is sent."""

        def __call__(self):
            return "other"

        def __reduce__(self):
            return getattr, (fingerprints, "code_fingerprint")

    monkeypatch.setattr("larcnb.runner.cluster.code_fingerprint", Other())
    with pytest.raises(LarcError, match="another version of larcnb, of Python"):
        small.run(small.build(tmp_path, {"aa": "good"}), scheduler=address)


@pytest.mark.parametrize("answer", [None, b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_what_is_no_scheduler_is_a_mistake_with_words(tmp_path, monkeypatch, answer):
    monkeypatch.setattr("larcnb.runner.cluster.CONNECT_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"

        def serve():
            with contextlib.suppress(OSError):
                server.accept()[0].sendall(answer)

        if answer is None:
            server.close()
        elif answer:
            threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(LarcError, match="No dask scheduler answers"):
            small.run(small.build(tmp_path, {"aa": "good"}), scheduler=address)


def test_a_cluster_that_has_lost_its_workers_ends_the_batch(tmp_path, monkeypatch):
    job = Job("aa", "Name", "larc4", (), root=small.build(tmp_path, {"aa": "good"}).path)
    with distributed.LocalCluster(n_workers=1, dashboard_address=None, silence_logs=50) as lost:
        cluster = Cluster(lost.scheduler_address)
        lost.scale(0)
        while cluster.client.nthreads():
            time.sleep(0.1)
        monkeypatch.setattr("larcnb.runner.cluster.CONNECT_SECONDS", 1)
        (outcome,) = cluster.run([Call("aa", make_job, (job,))], lambda: None, None)
        cluster.close()
    assert str(outcome.failure).startswith("The cluster has no workers left. Start some")
