"""The outputs by themselves: files written whole, folders replaced whole or not at all, the lock."""

import contextlib
import errno
import itertools
import os
import stat
import sys
import types
from pathlib import Path

import pytest
import smallbatch as small
import typer

from larcnb import files
from larcnb.cli.output import safely
from larcnb.errors import LarcError
from larcnb.files import hash_folder
from larcnb.runner import batch, outputs

JOBS = ["aa", "consortium/larc4"]
MOVES = 6
"""Renames at most in putting a job in place: the stage made ready, twice two folders, the stage taken away."""


class Instead:
    """A module with some of its names changed, as code that imported it sees it."""

    def __init__(self, module, **names) -> None:
        self.__dict__.update(names, module=module)

    def __getattr__(self, name):
        return getattr(self.module, name)


def failing(number, error):
    """Renaming that goes wrong the n-th time."""
    calls = itertools.count(1)

    def move(source, target):
        if next(calls) == number:
            raise error
        files.replace(source, target)

    return move


FULL = OSError(errno.ENOSPC, "full")


def test_a_file_is_written_whole_or_left_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "run.json"
    files.write_whole(path, "é\n")
    assert path.read_bytes() == b"\xc3\xa9\n"
    files.write_whole(path, b"new", 0o600)
    assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o600
    monkeypatch.setattr(files, "replace", failing(1, FULL))
    with pytest.raises(OSError, match="full"):
        files.write_whole(path, "newer")
    assert path.read_bytes() == b"new" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("raw", [b"", b'{"a": 1', b"[1]", b"null", b"\xff\xfe"])
def test_what_is_no_whole_json_object_is_read_as_empty(raw, tmp_path):
    (tmp_path / "x.json").write_bytes(raw)
    assert files.read_json(tmp_path / "x.json") == files.read_json(tmp_path / "none.json") == {}


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what a handle is of")
def test_every_file_and_folder_is_on_the_disk_before_it_is_relied_on(tmp_path, monkeypatch):
    made = ["a/b/one.txt", "a/two.txt", "three.txt"]
    for name in made:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    seen = set()
    synced = lambda handle: seen.add(Path(f"/proc/self/fd/{handle}").resolve())  # noqa: E731
    for module in (files, outputs):
        monkeypatch.setattr(module, "os", Instead(os, fsync=synced))
    outputs.sync_tree(tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in seen} == {*made, "a", "a/b", "."}


@pytest.mark.parametrize(("tries", "fails"), [(0, False), (4, False), (5, True)])
def test_on_windows_a_rename_waits_for_programs_that_look_at_new_files(tries, fails, monkeypatch):
    left, pauses = [PermissionError()] * tries, []

    def busy(target):
        if left:
            raise left.pop()

    monkeypatch.setattr(files, "os", Instead(os, name="nt"))
    monkeypatch.setattr(files, "time", types.SimpleNamespace(sleep=pauses.append))
    with pytest.raises(PermissionError) if fails else contextlib.nullcontext():
        files.replace(types.SimpleNamespace(replace=busy), Path("x"))
    assert pauses == [0.05, 0.2, 0.5, 1.0][:tries]


@pytest.fixture
def root(tmp_path):
    return small.SmallRoot(tmp_path)


def staged(root, job, said):
    """A job's stage with a file in each part."""
    stage = outputs.stage_of(root, job)
    for part in outputs.PARTS:
        (stage / part).mkdir(parents=True)
        (stage / part / "word").write_text(said)
    return stage


def words(root, job):
    paths = [place / "word" for place in outputs.places(root, job).values()]
    return [path.read_text() if path.exists() else "none" for path in paths]


def left(root):
    return [path for path in outputs.control(root).rglob("*") if path.is_file()]


@pytest.mark.parametrize("job", JOBS)
def test_a_stage_replaces_both_folders_and_is_gone(job, root):
    for said in ("one", "two"):
        outputs.commit(root, job, staged(root, job, said))
        assert words(root, job) == [said, said] and left(root) == []
    outputs.recover(root)
    assert words(root, job) == ["two", "two"]


@pytest.mark.parametrize("crash", [None, 2])
def test_results_that_stay_the_same_are_not_taken_from_under_whoever_reads_them(
    crash, root, monkeypatch
):
    outputs.commit(root, "aa", staged(root, "aa", "one"))
    results = outputs.places(root, "aa")["processed"]
    before, again = results.stat().st_ino, staged(root, "aa", "one")
    (again / "reports" / "page").write_text("another")
    with monkeypatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
        patch.setattr(outputs, "replace", failing(crash, KeyboardInterrupt()))
        outputs.commit(root, "aa", again)
    outputs.recover(root)
    assert results.stat().st_ino == before and words(root, "aa") == ["one", "one"]
    assert (outputs.places(root, "aa")["reports"] / "page").read_text() == "another"


WAYS = [(number, before) for before in ("none", "old") for number in range(1, MOVES + 1)]


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize(("number", "before"), WAYS)
def test_where_one_folder_cannot_be_moved_neither_is(number, before, job, root, monkeypatch):
    if before == "old":
        outputs.commit(root, job, staged(root, job, "old"))
    failed, stage = False, staged(root, job, "new")
    with monkeypatch.context() as patch:
        patch.setattr(outputs, "replace", failing(number, FULL))
        try:
            outputs.commit(root, job, stage)
        except OSError:
            failed = True
    assert words(root, job) == ([before, before] if failed else ["new", "new"])
    assert failed == (number < (MOVES if before == "old" else MOVES - 2))
    outputs.recover(root)
    assert words(root, job) == ([before, before] if failed else ["new", "new"])
    assert left(root) == []


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize(("number", "before"), WAYS)
def test_the_next_start_finishes_a_move_that_a_crash_cut_short(
    number, before, job, root, monkeypatch
):
    if before == "old":
        outputs.commit(root, job, staged(root, job, "old"))
    stage = staged(root, job, "new")
    with monkeypatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
        patch.setattr(outputs, "replace", failing(number, KeyboardInterrupt()))
        outputs.commit(root, job, stage)
    outputs.recover(root)
    assert words(root, job) == ([before, before] if number == 1 else ["new", "new"])
    assert left(root) == []


def test_the_lock_is_held_by_one_whatever_ends_it(root):
    with batch.hold(root), pytest.raises(LarcError, match="Another batch is using") as caught:
        batch.hold(root).__enter__()
    assert caught.value.exit_code == 75
    with pytest.raises(ZeroDivisionError), batch.hold(root):
        1 / 0  # noqa: B018
    with batch.hold(root):
        assert hash_folder(root.reports) == {}


UNWRITABLE = [
    (OSError(errno.ENOSPC, "x"), "The disk is full", 1),
    (PermissionError(errno.EACCES, "x"), "cannot be written", 2),
    (OSError(errno.EROFS, "x"), "cannot be written", 2),
]


@pytest.mark.parametrize(("error", "said", "code"), UNWRITABLE)
def test_what_cannot_be_written_to_is_told_why(error, said, code, capsys):
    def command():
        raise error

    with pytest.raises(typer.Exit) as ended:
        safely(command)()
    assert (ended.value.exit_code, said in capsys.readouterr().err) == (code, True)
