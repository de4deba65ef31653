"""What the pages over several authorities say in prose: every number in it comes from the run, none is typed."""

import json
import re

import pytest

from larcnb.root import WORKBOOK

NAMES = re.compile(r"(?i:larc)[1-4]\b|\b\d\d_[a-z][a-z0-9_]*")
"""What may hold a digit: a round's name and a notebook's. No year, amount, share or count may."""


@pytest.mark.parametrize("name", ["05_standing", "10_consortium", "11_evidence"])
def test_no_number_is_typed_in_prose(name):
    cells = json.loads((WORKBOOK / "notebooks" / f"{name}.ipynb").read_text("utf-8"))["cells"]
    prose = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    assert len(prose) > 3
    assert [text for text in prose if re.search(r"[\d£%]", NAMES.sub("", text))] == []
