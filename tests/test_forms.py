"""larcnb new: a new authority can be checked at once, and nothing that is there is written over."""

import pytest
from test_returns_faults import differing

from larcnb import params
from larcnb.cli.inputs import new_authority
from larcnb.errors import LarcError
from larcnb.library import load_library
from larcnb.returns import read_return
from larcnb.root import WORKBOOK, Root


@pytest.fixture
def root(tmp_path):
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "params").mkdir()
    return Root(tmp_path)


def read(root, slug):
    authority = params.load_authority(root, slug)
    library = load_library(root, authority)
    return authority, read_return(root.raw(slug), slug, library, authority.vintage)


def new(root, slug="newtown", name="", vintage="current", from_csv=""):
    return new_authority(root, slug, name, vintage, str(from_csv))


def test_a_new_authority_is_in_order_before_anything_is_filled_in(root):
    new(root)
    authority, found = read(root, "newtown")
    assert (authority.vintage, authority.preset) == ("current", "public_purse")
    assert found.tables["cases"].empty and found.problems == []


@pytest.mark.parametrize("name", ['A "new" place', "Yes: no", "back\\slash", "# hash"])
def test_any_name_comes_back_as_it_was_given(root, name):
    new(root, name=name)
    assert read(root, "newtown")[0].name == name


def test_a_workbook_filled_from_tables_holds_the_same_rows(root):
    new(root, vintage="larc4", from_csv=WORKBOOK / "data" / "raw" / "la-01")
    _, filled = read(root, "newtown")
    _, original = read(Root(WORKBOOK), "la-01")
    assert differing(original, filled) == []


def test_a_return_that_is_there_is_never_written_over(root):
    new(root)
    before = (root.raw("newtown") / "return.xlsx").read_bytes()
    with pytest.raises(LarcError, match="holds a return already"):
        new(root)
    assert (root.raw("newtown") / "return.xlsx").read_bytes() == before


def test_params_that_are_there_are_kept(root):
    kept = 'slug: newtown\nname: Mine\nvintage: larc4\nprice_base: "2010-11"\npreset: larc\n'
    (root.params / "newtown.yaml").write_text(kept)
    new(root)
    assert (root.params / "newtown.yaml").read_text() == kept


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"slug": "New Town"}, "slug is 2 to 41"),
        ({"from_csv": "nowhere"}, "does not exist"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_is_written(root, asked, said):
    with pytest.raises(LarcError, match=said):
        new(root, **asked)
    assert list(root.path.rglob("*.*")) == []
