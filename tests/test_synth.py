"""Made-up returns are valid, repeatable, and one authority's do not depend on the others'."""

import pytest

from larcnb import params, synth
from larcnb.errors import LarcError
from larcnb.library import load_library
from larcnb.returns import read_return
from larcnb.root import Root


@pytest.mark.parametrize(("vintage", "cases"), [("larc4", 60), ("current", 60), ("larc4", 0)])
def test_every_return_is_read_without_an_error(tmp_path, vintage, cases):
    slugs = synth.write_root(tmp_path / "root", 2, cases, seed=1, vintage=vintage)
    root = Root(tmp_path / "root")
    library = load_library(root)
    for slug in slugs:
        assert params.load_authority(root, slug).vintage == vintage
        found = read_return(root.raw(slug), slug, library, vintage)
        assert (found.errors, len(found.tables["cases"])) == ([], cases)
        assert cases or not found.problems


def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_authorities(tmp_path):
    made = []
    for name, authorities, seed in (("a", 1, 5), ("b", 3, 5), ("c", 1, 6)):
        synth.write_root(tmp_path / name, authorities, cases=20, seed=seed)
        files = sorted((tmp_path / name / "data/raw/synth-001").iterdir())
        made.append({path.name: path.read_bytes() for path in files})
    assert made[0] == made[1] and made[0]["process.csv"] != made[2]["process.csv"]


def test_a_folder_that_holds_something_is_left_alone_and_numbers_have_limits(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(LarcError, match="holds something already"):
        synth.write_root(tmp_path, authorities=1, cases=1, seed=1)
    for numbers in ((0, 1, 1), (1, -1, 1), (1, 1, -1), (1000, 1, 1)):
        with pytest.raises(LarcError, match="1 to 999 authorities"):
            synth.write_root(tmp_path / "root", *numbers)
