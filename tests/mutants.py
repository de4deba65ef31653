"""Mutants: would the tests notice if a line were wrong? A sample of small faults, each tried on the tests of its room.

``python tests/mutants.py ROOM [--number 40] [--seed 1] [--only ID ...] [--show]`` from the workbook's folder, by hand;
a room takes some ten minutes. It copies the workbook to a temporary folder, applies one mutant after another there and
runs the room's tests in a process forked from one with the libraries in it, up to the first failure. A mutant no
test notices has *survived*: give it a test, or a reason in ``tests/mutants.md``. Linux and macOS only (fork).

Mutated are comparisons, boolean and arithmetic operators, ``not``, signs, whole and decimal numbers, True and False,
conditions (turned round), loops (over nothing), what is returned (None), and statements (left out). Not mutated are
words, types, docstrings, and ``strict=`` of ``zip``, which only says what is so.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

WORKBOOK = Path(__file__).resolve().parent.parent
SLOW = "not test_any_ and not libreoffice and not many_mutants and not no_page_notebook"
ROOMS = {
    "returns": (
        ["larcnb/returns"],
        [
            "tests/test_returns.py",
            "tests/test_returns_limits.py",
            "tests/test_returns_workbook.py",
            "tests/test_returns_template.py",
            "larcnb/returns",
        ],
    ),
    "prices": (
        ["larcnb/costing/valuation.py", "larcnb/costing/ledger.py"],
        [
            "tests/test_pricing.py",
            "tests/test_futures.py",
            "larcnb/costing",
            "tests/test_properties.py",
            "tests/test_oracle.py",
        ],
    ),
    "appraisal": (
        ["larcnb/costing/appraisal.py"],
        ["tests/test_appraisal.py", "larcnb/costing", "tests/test_properties.py"],
    ),
    "disclosure": (
        ["larcnb/disclosure"],
        [
            "tests/test_disclosure.py",
            "tests/test_disclosure_parts.py",
            "larcnb/disclosure",
            "tests/test_disclosure_peer.py",
            "tests/test_disclosure_release.py",
        ],
    ),
    "storage": (
        ["larcnb/files.py", *(f"larcnb/runner/{name}.py" for name in ("outputs", "plan", "batch"))],
        ["tests/test_batch_store.py"],
    ),
}
"""Of each room what is mutated, and its tests, the quickest first."""
LIBRARIES = (
    "hypothesis",
    "nbformat",
    "numpy",
    "openpyxl",
    "pandas",
    "pyarrow.parquet",
    "pytest",
    "python_calamine",
    "scipy.optimize",
    "scipy.sparse.csgraph",
    "scipy.stats",
    "typer.testing",
    "xlsxwriter",
    "yaml",
)
CPU_SECONDS, SECONDS = 240, 900
SWAPS = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.And: "or",
    ast.Or: "and",
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "/",
    ast.Div: "*",
    ast.FloorDiv: "/",
    ast.Mod: "*",
    ast.Pow: "*",
    ast.BitAnd: "|",
    ast.BitOr: "&",
    ast.BitXor: "|",
}


@dataclass(frozen=True)
class Mutant:
    """One fault: the characters from ``start`` to ``end`` of a file become ``text``."""

    file: str
    line: int
    kind: str
    start: int
    end: int
    old: str
    text: str

    @property
    def id(self) -> str:
        """Names a mutant as long as its file does not change."""
        return f"{self.file}:{self.line}:{self.start}:{self.kind}"

    def __str__(self) -> str:
        return f"{self.id}  {' '.join(self.old.split())[:70]!r} -> {' '.join(self.text.split())[:70]!r}"


class Finder(ast.NodeVisitor):
    """All mutants of one file."""

    def __init__(self, file: str, source: str) -> None:
        self.file, self.source, self.found = file, source, []
        lines = source.encode().splitlines(keepends=True)
        self.starts = [sum(map(len, lines[:n])) for n in range(len(lines) + 1)]
        self.raw = source.encode()
        self.visit(ast.parse(source))

    def span(self, node: ast.AST) -> tuple[int, int]:
        return self.starts[node.lineno - 1] + node.col_offset, self.starts[
            node.end_lineno - 1
        ] + node.end_col_offset

    def add(self, kind: str, node: ast.AST, start: int, end: int, text: str) -> None:
        self.found.append(
            Mutant(self.file, node.lineno, kind, start, end, self.raw[start:end].decode(), text)
        )

    def whole(self, kind: str, node: ast.AST, text: str) -> None:
        self.add(kind, node, *self.span(node), text)

    def between(self, node: ast.AST, left: ast.AST, right: ast.AST, op: ast.AST) -> None:
        """The operator between two operands; brackets around it stay."""
        start, end = self.span(left)[1], self.span(right)[0]
        middle = self.raw[start:end].decode()
        bare = middle.strip("() \n\\")
        if type(op) in SWAPS and bare and "#" not in bare:
            self.add(
                type(op).__name__, node, start, end, middle.replace(bare, f" {SWAPS[type(op)]} ", 1)
            )

    def visit_Compare(self, node: ast.Compare) -> None:
        for left, op, right in zip(
            [node.left, *node.comparators], node.ops, node.comparators, strict=False
        ):
            self.between(node, left, right, op)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        for left, right in zip(node.values, node.values[1:], strict=False):
            self.between(node, left, right, node.op)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        texts = any(
            isinstance(n, ast.JoinedStr) or isinstance(getattr(n, "value", None), str)
            for n in (node.left, node.right)
        )
        if not texts:
            self.between(node, node.left, node.right, node.op)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        self.whole(type(node.op).__name__, node, f"({ast.unparse(node.operand)})")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self.whole("Bool", node, str(not node.value))
        elif isinstance(node.value, (int, float)):
            self.whole(
                "Number",
                node,
                f"{node.value + 1!r}" if isinstance(node.value, int) else f"({node.value!r} + 1)",
            )

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Words are left as they are."""

    def condition(self, node) -> None:
        self.whole(
            "Condition", node.test, f"(not ({self.raw[slice(*self.span(node.test))].decode()}))"
        )
        self.generic_visit(node)

    visit_If = visit_While = visit_IfExp = condition

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self.whole("Condition", test, f"(not ({self.raw[slice(*self.span(test))].decode()}))")
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self.whole("Loop", node.iter, "()")
        self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None and not (
            isinstance(node.value, ast.Constant) and node.value.value is None
        ):
            self.whole("Return", node.value, "None")
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            if not isinstance(node.value, (ast.Yield, ast.YieldFrom)):
                self.whole("Statement", node, "pass")
            self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        self.whole("Statement", node, "pass")

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.whole("Statement", node, "pass")
        self.generic_visit(node)

    def visit_Continue(self, node: ast.Continue) -> None:
        self.whole("Jump", node, "break")

    def visit_Break(self, node: ast.Break) -> None:
        self.whole("Jump", node, "continue")

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg != "strict":
            self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> None:
        """Types are left as they are."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for part in (node.args, *node.body):
            self.visit(part)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in node.body:
            self.visit(part)


def mutants_of(room: str, base: Path) -> list[Mutant]:
    """Every mutant of a room that can be compiled."""
    found = []
    for place in ROOMS[room][0]:
        for path in (
            sorted((base / place).rglob("*.py")) if (base / place).is_dir() else [base / place]
        ):
            source = path.read_text("utf-8")
            found += [
                m
                for m in Finder(path.relative_to(base).as_posix(), source).found
                if _compiles(applied(m, source))
            ]
    return found


def _compiles(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def applied(mutant: Mutant, source: str) -> str:
    """A file's text with the fault in it."""
    raw = source.encode()
    return (raw[: mutant.start] + mutant.text.encode() + raw[mutant.end :]).decode()


