"""Where the workbook's files lie (docs/batch.md)."""

import pytest

from larcnb.errors import LarcError
from larcnb.root import WORKBOOK, Root, check_slug, find_root


def make(folder):
    for name in ("data", "params"):
        (folder / name).mkdir(parents=True)
    return folder.resolve()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.delenv("LARCNB_ROOT", raising=False)
    return make(tmp_path)


def test_a_root_is_given_or_named_by_the_environment_or_found_upward(folder, monkeypatch):
    other, below = make(folder / "other"), folder / "data" / "raw" / "la-01"
    below.mkdir(parents=True)
    for here in (below, folder):
        monkeypatch.chdir(here)
        assert find_root().path == folder
    monkeypatch.setenv("LARCNB_ROOT", str(other))
    assert find_root().path == other
    assert find_root(folder).path == folder


def test_a_root_is_spoken_of_as_it_was_named_but_no_whole_path_is_said(folder, monkeypatch):
    below = make(folder / "data" / "some" / "R & D (1)")
    monkeypatch.chdir(below.parent)
    spoken = {
        None: ("../../reports", ""),
        "R & D (1)/": ("R & D (1)/reports", ' --root "R & D (1)"'),
        "../..": ("../../reports", " --root ../.."),
        str(folder): ("ROOT/reports", " --root ROOT"),
    }
    for named, words in spoken.items():
        root = find_root(named)
        assert (root.said("reports"), root.option) == words
    monkeypatch.setenv("LARCNB_ROOT", str(below))
    assert find_root().said("reports") == "ROOT/reports"
    monkeypatch.chdir(below)
    assert find_root().said("reports") == "reports" and find_root() == Root(below)


@pytest.mark.parametrize("missing", ["data", "params"])
def test_a_folder_without_data_or_params_is_no_root(folder, missing, monkeypatch):
    (folder / missing).rmdir()
    with pytest.raises(LarcError, match="holds no data/ and params/"):
        find_root(folder)
    monkeypatch.chdir(folder)
    with pytest.raises(LarcError, match="No folder with data/ and params/ from here upward"):
        find_root()


def test_what_a_root_lacks_is_the_workbook_s_own(folder):
    root = Root(folder)
    assert root.presets == WORKBOOK / "params" / "presets"
    national = folder / "data" / "raw" / "national"
    for made in (national, folder / "params" / "presets"):
        made.mkdir(parents=True)
    (national / "futures.csv").touch()
    assert root.presets == folder / "params" / "presets"
    assert root.national("futures.csv") == national / "futures.csv"
    assert root.national("deflators.csv") == WORKBOOK / "data/raw/national/deflators.csv"
    assert root.notebooks == WORKBOOK / "notebooks"


def test_results_of_the_unit_a_batch_runs_go_to_its_stage(folder, monkeypatch):
    root = Root(folder)
    assert root.processed("la-01") == folder / "data" / "processed" / "la-01"
    monkeypatch.setenv("LARCNB_STAGE", str(folder / "stage"))
    monkeypatch.setenv("LARCNB_UNIT", "la-01")
    assert root.processed("la-01") == folder / "stage" / "processed"
    assert root.processed("la-02") == folder / "data" / "processed" / "la-02"
    units = ("la-01", "consortium/larc4", "consortium/larc2")
    assert [root.pages(of).name for of in units] == ["la-01", "consortium", "consortium-larc2"]


@pytest.mark.parametrize("saved", [b"\xef\xbb\xbf# Made up", b"Made up: caf\xe9"])
def test_a_notice_is_read_however_it_was_saved(folder, saved):
    Root(folder).raw("aa").mkdir(parents=True)
    (Root(folder).raw("aa") / "NOTICE.md").write_bytes(saved)
    assert Root(folder).notice("aa").startswith("Made up")


def test_a_slug_is_2_to_41_lower_case_letters_digits_and_hyphens():
    for slug in ("la-01", "ab", "a" * 41, "bath-and-north-east-somerset", "a--", "l2"):
        assert check_slug(slug) == slug
    taken = ("national", "consortium", "presets", "manifest", "con", "lpt1")
    for slug in ("a", "a" * 42, "1a", "-a", "La-01", "la_01", "la-01\n", "../la", "", "é2", *taken):
        with pytest.raises(LarcError, match="slug is 2 to 41 lower-case letters"):
            check_slug(slug)
