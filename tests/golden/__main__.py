"""``python -m tests.golden [diff] [--root DIR] [--quick] [--all]``: what a user sees now, beside what was frozen.

``diff`` (the default) reads the processed results and pages of a root (default: the workbook itself) and runs the
commands of :mod:`tests.golden.commands`; ``--quick`` leaves the commands and public pages out; ``--all`` shows every
line, not the first 40 a place; ``--only TEXT`` keeps the places that hold the text. ``freeze`` writes the state anew.
Exit code: 0 no difference, 1 some.
"""

import argparse
import json
import sys
from difflib import SequenceMatcher
from pathlib import Path

from . import commands, pages, results

HERE = Path(__file__).parent
WORKBOOK = HERE.parents[1]
MOST = 40
KEYS = ("case_id", "element", "item", "year", "authority", "name", "of", "measure", "id")


def present(root: Path, quick: bool) -> dict[str, dict]:
    """The present state: file of the frozen state to its content."""
    reports = root / "reports"
    html = {
        f"{unit}/{path.stem}": path.read_text("utf-8")
        for unit in (*results.AUTHORITIES, "consortium", "consortium-larc2")
        for path in sorted((reports / unit).glob("*.html"))
    }
    if (reports / "index.html").is_file():
        html["index"] = (reports / "index.html").read_text("utf-8")
    state = {
        "exact": results.exact(root),
        "processed": {
            f"{unit}/{name}": value
            for unit in (*results.AUTHORITIES, "consortium/larc4", "consortium/larc2")
            for name, value in results.processed(
                root / "data/processed" / unit, ("ledger", "cases")
            ).items()
        },
        "pages": {name: pages.read_page(page) for name, page in html.items()},
    }
    if not quick:
        state["commands"] = commands.run_all()
        state["public"] = {
            name: pages.read_page(page) for name, page in commands.public_pages().items()
        }
    return state


def freeze(root: Path) -> None:
    """Write the present state of a root as the frozen one."""
    for name, parts in present(root, quick=False).items():
        lines = [f" {json.dumps(part)}: {one(value)}" for part, value in parts.items()]
        (HERE / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def one(value) -> str:
    """A part as JSON that a person can read: one row or line a line."""
    dump = lambda x: json.dumps(x, ensure_ascii=False)  # noqa: E731
    if isinstance(value, dict) and "rows" in value:
        rows = ",\n   ".join(map(dump, value["rows"]))
        return '{"columns": ' + dump(value["columns"]) + ', "rows": [\n   ' + rows + "]}"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, indent=3)
    return "[\n   " + ",\n   ".join(map(dump, value)) + "]"


def frozen(name: str) -> dict[str, dict]:
    """A file of the frozen state."""
    return json.loads((HERE / f"{name}.json").read_text("utf-8"))


def compare(old, new) -> list[str]:
    """Every difference between two parts, as lines."""
    if new is None:
        return ["gone"]
    if old is None:
        return ["new"]
    if isinstance(old, list):
        return list(lines_apart(old, new))
    if "rows" in old and "rows" in new:
        return list(rows_apart(old, new))
    if "json" in old and "json" in new:
        return values_apart(old["json"], new["json"])
    if "digests" in old and "digests" in new:
        return values_apart(results.flat(old), results.flat(new))
    return ["is now kept in another form (short or long)"]


def values_apart(old: dict[str, str], new: dict[str, str]) -> list[str]:
    """Values under names: from, to, gone, new."""
    apart = [
        f"{name}: {old[name]} -> {new.get(name, 'gone')}"
        for name in old
        if old[name] != new.get(name)
    ]
    return apart + [f"{name}: new, {new[name]}" for name in new if name not in old]


