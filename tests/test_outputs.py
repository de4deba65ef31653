"""The outputs by themselves: files written whole, folders that change places, the journal, the lock, the record."""

import errno
import os
import stat
import sys
import types
from pathlib import Path

import pytest
import smallbatch as small

from larcnb import files
from larcnb.errors import LarcError
from larcnb.files import hash_folder
from larcnb.runner import batch, outputs, plan
from larcnb.runner.plan import Request

UNITS = ["aa", "consortium/larc4"]


class Instead:
    """A module with some of its names changed, as code that imported it sees it."""

    def __init__(self, module, **names) -> None:
        self.__dict__.update(names, module=module)

    def __getattr__(self, name):
        return getattr(self.module, name)


def full(*_):
    raise OSError(errno.ENOSPC, "full")


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_file_is_written_whole_or_left_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "run.json"
    files.write_whole(path, "é\n")
    assert path.read_bytes() == b"\xc3\xa9\n"
    files.write_whole(path, b"new", 0o600)
    assert path.read_bytes() == b"new" and names(tmp_path) == ["run.json"]
    assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o600
    monkeypatch.setattr(files, "replace", full)
    with pytest.raises(OSError, match="full"):
        files.write_whole(path, "newer")
    assert path.read_bytes() == b"new" and names(tmp_path) == ["run.json"]


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
    seen = []
    synced = lambda handle: seen.append(Path(f"/proc/self/fd/{handle}").resolve())  # noqa: E731
    for module in (files, outputs):
        monkeypatch.setattr(module, "os", Instead(os, fsync=synced))
    outputs.sync_tree(tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in seen} == {*made, "a", "a/b", "."}
    seen.clear()
    files.write_whole(tmp_path / "four.txt", "4")
    assert [path.name for path in seen] == [f".four.txt.{os.getpid()}.new", tmp_path.name]


@pytest.mark.parametrize(("tries", "fails"), [(0, False), (4, False), (5, True)])
def test_on_windows_a_rename_waits_for_programs_that_look_at_new_files(tries, fails, monkeypatch):
    left, pauses = [PermissionError()] * tries, []

    def busy(target):
        if left:
            raise left.pop()

    monkeypatch.setattr(files, "os", Instead(os, name="nt"))
    monkeypatch.setattr(files, "time", types.SimpleNamespace(sleep=pauses.append))
    source = types.SimpleNamespace(replace=busy)
    if fails:
        with pytest.raises(PermissionError):
            files.replace(source, Path("x"))
    else:
        files.replace(source, Path("x"))
    assert pauses == [0.05, 0.2, 0.5, 1.0][:tries]


def folder(path, word):
    path.mkdir(parents=True)
    (path / "word").write_text(word)
    return path


def word(path):
    return (path / "word").read_text() if path.exists() else "none"


@pytest.fixture(params=["linux", "win32", "darwin", "a disk that cannot"])
def way(request, monkeypatch):
    """The ways two folders change places; this machine's C library lacks the call of macOS."""
    if request.param in ("win32", "darwin"):
        monkeypatch.setattr(outputs, "sys", Instead(sys, platform=request.param))
    elif request.param != "linux":
        monkeypatch.setattr(outputs, "_exchange", lambda *_: False)


def test_two_folders_change_places_and_back(way, tmp_path):
    new, place = folder(tmp_path / "new", "new"), folder(tmp_path / "place", "old")
    folder(tmp_path / "new.old", "left of a crash")
    for there in ("new", "old"):
        (outputs.swap if there == "new" else outputs.swap_back)(new, place)
        assert {word(place), word(new)} == {"new", "old"} and word(place) == there
    outputs.swap(new, tmp_path / "nowhere")
    assert (word(tmp_path / "nowhere"), word(new)) == ("new", "none")
    outputs.swap_back(new, tmp_path / "nowhere")
    assert (word(tmp_path / "nowhere"), word(new)) == ("none", "new")


def test_where_the_new_folder_cannot_be_moved_the_old_one_stands_again(tmp_path, monkeypatch):
    new, place = folder(tmp_path / "new", "new"), folder(tmp_path / "place", "old")
    move = outputs.replace
    only_new = lambda one, other: full() if one == new else move(one, other)  # noqa: E731
    monkeypatch.setattr(outputs, "_exchange", lambda *_: False)
    monkeypatch.setattr(outputs, "replace", only_new)
    with pytest.raises(OSError, match="full"):
        outputs.swap(new, place)
    assert (word(place), word(new)) == ("old", "new")
    assert names(tmp_path) == ["new", "new/word", "place", "place/word"]


def staged(root, unit, said):
    """A unit's stage with a file in each part, and its record."""
    stage = outputs.stage_of(root, "run1", unit)
    outputs.create(stage)
    for part in outputs.PARTS:
        (stage / part / "word").write_text(said)
    entry = {"unit": unit, "files": outputs.hashes(stage)}
    (stage / "reports" / outputs.RECORD).write_text(files.to_json(entry))
    return stage


@pytest.fixture
def root(tmp_path):
    return small.SmallRoot(tmp_path)


def words(root, unit):
    return [word(place) for place in outputs.places(root, unit).values()]


