"""Two halves and one wall: what is worked out and shown never imports how notebooks are run."""

import ast

from larcnb.root import WORKBOOK

PACKAGE = WORKBOOK / "larcnb"
RUNNING = {"runner", "publish", "cli"}


def imported(path):
    """The rooms of the package that a module imports anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name.split(".")[1] for name in names if name.startswith("larcnb."))


def test_analysis_never_imports_running():
    modules = {path.relative_to(PACKAGE): path for path in PACKAGE.rglob("*.py")}
    assert {place.parts[0] for place in modules} >= RUNNING
    analysis = {place: path for place, path in modules.items() if place.parts[0] not in RUNNING}
    assert {p: RUNNING & set(imported(path)) for p, path in analysis.items()} == dict.fromkeys(
        analysis, set()
    )
