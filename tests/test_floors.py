"""The house (HOUSE.md): no import runs upward, nothing runs in a circle, and no room outgrows its module."""

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from larcnb.root import WORKBOOK

PACKAGE = WORKBOOK / "larcnb"
FLOORS = {
    "codes": 1, "errors": 1,
    "root": 2, "yamlfile": 2, "params": 2, "schema": 2, "safety": 2,
    "library": 3, "returns": 3,
    "synth": 4,
    "costing": 5,
    "sensitivity": 6, "inference": 6, "evidence": 6, "disclosure": 6, "published": 6,
    "figures": 7, "tables": 7, "findings": 7, "results": 7, "compare": 7, "public": 7,
    "provenance": 8, "engine": 8, "batch": 8, "publish": 8, "workbook": 8, "consortium": 8,
    "national": 8,
    "cli": 9,
}  # fmt: skip
RUNNERS = {"provenance", "engine", "batch", "publish"}
"""The rooms that run notebooks and never the analysis: floors 1 and 2 and disclosure's verdicts are all they see."""
MOST_LINES, MOST_FUNCTIONS = 600, 20

MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def rooms_imported(path: Path) -> set[str]:
    """The rooms a module imports anywhere in it, its own left out."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "larcnb":
            found.update(f"larcnb.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return {name.split(".")[1] for name in found if name.startswith("larcnb.")} - {room_of(path)}


IMPORTS: dict[str, set[str]] = {}
for module in MODULES:
    IMPORTS.setdefault(room_of(module), set()).update(rooms_imported(module))


def public_functions(path: Path) -> list[ast.FunctionDef]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in tree_of(path).body if isinstance(node, kinds) and not node.name.startswith("_")]


def test_the_imports_are_seen():
    assert IMPORTS["costing"] >= {"codes", "library", "params"}
    assert rooms_imported(PACKAGE / "returns" / "__init__.py") | IMPORTS["returns"] == IMPORTS["returns"]


def test_every_room_has_a_floor():
    assert IMPORTS.keys() <= FLOORS.keys()


def test_no_import_runs_upward():
    upward = {
        f"{name_of(path)} imports {room}"
        for path in MODULES for room in rooms_imported(path)
        if FLOORS[room] > FLOORS[room_of(path)]
    }  # fmt: skip
    assert upward == set()


def test_no_rooms_import_each_other_in_a_circle():
    TopologicalSorter(IMPORTS).prepare()


@pytest.mark.parametrize("room", sorted(RUNNERS & IMPORTS.keys()))
def test_what_runs_notebooks_never_sees_the_analysis(room):
    analysis = {other for other in IMPORTS[room] if FLOORS[other] > 2} - RUNNERS - {"disclosure"}
    assert analysis == set()


def test_made_up_returns_are_imported_by_the_command_alone():
    assert {room for room, imported in IMPORTS.items() if "synth" in imported} <= {"cli"}


def test_no_import_is_relative():
    found = {
        name_of(path) for path in MODULES for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.level
    }  # fmt: skip
    assert found == set()


def test_a_module_holds_at_most_600_lines():
    lines = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_a_module_holds_at_most_20_public_functions():
    functions = {name_of(path): len(public_functions(path)) for path in MODULES}
    assert {name: count for name, count in functions.items() if count > MOST_FUNCTIONS} == {}
