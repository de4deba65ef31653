"""Every module says what comes in and goes out, every public function what it does, and every example runs."""

import ast
import doctest
import importlib

import pytest
from test_floors import MODULES, PACKAGE, name_of, public_functions, tree_of

NAMES = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__") for path in MODULES]
READ = [name for name in NAMES if not name.endswith("__main__")]


def test_there_are_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [
        case for name in ("larcnb.costing.ledger", "larcnb.costing.valuation", "larcnb.costing.appraisal") for case in finder.find(importlib.import_module(name))
    ]
    assert sum(len(case.examples) for case in found) >= 5


@pytest.mark.parametrize("name", READ)
def test_every_example_of_a_docstring_runs(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_every_module_says_what_it_holds():
    silent = [name_of(path) for path in MODULES if len(ast.get_docstring(tree_of(path)) or "") < 40]
    assert silent == []


def public(path):
    """The public functions and classes of a module, and the methods of classes that inherit none."""
    yield from public_functions(path)
    for one in tree_of(path).body:
        if isinstance(one, ast.ClassDef) and not one.name.startswith("_"):
            yield one
            kinds = () if one.bases else (ast.FunctionDef,)
            yield from (node for node in one.body if isinstance(node, kinds) and not node.name.startswith("_"))


def test_every_public_function_and_class_has_a_docstring():
    silent = [f"{name_of(path)}: {one.name}" for path in MODULES for one in public(path) if not ast.get_docstring(one)]
    assert silent == []
