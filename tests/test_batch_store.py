"""The batch's storage by itself: files written whole, folders that change places, the journal, the lock, the record."""

from __future__ import annotations

import errno
import json
import operator
import os
import stat
import sys
import types
from dataclasses import replace
from pathlib import Path

import pytest
import smallbatch as small

from larcnb.batch import Request, files, lock, plan, record, state, store
from larcnb.batch.pool import Call, Pool, _Worker
from larcnb.batch.unit import Made, Present
from larcnb.engine.failure import Failure
from larcnb.errors import LarcError
from larcnb.provenance import hash_folder

UNITS = ["aa", "consortium/larc4"]


class Instead:
    """A module with some of its names changed, as code that imported it sees it."""

    def __init__(self, module, **names) -> None:
        self.__dict__.update(names, module=module)

    def __getattr__(self, name: str):
        return getattr(self.module, name)


@pytest.fixture
def windows(monkeypatch):
    monkeypatch.setattr(files, "os", Instead(os, name="nt"))
    monkeypatch.setattr(files, "sys", Instead(sys, platform="win32"))


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def full(*_):
    raise OSError(errno.ENOSPC, "full")


def test_a_file_is_written_whole_with_its_mode_and_nothing_beside_it(tmp_path):
    path = tmp_path / "run.json"
    files.write_whole(path, "é\n")
    assert path.read_bytes() == b"\xc3\xa9\n"
    files.write_whole(path, b"new", 0o600)
    assert path.read_bytes() == b"new" and names(tmp_path) == ["run.json"]
    assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "run.json"
    path.write_text("old")
    monkeypatch.setattr(files, "replace", full)
    with pytest.raises(OSError, match="full"):
        files.write_whole(path, "new")
    assert path.read_text() == "old" and names(tmp_path) == ["run.json"]
    with pytest.raises(FileNotFoundError):
        files.write_whole(tmp_path / "none" / "run.json", "new")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b"", {}),
        (b'{"a": 1', {}),
        (b"[1]", {}),
        (b"null", {}),
        (b"\xff\xfe", {}),
    ],
)
def test_what_is_no_whole_json_object_is_read_as_empty(raw, value, tmp_path):
    (tmp_path / "x.json").write_bytes(raw)
    assert files.read_json(tmp_path / "x.json") == value
    assert files.read_json(tmp_path / "none.json") == {}


def test_json_has_one_form():
    assert files.to_json({"b": ["é"], "a": 1}) == '{\n "b": [\n  "é"\n ],\n "a": 1\n}\n'


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what a handle is of")
def test_every_file_and_folder_is_on_the_disk_before_it_is_relied_on(tmp_path, monkeypatch):
    made = ["a/b/one.txt", "a/two.txt", "three.txt"]
    for name in made:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    seen = []
    fsync = lambda handle: seen.append(Path(f"/proc/self/fd/{handle}").resolve())  # noqa: E731
    monkeypatch.setattr(files, "os", Instead(os, fsync=fsync))
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    files.sync_tree(tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in seen} == {*made, "a", "a/b", "."}
    assert len(list(Path("/proc/self/fd").iterdir())) == open_before
    seen.clear()
    files.write_whole(tmp_path / "four.txt", "4")
    assert [path.name for path in seen] == [f".four.txt.{os.getpid()}.new", tmp_path.name]
    monkeypatch.setattr(files, "os", Instead(os, fsync=fsync, name="nt"))
    seen.clear()
    files.sync_tree(tmp_path / "a")
    assert sorted(path.name for path in seen) == [
        "one.txt",
        "two.txt",
    ]  # Windows has no such request for a folder