def rows_apart(old: dict, new: dict):
    """Tables: columns gone and new, rows added and taken away, and each cell that moved."""
    shared = [name for name in old["columns"] if name in new["columns"]]
    if lost := [name for name in old["columns"] if name not in shared]:
        yield f"columns gone: {', '.join(lost)}"
    if added := [name for name in new["columns"] if name not in shared]:
        yield f"columns new: {', '.join(added)}"
    before, after = (
        [[row[table["columns"].index(name)] for name in shared] for row in table["rows"]]
        for table in (old, new)
    )
    if len(before) != len(after):
        yield f"rows: {len(before)} -> {len(after)}"
    keys = [at for at, name in enumerate(shared) if name in KEYS] or [0]
    known = [[tuple(row[at] for at in keys) for row in rows] for rows in (before, after)]
    for kind, a, b, c, d in SequenceMatcher(None, *known, autojunk=False).get_opcodes():
        if kind != "equal":
            yield from (f"row {at + 1} gone: {' | '.join(before[at])}" for at in range(a, b))
            yield from (f"row {at + 1} new: {' | '.join(after[at])}" for at in range(c, d))
            continue
        for at, (was, is_) in enumerate(zip(before[a:b], after[c:d], strict=True), a):
            who = " ".join(part for part in known[0][at] if part)
            yield from (
                f"row {at + 1} ({who}), {name}: {x or 'blank'} -> {y or 'blank'}"
                for name, x, y in zip(shared, was, is_, strict=True)
                if x != y
            )


def lines_apart(old: list[str], new: list[str]):
    """Lines of a page or of what a command said, each under the heading or table it stands in."""
    place = shown = ""
    columns: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            for was, is_ in paired(old[a:b], new[c:d]):
                if place != shown:
                    shown = place
                    yield f"[{place}]"
                yield from from_to(was, is_, columns)
        for line in old[a:b]:
            if line.startswith(("heading: ", "table: ", "figure: ")):
                place = line
            if line.startswith("columns: "):
                columns = line[9:].split(pages.BETWEEN)


def paired(old: list[str], new: list[str]):
    """What is gone and what is new; the same row of a table, or the same kind of line in its turn, as a pair."""
    rest = list(new)
    for line in old:
        start = (
            line.split(pages.BETWEEN)[0] + pages.BETWEEN
            if line.startswith("row: ")
            else line.split(": ")[0] + ": "
        )
        at = next((at for at, other in enumerate(rest) if other.startswith(start)), None)
        yield line, None if at is None else rest.pop(at)
    yield from ((None, line) for line in rest)


def from_to(was: str | None, is_: str | None, columns: list[str]):
    """One line's move; of a table's row only the cells that moved."""
    if was is None or is_ is None:
        yield f"- {was}" if is_ is None else f"+ {is_}"
        return
    cells = [
        line[5:].split(pages.BETWEEN) if line.startswith("row: ") else [] for line in (was, is_)
    ]
    if cells[0] and len(cells[0]) == len(cells[1]) and cells[0][0] == cells[1][0]:
        names = (
            columns
            if len(columns) == len(cells[0])
            else [f"column {at + 1}" for at in range(len(cells[0]))]
        )
        yield from (
            f"row {cells[0][0]}, {name}: {x or 'blank'} -> {y or 'blank'}"
            for name, x, y in zip(names, *cells, strict=True)
            if x != y
        )
    else:
        yield f"- {was}"
        yield f"+ {is_}"


def diff(root: Path, quick: bool, most: int, only: str) -> int:
    """Write every difference, place by place; the number of places that differ."""
    places = 0
    for file, parts in present(root, quick).items():
        before = frozen(file)
        for name in dict.fromkeys([*before, *parts]):
            apart = compare(before.get(name), parts.get(name)) if only in f"{file} {name}" else []
            if apart:
                places += 1
                sys.stdout.write(f"\n== {file}: {name} ({len(apart)} lines)\n")
                sys.stdout.write("".join(f"   {line}\n" for line in apart[: most or None]))
                if most and len(apart) > most:
                    sys.stdout.write(f"   ... {len(apart) - most} more\n")
    sys.stdout.write(
        f"\n{places} place(s) differ from the frozen state.\n" if places else "Nothing differs.\n"
    )
    return places


def main() -> int:
    """Read the command line."""
    said = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    said.add_argument("what", nargs="?", choices=("diff", "freeze"), default="diff")
    said.add_argument("--root", type=Path, default=WORKBOOK)
    said.add_argument("--quick", action="store_true")
    said.add_argument("--all", action="store_true")
    said.add_argument("--only", default="")
    asked = said.parse_args()
    if asked.what == "freeze":
        freeze(asked.root)
        return 0
    return int(diff(asked.root, asked.quick, 0 if asked.all else MOST, asked.only) > 0)


if __name__ == "__main__":
    sys.exit(main())
