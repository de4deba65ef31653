"""Every module says what it holds, and every public function and class what it does; `make test` runs the examples."""

import ast

from larcnb.root import WORKBOOK

MODULES = {
    path.relative_to(WORKBOOK).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted((WORKBOOK / "larcnb").rglob("*.py"))
}


FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def public(tree):
    """The public functions and classes of a module, and the methods of classes that inherit none."""
    for one in tree.body:
        if isinstance(one, FUNCTIONS | ast.ClassDef) and not one.name.startswith("_"):
            own = one.body if isinstance(one, ast.ClassDef) and not one.bases else []
            yield one
            yield from (n for n in own if isinstance(n, FUNCTIONS) and not n.name.startswith("_"))


def test_every_module_function_and_class_says_what_it_is():
    assert [name for name, tree in MODULES.items() if len(ast.get_docstring(tree) or "") < 40] == []
    found = [(name, one) for name, tree in MODULES.items() for one in public(tree)]
    assert [f"{name}: {one.name}" for name, one in found if not ast.get_docstring(one)] == []
