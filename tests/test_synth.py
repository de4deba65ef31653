"""Made-up returns are valid, repeatable, and one authority's do not depend on the others'."""

import filecmp

import pytest

from larcnb import params, synth
from larcnb.errors import LarcError
from larcnb.library import load_library
from larcnb.returns import read_return
from larcnb.root import Root


def read_all(root: Root) -> dict:
    found = params.load_authorities(root, params.list_authorities(root))
    library = load_library(root)
    return {
        slug: read_return(root.raw(slug), slug, library, a.vintage) for slug, a in found.items()
    }


@pytest.mark.parametrize("vintage", ["larc4", "current"])
def test_every_return_is_read_without_an_error(tmp_path, vintage):
    synth.write_root(tmp_path / "root", authorities=2, cases=60, seed=1, vintage=vintage)
    returns = read_all(Root(tmp_path / "root"))
    assert [found.errors for found in returns.values()] == [[], []]
    assert [len(found.tables["cases"]) for found in returns.values()] == [60, 60]


def test_an_authority_without_cases_is_a_valid_return(tmp_path):
    synth.write_root(tmp_path / "root", authorities=1, cases=0, seed=1)
    (found,) = read_all(Root(tmp_path / "root")).values()
    assert found.problems == []


def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_authorities(tmp_path):
    synth.write_root(tmp_path / "a", authorities=1, cases=20, seed=5)
    synth.write_root(tmp_path / "b", authorities=3, cases=20, seed=5)
    folder = "data/raw/synth-001"
    files = sorted(path.name for path in (tmp_path / "a" / folder).iterdir())
    folders = (tmp_path / of / folder for of in "ab")
    same, different, odd = filecmp.cmpfiles(*folders, files, shallow=False)
    assert (sorted(same), different, odd) == (files, [], [])
    library = load_library(Root(synth.WORKBOOK))
    one, two = (synth.make_return(library, 20, seed, "larc4")["process"] for seed in (1, 2))
    assert not one.equals(two)


def test_a_folder_that_holds_something_is_left_alone_and_numbers_have_limits(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(LarcError, match="holds something already"):
        synth.write_root(tmp_path, authorities=1, cases=1, seed=1)
    for numbers in ((0, 1, 1), (1, -1, 1), (1, 1, -1), (1000, 1, 1)):
        with pytest.raises(LarcError, match="1 to 999 authorities"):
            synth.write_root(tmp_path / "root", *numbers)