def test_a_folder_is_removed_with_all_in_it_and_a_missing_one_is_no_matter(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    files.remove(tmp_path / "a")
    files.remove(tmp_path / "a")
    assert names(tmp_path) == []


class Busy:
    """A file that another program holds open for some tries."""

    def __init__(self, tries: int) -> None:
        self.left = tries

    def replace(self, target) -> None:
        if self.left:
            self.left -= 1
            raise PermissionError(errno.EACCES, "in use")


@pytest.mark.parametrize(
    ("tries", "waited", "fails"), [(0, 0, False), (3, 3, False), (4, 4, False), (5, 4, True)]
)
def test_on_windows_a_rename_waits_for_programs_that_look_at_new_files(
    tries, waited, fails, windows, monkeypatch
):
    pauses = []
    monkeypatch.setattr(files, "time", types.SimpleNamespace(sleep=pauses.append))
    if fails:
        with pytest.raises(PermissionError):
            files.replace(Busy(tries), Path("x"))
    else:
        files.replace(Busy(tries), Path("x"))
    assert pauses == [0.05, 0.2, 0.5, 1.0][:waited]


def test_elsewhere_a_rename_that_fails_fails_at_once(monkeypatch):
    monkeypatch.setattr(
        files, "time", types.SimpleNamespace(sleep=lambda _: pytest.fail("it waited"))
    )
    with pytest.raises(PermissionError):
        files.replace(Busy(1), Path("x"))


def folder(path: Path, word: str) -> Path:
    path.mkdir(parents=True)
    (path / "word").write_text(word)
    return path


def word(path: Path) -> str:
    return (path / "word").read_text() if path.exists() else "none"


WAYS = ["one step", pytest.param("windows", id="no such step"), "macOS", "a disk that cannot"]


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    """The ways two folders change places."""
    if request.param == "windows":
        request.getfixturevalue("windows")
    if request.param == "macOS":  # this machine's C library lacks its call
        monkeypatch.setattr(files, "sys", Instead(sys, platform="darwin"))
    if request.param == "a disk that cannot":
        monkeypatch.setattr(files, "exchange", lambda *_: False)
    return request.param


def test_two_folders_change_places(way, tmp_path):
    new, place = folder(tmp_path / "new", "new"), folder(tmp_path / "place", "old")
    folder(tmp_path / "new.old", "left of a crash")
    files.swap(new, place)
    assert (word(place), word(new)) == ("new", "old")
    assert way == "one step" or not (tmp_path / "new.old").exists()
    files.swap_back(new, place)
    assert (word(place), word(new)) == ("old", "new")


def test_where_nothing_stood_nothing_stands_after_going_back(way, tmp_path):
    new, place = folder(tmp_path / "new", "new"), tmp_path / "place"
    files.swap(new, place)
    assert (word(place), word(new)) == ("new", "none")
    files.swap_back(new, place)
    assert (word(place), word(new)) == ("none", "new")


def test_where_the_new_folder_cannot_be_moved_the_old_one_stands_again(
    tmp_path, windows, monkeypatch
):
    new, place = folder(tmp_path / "new", "new"), folder(tmp_path / "place", "old")
    move = files.replace
    monkeypatch.setattr(
        files, "replace", lambda one, other: full() if one == new else move(one, other)
    )
    with pytest.raises(OSError, match="full"):
        files.swap(new, place)
    assert (word(place), word(new)) == ("old", "new") and names(tmp_path) == [
        "new",
        "new/word",
        "place",
        "place/word",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="renameat2")
@pytest.mark.parametrize(
    "number", [0, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM, errno.EACCES]
)
def test_a_system_that_cannot_is_told_from_one_that_will_not(number, monkeypatch):
    asked = []

    def renameat2(*given):
        asked.append([getattr(value, "value", value) for value in given])
        return -1 if number else 0

    import ctypes

    library = types.SimpleNamespace(renameat2=renameat2)
    monkeypatch.setattr(
        files, "ctypes", Instead(ctypes, CDLL=lambda *_, **__: library, get_errno=lambda: number)
    )
    if number == errno.EACCES:
        with pytest.raises(PermissionError):
            files.exchange(Path("a"), Path("b"))
    else:
        assert files.exchange(Path("a"), Path("b")) is (number == 0)
    assert asked == [[-100, b"a", -100, b"b", 2]]


def test_on_macos_the_call_of_its_own_is_asked_for(monkeypatch):
    import ctypes

    asked = []
    library = types.SimpleNamespace(
        renameatx_np=lambda *given: asked.append([getattr(v, "value", v) for v in given]) or 0
    )
    monkeypatch.setattr(files, "ctypes", Instead(ctypes, CDLL=lambda *_, **__: library))
    monkeypatch.setattr(files, "sys", Instead(sys, platform="darwin"))
    assert files.exchange(Path("a"), Path("b")) is True
    assert asked == [[-2, b"a", -2, b"b", 2]]  # AT_FDCWD there, RENAME_SWAP


def staged(root, unit: str, word: str) -> store.Stage:
    """A unit's stage with a file in each part, and its record."""
    stage = store.stage_for(root, "run1", unit)
    stage.create()
    (stage.processed / "word").write_text(word)
    (stage.reports / "word").write_text(word)
    entry = {"unit": unit, "files": {part: hash_folder(stage.path / part) for part in store.PARTS}}
    (stage.reports / store.RECORD).write_text(files.to_json(entry))
    return stage


@pytest.fixture
def root(tmp_path):
    return small.SmallRoot(tmp_path)


def words(root, unit: str) -> list[str]:
    return [word(place) for place in store.places(root, unit).values()]


@pytest.mark.parametrize("unit", UNITS)
def test_a_stage_replaces_both_folders_and_is_gone(unit, root):
    first = staged(root, unit, "one")
    assert set(first.hashes()) == {"processed", "reports"} and list(
        first.hashes()["processed"]
    ) == ["word"]
    assert first.path == root.reports / ".batch" / "stage" / "run1" / unit.replace("/", "+")
    for said in ("one", "two"):
        store.commit(root, unit, first if said == "one" else staged(root, unit, said))
        assert words(root, unit) == [said, said]
        assert not store.stage_for(root, "run1", unit).path.exists()
        assert list((store.control(root) / "journal").iterdir()) == []
    assert store.recover(root) == [] and not (store.control(root) / "stage").exists()


@pytest.mark.parametrize("crashed", [False, True])
def test_results_that_stay_the_same_are_not_taken_from_under_whoever_reads_them(
    crashed, root, monkeypatch
):
    store.commit(root, "aa", staged(root, "aa", "one"))
    results = store.places(root, "aa")["processed"]
    before, again = results.stat().st_ino, staged(root, "aa", "one")
    (again.reports / "page").write_text("another")
    if crashed:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(files, "swap", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            store.commit(root, "aa", again)
        assert store.recover(root) == ["aa"]
    else:
        store.commit(root, "aa", again)
    assert results.stat().st_ino == before and words(root, "aa") == ["one", "one"]
    assert (store.places(root, "aa")["reports"] / "page").read_text() == "another"


def test_a_unit_stands_in_its_own_two_folders(root):
    assert store.places(root, "aa") == {
        "processed": root.path / "data/processed/aa",
        "reports": root.reports / "aa",
    }


def test_outputs_are_whole_only_byte_for_byte_and_of_their_own_unit(root):
    store.commit(root, "aa", staged(root, "aa", "one"))
    found = store.record_of(root, "aa")
    found["files"]["reports"] = hash_folder(store.places(root, "aa")["reports"])
    assert store.is_whole(root, "aa", found)
    assert not store.is_whole(root, "aa", {}) and not store.is_whole(root, "aa", {"unit": "aa"})
    (root.path / "data/processed/aa/word").write_text("two")
    assert not store.is_whole(root, "aa", found)
    (root.reports / "aa").rename(root.reports / "bb")
    assert store.record_of(root, "bb") == {} and store.record_of(root, "aa") == {}


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("before", ["none", "old"])
@pytest.mark.parametrize("failing", [1, 2])
def test_where_one_folder_cannot_be_moved_neither_is(failing, before, unit, root, monkeypatch):
    if before == "old":
        store.commit(root, unit, staged(root, unit, "old"))
    stage, swap, calls = staged(root, unit, "new"), files.swap, []

    def sometimes(new, place):
        calls.append(place)
        return full() if len(calls) == failing else swap(new, place)

    monkeypatch.setattr(files, "swap", sometimes)
    with pytest.raises(OSError, match="full"):
        store.commit(root, unit, stage)
    assert words(root, unit) == [before, before]
    assert word(stage.processed) == word(stage.reports) == "new"
    assert list((store.control(root) / "journal").iterdir()) == []


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("before", ["none", "old"])
@pytest.mark.parametrize("moved", [0, 1, 2])
def test_the_next_start_finishes_a_move_that_a_crash_cut_short(
    moved, before, unit, root, monkeypatch
):
    if before == "old":
        store.commit(root, unit, staged(root, unit, "old"))
    stage, swap, calls = staged(root, unit, "new"), files.swap, []

    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(
            files, "swap", lambda *a: (calls.append(a), crash() if len(calls) > moved else swap(*a))
        )
        patch.setattr(store.Stage, "discard", crash)
        if moved == 2:
            patch.setattr(Path, "unlink", crash)
        with pytest.raises(KeyboardInterrupt):
            store.commit(root, unit, stage)
    assert words(root, unit) == ["new"] * moved + [before] * (2 - moved)
    assert store.recover(root) == [unit]
    assert words(root, unit) == ["new", "new"]
    assert names(store.control(root)) == ["journal"]
    assert store.recover(root) == []


def test_a_crash_before_the_journal_was_whole_changes_nothing(root):
    store.commit(root, "aa", staged(root, "aa", "old"))
    staged(root, "aa", "new")
    (store.control(root) / "journal" / "aa.json").write_text('{"unit": "aa", "sta')
    assert store.recover(root) == [] and words(root, "aa") == ["old", "old"]
    assert names(store.control(root)) == ["journal"]


def test_a_disk_that_will_not_tidy_up_does_not_undo_a_move(root, monkeypatch):
    stage = staged(root, "aa", "new")
    monkeypatch.setattr(Path, "unlink", full)
    store.commit(root, "aa", stage)
    assert words(root, "aa") == ["new", "new"] and not stage.path.exists()


def test_the_lock_is_held_by_one_and_says_who_holds_it(root):
    path = store.control(root) / "lock"
    with lock.hold(root):
        assert path.read_text() == f"{os.getpid()}\n"
        with pytest.raises(
            LarcError, match=rf"Another batch \(process {os.getpid()}\) is using this folder"
        ) as caught:
            lock.hold(root).__enter__()
        assert caught.value.exit_code == 75 and path.read_text() == f"{os.getpid()}\n"
        path.write_text("x\n")
        with pytest.raises(LarcError, match="Another batch is using this folder"), lock.hold(root):
            pass
    assert path.read_text() == ""
    path.write_text("123456789 left by a crash\n")
    with pytest.raises(ZeroDivisionError), lock.hold(root):
        assert path.read_text() == f"{os.getpid()}\n"
        1 / 0  # noqa: B018
    with lock.hold(root):
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
    with pytest.raises(LarcError, match=words) as caught, lock.hold(root):
        pass
    assert caught.value.exit_code == code


def test_another_error_of_the_disk_keeps_its_own_words(root):
    root.reports.write_text("a file")
    with pytest.raises(OSError, match="reports"), lock.hold(root):
        pass


def test_on_windows_the_lock_is_on_a_place_beyond_what_others_read(root, monkeypatch):
    held = []

    def locking(handle, mode, length):
        place = os.lseek(handle, 0, os.SEEK_CUR)
        if place in held:
            raise OSError(errno.EACCES, "held")
        held.append(place)
        assert (mode, length) == ("no wait", 1)

    monkeypatch.setitem(
        sys.modules, "msvcrt", types.SimpleNamespace(LK_NBLCK="no wait", locking=locking)
    )
    monkeypatch.setattr(lock, "os", Instead(os, name="nt"))
    with lock.hold(root):
        assert (
            held == [1 << 20] and (store.control(root) / "lock").read_text() == f"{os.getpid()}\n"
        )
        with pytest.raises(LarcError, match=f"process {os.getpid()}"), lock.hold(root):
            pass


def unit_of(root) -> plan.Unit:
    return plan.make_plan(Request(root)).authorities[0]


FAILURE = Failure(
    "02_price",
    7,
    "Step 2",
    "error",
    "An unexpected error (ValueError).",
    "Look.",
    "private/x.log",
    3,
)


@pytest.fixture
def small_root(tmp_path):
    return small.build(tmp_path, {"aa": "good"})


def test_what_lies_in_a_unit_is_read_once_until_something_was_made(small_root):
    place = store.places(small_root, "aa")["processed"]
    place.mkdir(parents=True)
    (place / "cases.parquet").write_bytes(b"one")
    (place / "return.checked.xlsx").write_bytes(b"handed back")
    present = Present(small_root)
    first = present.of("aa")
    assert list(first["processed"]) == ["cases.parquet"] and first["reports"] == {}
    (place / "cases.parquet").write_bytes(b"two")
    assert present.of("aa") == first
    present.forget()
    assert present.of("aa") != first


def test_without_work_no_worker_is_started(tmp_path, monkeypatch):
    monkeypatch.setattr(Pool, "_start", lambda self: pytest.fail("A worker was started."))
    pool = Pool(2, tmp_path, {})
    pool.start(0)
    assert list(pool.run([])) == []


def test_nothing_is_given_to_a_worker_that_died_with_nothing_to_do(tmp_path):
    pool = Pool(2, tmp_path, {})
    calls = [Call(key, operator.is_, (1,), 60.0, key) for key in "ab"]
    try:
        assert {outcome.kind for outcome in pool.run(calls)} == {"done"}
        for worker in pool.workers:
            worker.process.kill()
            worker.process.wait()
        assert sorted((outcome.key, outcome.kind) for outcome in pool.run(calls)) == [
            ("a", "done"),
            ("b", "done"),
        ]
    finally:
        pool.close()


def test_a_worker_is_given_what_it_has_begun_before_what_nobody_has_and_that_before_what_others_have(
    tmp_path,
):
    alive = types.SimpleNamespace(poll=lambda: None)
    first, second, third = (_Worker(alive, things={thing}) for thing in "abe")
    pool = Pool(3, tmp_path, {})
    pool.workers = [third, first, second]
    waiting = [Call(key, len, (), None, key[0]) for key in ("b1", "c1", "a1", "a2", "d1", "b2")]

    def given(*free):
        for worker in pool.workers:
            worker.call = None if worker in free else Call("busy", len, ())
        worker, call = pool._match(waiting)
        waiting.remove(call)
        return worker, call.key

    assert given(third, first, second) == (first, "a1")
    assert given(third, second) == (second, "b1")
    assert given(third, first) == (first, "a2")
    assert [given(third, first) for _ in range(3)] == [(third, "c1"), (third, "d1"), (third, "b2")]
    waiting = [Call(key, len, ()) for key in "xyz"]
    assert [given(second)[1] for _ in range(3)] == ["x", "y", "z"]
    waiting = [Call("x", len, ())]
    for worker in pool.workers:
        worker.call = waiting[0]
    assert pool._match(waiting) is None


def test_the_record_of_a_unit_that_ran_says_what_ran_and_what_was_kept(small_root):
    unit = unit_of(small_root)
    before = {
        "seconds": 9.0,
        "notebooks": {"01_clean": {"seconds": 4.0}, "02_price": {"seconds": 5.0}},
    }
    entry = record.unit_entry(
        small_root, unit, "done", Made("aa", {"02_price": 1.5}, None, 2.126), before, "small"
    )
    assert (entry["name"], entry["status"], entry["seconds"]) == ("Name of aa", "done", 2.13)
    assert entry["fingerprint"] == unit.fingerprint and "earlier" not in entry
    assert entry["notebooks"] == {
        "01_clean": {
            "title": "Title of 01_clean",
            "status": "unchanged",
            "seconds": 4.0,
            "fingerprint": unit.prints["01_clean"],
        },
        "02_price": {
            "title": "Title of 02_price",
            "status": "done",
            "seconds": 1.5,
            "fingerprint": unit.prints["02_price"],
        },
    }
    entry = record.unit_entry(small_root, unit, "unchanged", None, before, "small")
    assert entry["seconds"] == 9.0
    assert [(n["status"], n["seconds"]) for n in entry["notebooks"].values()] == [
        ("unchanged", 4.0),
        ("unchanged", 5.0),
    ]
    assert record.unit_entry(small_root, unit, "unchanged", None, {}, "small")["seconds"] == 0.0


def test_the_record_of_a_unit_that_failed_says_why_and_whether_a_page_stands(small_root):
    unit = unit_of(small_root)
    before = {"seconds": 9.0, "notebooks": {"01_clean": {"seconds": 4.0}}}
    made = Made("aa", {"01_clean": 1.0}, FAILURE, 2.0)
    entry = record.unit_entry(small_root, unit, "failed", made, before, "small")
    told = {
        name: entry[name]
        for name in ("reason", "todo", "place", "heading", "log", "exit_code", "earlier")
    }
    assert told == {
        "reason": "An unexpected error (ValueError).",
        "todo": "Look.",
        "place": "02_price, cell 7",
        "heading": "Step 2",
        "log": "private/x.log",
        "exit_code": 3,
        "earlier": False,
    }
    assert [n["status"] for n in entry["notebooks"].values()] == ["done", "failed"]
    store.commit(small_root, "aa", staged(small_root, "aa", "one"))
    made = Made("aa", {}, replace(FAILURE, cell=0), 2.0)
    entry = record.unit_entry(small_root, unit, "refused", made, before, "small")
    assert (entry["place"], entry["earlier"], entry["seconds"]) == ("02_price", True, 2.0)
    assert [(n["status"], n["seconds"]) for n in entry["notebooks"].values()] == [
        ("not run", 0.0),
        ("refused", 0.0),
    ]
    entry = record.unit_entry(small_root, unit, "not run", None, before, "small")
    assert (entry["seconds"], entry["earlier"], "reason" in entry) == (0.0, True, False)
    assert {n["status"] for n in entry["notebooks"].values()} == {"not run"}


def test_a_run_begins_with_what_it_runs_with_and_the_units_of_before(small_root, monkeypatch):
    assert record.last(small_root) == {}
    small_root.reports.mkdir()
    record.write(small_root, {"units": {"zz": {"status": "done"}, "bb": {"status": "failed"}}})
    assert list(record.last(small_root)["units"]) == ["bb", "zz"]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1300000000")
    request = Request(small_root, edition="public", engine="plain", jobs=3)
    run = record.begin(request, plan.make_plan(request))
    assert {
        name: run[name]
        for name in ("state", "started", "seconds", "edition", "round", "engine", "jobs")
    } == {
        "state": "running",
        "started": "2011-03-13T07:06:40Z",
        "seconds": 0.0,
        "edition": "public",
        "round": "larc4",
        "engine": "plain",
        "jobs": 3,
    }
    assert run["units"] == {"bb": {"status": "failed"}, "zz": {"status": "done"}}
    assert run["params"]["aa"]["name"] == "Name of aa" and run["packages"]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "")
    assert record.begin(request, plan.make_plan(request))["started"] > "2026"
    record.write(small_root, run)
    assert json.loads(record.path(small_root).read_text())["params"]["aa"]["slug"] == "aa"


def test_what_never_ran_is_to_be_run_with_how_it_ended_before(small_root):
    small.add_params(small_root, "bb")
    small.tell(small_root, "bb", "good")
    small_root.reports.mkdir()
    for ended, said in (
        ("failed", ", failed before"),
        ("refused", ", refused before"),
        ("done", ""),
        ("not run", ""),
    ):
        record.write(small_root, {"units": {"aa": {"status": ended}}})
        request = Request(small_root)
        assert state.states(request, plan.make_plan(request)) == [
            ("aa", f"to be run{said}", "Name of aa"),
            ("bb", "to be run", "Name of bb"),
            ("consortium/larc4", "to be run", "round larc4"),
        ]
    request = Request(small_root, consortium=False)
    assert [unit for unit, _, _ in state.states(request, plan.make_plan(request))] == ["aa", "bb"]


@pytest.mark.parametrize(
    ("todo", "kept", "said"),
    [
        ([], {}, "up to date"),
        (["02_price"], {"01_clean": {}}, "to be run from 02"),
        (["01_clean"], {}, "to be run"),
    ],
)
def test_a_unit_is_to_be_run_from_the_first_notebook_that_a_change_reaches(
    todo, kept, said, small_root, monkeypatch
):
    books = [types.SimpleNamespace(name=name) for name in todo]
    monkeypatch.setattr(state, "to_run", lambda *_: (books, kept, {}))
    request = Request(small_root, consortium=False)
    assert state.states(request, plan.make_plan(request)) == [("aa", said, "Name of aa")]
