"""Put the outputs of a finished batch into the committed notebooks: ``make notebooks``.

In: ``notebooks/`` and the executed notebooks of the example authority and the default round in ``reports/``. Out: the
same cells with the new outputs, and ``notebooks/checksums.json``. A notebook whose cells are not those that were run is
left alone, and said so.
"""

import json
import sys
from pathlib import Path

from larcnb.files import digest
from larcnb.root import WORKBOOK
from larcnb.runner.fingerprints import CHECKSUMS, notebook_hash, numbered_notebooks

EXAMPLE, ROUND = "la-01", {"11_evidence": "consortium-larc2"}
"""The notebook on LARC2's evidence has its own round as the default."""


def notebook_checksums(folder: Path) -> dict[str, dict[str, str]]:
    """What each notebook of a folder says and shows, by its path there; in the form of :data:`CHECKSUMS`."""
    found = {}
    for name, path in numbered_notebooks(folder).items():
        notebook = json.loads(path.read_text(encoding="utf-8"))
        shown = [cell["outputs"] for cell in notebook["cells"] if cell.get("outputs")]
        outputs = digest([shown, notebook["metadata"].get("widgets", {})])
        found[name] = {"source": notebook_hash(path), "outputs": outputs}
    return found


def executed(name: str) -> Path:
    """Where a batch has left a notebook's run with its defaults."""
    folder = EXAMPLE if name < "10" else ROUND.get(name, "consortium")
    return WORKBOOK / "reports" / folder / f"{name}.ipynb"


def with_outputs(committed: dict, done: dict) -> dict:
    """The committed cells with the outputs of the same cells, numbered as a run from top to bottom would.

    Raises
    ------
    ValueError
        The cells are not the same.
    """
    injected = "injected-parameters"
    ran = [cell for cell in done["cells"] if injected not in cell["metadata"].get("tags", [])]
    cells = [(cell["id"], cell["source"]) for cell in committed["cells"]]
    if [(cell["id"], cell["source"]) for cell in ran] != cells:
        raise ValueError("its cells have changed since it was run")
    both = zip(committed["cells"], ran, strict=True)
    steps = [(cell, new) for cell, new in both if cell["cell_type"] == "code"]
    for number, (cell, new) in enumerate(steps, start=1):
        cell["execution_count"], cell["outputs"] = number, new["outputs"]
        for output in cell["outputs"]:
            if "execution_count" in output:
                output["execution_count"] = number
    return committed


def main() -> int:
    """Refresh every notebook; 1 where one could not be. With ``--checksums``, only list what they are now."""
    left, folder = 0, WORKBOOK / "notebooks"
    for path in [] if "--checksums" in sys.argv else sorted(folder.glob("*.ipynb")):
        try:
            done = json.loads(executed(path.stem).read_text("utf-8"))
            fresh = with_outputs(json.loads(path.read_text("utf-8")), done)
        except (FileNotFoundError, ValueError) as error:
            reason = "it was not run" if isinstance(error, FileNotFoundError) else error
            sys.stdout.write(f"{path.name}: left as it was; {reason}.\n")
            left = 1
            continue
        path.write_text(json.dumps(fresh, indent=1, ensure_ascii=False) + "\n", "utf-8")
    # A run compares what the cells say, the tests before a commit what they show too.
    text = json.dumps(notebook_checksums(folder), indent=1) + "\n"
    (folder / CHECKSUMS).write_text(text, "utf-8")
    return left


if __name__ == "__main__":
    sys.exit(main())
