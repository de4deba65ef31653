"""Tables of cases that tests share with nobody: YAML beside this module, a list of arguments a case."""

import json
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

FOLDER = Path(__file__).parent / "reference"
R, GIVEN = (json.loads((FOLDER / f"{n}.json").read_text("utf-8")) for n in ("reference", "inputs"))
"""What R's packages made (``reference.R``) of the data that larcnb is given too."""


@cache
def read(file: str) -> dict[str, Any]:
    """The sections of ``cases/<file>.yaml``."""
    path = Path(__file__).parent / "cases" / f"{file}.yaml"
    return yaml.safe_load(path.read_text("utf-8"))


def each(names: str, file: str, section: str):
    """One test for each case of a section, such as ``each("line message", "params", "override")``."""
    return pytest.mark.parametrize(names.split(), read(file)[section])


def table(text: str) -> pd.DataFrame:
    """A frame from lines of CSV; a blank is missing."""
    return pd.read_csv(StringIO(text), skipinitialspace=True)