def try_out(base: Path, tests: list[str], words: str) -> tuple[str, float]:
    """Run tests in a forked process; ``killed``, ``timeout`` or ``survived``, and the seconds it took."""
    start = time.monotonic()
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            os.setpgid(0, 0)
            os.chdir(base)
            null = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(null, stream)
            resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
            import pytest

            options = [
                "-x",
                "-q",
                "-p",
                "no:cacheprovider",
                "--doctest-modules",
                "-k",
                words,
                *tests,
            ]
            os._exit(int(pytest.main(options)))
        os._exit(99)
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        if time.monotonic() - start > SECONDS:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return "timeout", time.monotonic() - start
        time.sleep(0.05)
    spent = time.monotonic() - start
    if os.WIFSIGNALED(status):
        return "timeout", spent
    return ("survived" if os.WEXITSTATUS(status) == 0 else "killed"), spent


def copy_to(folder: Path) -> Path:
    """The files of the workbook that git knows or would know, in a folder of their own."""
    listed = subprocess.run(
        ["git", "-C", str(WORKBOOK), "ls-files", "-co", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    for name in filter(None, listed):
        if (WORKBOOK / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(WORKBOOK / name, folder / name)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("room", choices=ROOMS)
    parser.add_argument("--number", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--only", nargs="*", default=[], help="ids of mutants, as printed; begins at once"
    )
    parser.add_argument("--show", action="store_true", help="list the sample and run nothing")
    asked = parser.parse_args()
    tell = lambda *words: print(*words, flush=True)  # noqa: E731, T201
    with tempfile.TemporaryDirectory() as folder:
        base = copy_to(Path(folder))
        everyone = mutants_of(asked.room, base)
        sample = random.Random(asked.seed).sample(everyone, min(asked.number, len(everyone)))
        sample = (
            [mutant for mutant in everyone if mutant.id in asked.only] if asked.only else sample
        )
        tell(f"{asked.room}: {len(sample)} of {len(everyone)} mutants, seed {asked.seed}")
        if asked.show:
            return tell("\n".join(map(str, sample)))
        os.environ["PYTHONPATH"] = f"{base}{os.pathsep}{base / 'tests'}"
        os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        sys.path[:] = [
            str(base),
            str(base / "tests"),
            *(p for p in sys.path if Path(p).resolve() != WORKBOOK / "tests"),
        ]
        for library in LIBRARIES:
            importlib.import_module(library)
        tests = [test for test in ROOMS[asked.room][1] if (base / test).exists()]
        said, seconds = ("survived", 0) if asked.only else try_out(base, tests, SLOW)
        tell(f"without a mutant: {said}, {seconds:.0f} s")
        if said != "survived":
            sys.exit("The tests fail as they are.")
        sys.dont_write_bytecode, os.environ["PYTHONDONTWRITEBYTECODE"] = True, "1"
        for file in {
            mutant.file for mutant in sample
        }:  # compiled code is told from new only by size and second
            for compiled in (base / file).parent.glob(f"__pycache__/{Path(file).stem}.*.pyc"):
                compiled.unlink()
        ends: dict[str, list[Mutant]] = {}
        for mutant in sample:
            path = base / mutant.file
            source = path.read_text("utf-8")
            try:
                path.write_text(applied(mutant, source), "utf-8")
                said, seconds = try_out(base, tests, SLOW)
            finally:
                path.write_text(source, "utf-8")
            ends.setdefault(said, []).append(mutant)
            tell(f"{said:9}{seconds:5.0f} s  {mutant}")
    tell(", ".join(f"{said} {len(which)}" for said, which in sorted(ends.items())))


if __name__ == "__main__":
    main()