@pytest.mark.parametrize("unit", UNITS)
def test_a_stage_replaces_both_folders_and_is_gone(unit, root):
    for said in ("one", "two"):
        stage = staged(root, unit, said)
        outputs.commit(root, unit, stage)
        assert words(root, unit) == [said, said] and not stage.exists()
        assert list((outputs.control(root) / "journal").iterdir()) == []
    assert outputs.record_of(root, unit)["files"]["processed"] == hash_folder(root.processed(unit))
    assert outputs.record_of(root, "bb") == {} and outputs.recover(root) == []


@pytest.mark.parametrize("crashed", [False, True])
def test_results_that_stay_the_same_are_not_taken_from_under_whoever_reads_them(
    crashed, root, monkeypatch
):
    outputs.commit(root, "aa", staged(root, "aa", "one"))
    results = outputs.places(root, "aa")["processed"]
    before, again = results.stat().st_ino, staged(root, "aa", "one")
    (again / "reports" / "page").write_text("another")
    if crashed:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(outputs, "swap", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            outputs.commit(root, "aa", again)
        assert outputs.recover(root) == ["aa"]
    else:
        outputs.commit(root, "aa", again)
    assert results.stat().st_ino == before and words(root, "aa") == ["one", "one"]
    assert (outputs.places(root, "aa")["reports"] / "page").read_text() == "another"


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("before", ["none", "old"])
@pytest.mark.parametrize("failing", [1, 2])
def test_where_one_folder_cannot_be_moved_neither_is(failing, before, unit, root, monkeypatch):
    if before == "old":
        outputs.commit(root, unit, staged(root, unit, "old"))
    stage, swap, calls = staged(root, unit, "new"), outputs.swap, []

    def sometimes(new, place):
        calls.append(place)
        return full() if len(calls) == failing else swap(new, place)

    monkeypatch.setattr(outputs, "swap", sometimes)
    with pytest.raises(OSError, match="full"):
        outputs.commit(root, unit, stage)
    assert words(root, unit) == [before, before]
    assert {word(stage / part) for part in outputs.PARTS} == {"new"}
    assert list((outputs.control(root) / "journal").iterdir()) == []


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("before", ["none", "old"])
@pytest.mark.parametrize("moved", [0, 1, 2])
def test_the_next_start_finishes_a_move_that_a_crash_cut_short(
    moved, before, unit, root, monkeypatch
):
    if before == "old":
        outputs.commit(root, unit, staged(root, unit, "old"))
    stage, swap, calls = staged(root, unit, "new"), outputs.swap, []

    def crash(*_):
        raise KeyboardInterrupt

    def until(*given):
        calls.append(given)
        return crash() if len(calls) > moved else swap(*given)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(outputs, "swap", until)
        patch.setattr(Path, "unlink", crash)
        outputs.commit(root, unit, stage)
    assert words(root, unit) == ["new"] * moved + [before] * (2 - moved)
    assert outputs.recover(root) == [unit]
    assert words(root, unit) == ["new", "new"] and names(outputs.control(root)) == ["journal"]
    assert outputs.recover(root) == []


def test_a_crash_before_the_journal_was_whole_changes_nothing(root):
    outputs.commit(root, "aa", staged(root, "aa", "old"))
    staged(root, "aa", "new")
    (outputs.control(root) / "journal" / "aa.json").write_text('{"unit": "aa", "sta')
    assert outputs.recover(root) == [] and words(root, "aa") == ["old", "old"]


def test_the_lock_is_held_by_one_and_says_who_holds_it(root):
    with batch.hold(root):
        with pytest.raises(LarcError, match=rf"\(process {os.getpid()}\) is using") as caught:
            batch.hold(root).__enter__()
        assert caught.value.exit_code == 75
    with pytest.raises(ZeroDivisionError), batch.hold(root):
        1 / 0  # noqa: B018
    with batch.hold(root):
        pass


@pytest.mark.parametrize(
    ("error", "words", "code"),
    [
        (OSError(errno.ENOSPC, "x"), "The disk is full", 1),
        (PermissionError(errno.EACCES, "x"), "cannot be written", 2),
        (OSError(errno.EROFS, "x"), "cannot be written", 2),
    ],
)
def test_a_root_that_cannot_be_written_to_is_told_why(error, words, code, root, monkeypatch):
    def mkdir(*_, **__):
        raise error

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with pytest.raises(LarcError, match=words) as caught, batch.hold(root):
        pass
    assert caught.value.exit_code == code


@pytest.mark.parametrize("ended", ["failed", "refused", "done"])
def test_what_never_ran_is_to_be_run_with_how_it_ended_before(tmp_path, ended):
    root = small.build(tmp_path, {"aa": "good", "bb": "good"})
    root.reports.mkdir()
    files.write_whole(
        root.reports / "run.json", files.to_json({"units": {"aa": {"status": ended}}})
    )
    request = Request(root)
    assert plan.states(request, plan.make_plan(request)) == [
        ("aa", "to be run" + (f", {ended} before" if ended != "done" else ""), "Name of aa"),
        ("bb", "to be run", "Name of bb"),
        ("consortium/larc4", "to be run", "round larc4"),
    ]
