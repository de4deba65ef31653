"""A batch may be killed at any moment and any write may fail: nothing mixed or partial is ever readable, nothing
is left running, and the next run ends where an undisturbed one would have. The long form is
``python -m benchmarks.crashes``."""

import os
import signal
import sys
import time

import pytest

from benchmarks import crashes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return crashes.make_world(tmp_path_factory.mktemp("crash"))


@pytest.mark.parametrize("share", [0.6, 0.9])
def test_killed_at_some_moment(world, share):
    assert crashes.kill_at(world, share)[0] == []


@pytest.mark.parametrize("number", [31, 74])
def test_a_write_fails(world, number):
    wrong, reached, _ = crashes.fault_at(world, "fail", number)
    assert (wrong, reached) == ([], True)


@pytest.mark.parametrize("number", [88])
def test_killed_at_a_write(world, number):
    wrong, reached, _ = crashes.fault_at(world, "kill", number)
    assert (wrong, reached) == ([], True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_is_130_and_goes_on_where_it_stopped(world, number):
    root = world.copy()
    crashes.small.tell(root, "bb", "slow")
    process = crashes.start(root)
    deadline = time.monotonic() + 60
    while (
        "fine" not in root.processed("aa").joinpath("cases.json").read_text()
        and time.monotonic() < deadline
    ):
        time.sleep(0.05)
    send = os.killpg if number == signal.SIGINT else os.kill  # a terminal tells all of a batch
    send(process.pid, number)
    said = process.communicate(timeout=30)[0]
    assert process.returncode == 130
    assert "Interrupted. Run the same command to resume." in said
    assert crashes.left_running(root) == []
    code, said = crashes.finish(root)
    assert (code, "unchanged" in said) == (0, True)


def test_a_batch_begun_with_nohup_outlives_its_terminal(world):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    process = crashes.start(world.copy())
    signal.signal(signal.SIGHUP, before)
    time.sleep(0.6 * world.span)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=300)
    assert process.returncode == 0
