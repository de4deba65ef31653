"""Every module says what it holds, and every public function and class what it does; `make test` runs the examples."""

import ast

from larcnb.root import WORKBOOK

MODULES = {
    path.relative_to(WORKBOOK).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted((WORKBOOK / "larcnb").rglob("*.py"))
}


def public(tree):
    """The public functions and classes of a module, and the methods of classes that inherit none."""
    for one in tree.body:
        if isinstance(
            one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ) and not one.name.startswith("_"):
            yield one
            if isinstance(one, ast.ClassDef) and not one.bases:
                yield from (
                    node
                    for node in one.body
                    if isinstance(node, ast.FunctionDef) and node.name[0] != "_"
                )


def test_every_module_says_what_it_holds():
    assert [name for name, tree in MODULES.items() if len(ast.get_docstring(tree) or "") < 40] == []


def test_every_public_function_and_class_has_a_docstring():
    silent = [
        f"{name}: {one.name}"
        for name, tree in MODULES.items()
        for one in public(tree)
        if not ast.get_docstring(one)
    ]
    assert silent == []
