"""What ran on what: fingerprints of inputs, versions of packages, the commit.

In: files of the root and of the workbook. Out: SHA-256 fingerprints of *content*, and the facts that
``reports/run.json`` keeps of a run. Nothing here looks at the time of a file or at the clock, so a
restored file is the file it was.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import larcnb
from larcnb.root import WORKBOOK, Root

READERS = 4
SOURCES = (".py", ".csv", ".toml", ".txt", ".yaml", ".j2", ".css", ".js", ".mplstyle", ".typed")
CHECKSUMS = "checksums.json"
"""In ``notebooks/``: what the workbook's notebooks say and show; ``make notebooks`` writes it."""
JUNK = re.compile(r"(^|/)(\.|~\$|__pycache__/)")


def digest(value: Any) -> str:
    """SHA-256, in hexadecimal, of a value that JSON can hold; the order of keys does not matter.

    Examples
    --------
    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def hash_file(path: Path) -> str:
    """SHA-256, in hexadecimal, of a file's bytes; blank where there is none, "unreadable" where we may not read it."""
    if not path.is_file():
        return ""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except PermissionError:  # whoever reads it for what is in it says so, and the others go on
        return "unreadable"


def hash_folder(folder: Path) -> dict[str, str]:
    """Hash each file under a folder, leaving out hidden files, lock files and caches.

    Returns
    -------
    dict of str to str
        Path below the folder, with ``/``, to the file's SHA-256; empty where there is no folder.
    """
    if not folder.is_dir():
        return {}
    files = {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
    }
    names = [name for name in sorted(files) if not JUNK.search(name)]
    with ThreadPoolExecutor(READERS) as pool:  # hashing holds no lock of the interpreter
        return dict(zip(names, pool.map(hash_file, map(files.get, names)), strict=True))


def notebook_source(path: Path) -> str:
    """Hash what a notebook says and does: its cells' kind, text and tags, not its outputs or counts."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return digest(
        [
            [
                cell["cell_type"],
                "".join(cell["source"]),
                sorted(cell.get("metadata", {}).get("tags", [])),
            ]
            for cell in cells
        ]
    )


def outputs_checksum(path: Path) -> str:
    """Hash what a notebook shows: its cells' outputs, in order."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    shown = [cell["outputs"] for cell in notebook["cells"] if cell.get("outputs")]
    return digest([shown, notebook["metadata"].get("widgets", {})])


def notebook_checksums(folder: Path) -> dict[str, dict[str, str]]:
    """What each notebook of a folder says and shows, by its path there; in the form of :data:`CHECKSUMS`."""
    found = {
        path.relative_to(folder).as_posix(): path for path in sorted(folder.glob("**/[0-9]*.ipynb"))
    }
    return {
        name: {"source": notebook_source(path), "outputs": outputs_checksum(path)}
        for name, path in found.items()
        if not JUNK.search(name)
    }


def unlike_shipped() -> list[str]:
    """The notebooks whose cells are not those listed in :data:`CHECKSUMS`, such as ``notebooks/02_price.ipynb``."""
    folder = WORKBOOK / "notebooks"
    if not (folder / CHECKSUMS).is_file():
        return []
    listed = json.loads((folder / CHECKSUMS).read_text(encoding="utf-8"))
    there = {path.relative_to(folder).as_posix(): path for path in folder.glob("**/[0-9]*.ipynb")}
    changed = []
    for name in sorted({*listed, *there}):
        try:
            same = name in listed and notebook_source(there[name]) == listed[name]["source"]
        except (KeyError, ValueError):
            same = False
        if not same and not JUNK.search(name):
            changed.append(f"notebooks/{name}")
    return changed


@lru_cache(maxsize=1)
def _package_versions() -> dict[str, str]:
    """Versions of the packages the workbook depends on, by name; what is not installed is left out."""
    names = {"larcnb", "ipython", "jupyter-client"}
    try:
        required = metadata.requires("larcnb") or []
    except metadata.PackageNotFoundError:
        required = []
    names |= {
        re.match(r"[A-Za-z0-9._-]+", line)[0].lower() for line in required if "extra ==" not in line
    }
    versions = {}
    for name in sorted(names):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    versions["larcnb"] = larcnb.__version__
    return versions


@lru_cache(maxsize=1)
def code_fingerprint() -> str:
    """Fingerprint of the machinery: the package's source, the lock and the versions installed."""
    package = WORKBOOK / "larcnb"
    source = {name: value for name, value in hash_folder(package).items() if name.endswith(SOURCES)}
    return digest(
        {
            "package": source,
            "lock": hash_file(WORKBOOK / "requirements.lock"),
            "versions": _package_versions(),
            "python": platform.python_version(),
        }
    )


def national_files(root: Root) -> dict[str, str]:
    """Hash the national tables a root uses: its own where it has them, else the workbook's."""
    own = hash_folder(root.path / "data" / "raw" / "national")
    return {**hash_folder(WORKBOOK / "data" / "raw" / "national"), **own}


def shared_params(root: Root) -> dict[str, Path]:
    """The params that belong to no authority: presets, spreads, disclosure rules.

    Returns
    -------
    dict of str to Path
        Name below ``params/``, with ``/``, to the file in force: the root's own, else the workbook's.
    """
    found: dict[str, Path] = {}
    for params in (WORKBOOK / "params", root.params):
        for path in sorted(params.glob("*/**/*.yaml")):
            found[path.relative_to(params).as_posix()] = path
    own = {f"presets/{path.name}" for path in root.presets.glob("*.yaml")}
    return {
        name: path for name, path in found.items() if not name.startswith("presets/") or name in own
    }


def shared_fingerprint(root: Root) -> str:
    """Fingerprint of what every authority of a root shares: code, national tables and shared params."""
    return digest(
        {
            "code": code_fingerprint(),
            "national": national_files(root),
            "params": {name: hash_file(path) for name, path in shared_params(root).items()},
        }
    )


def authority_fingerprint(root: Root, slug: str, shared: str) -> str:
    """Fingerprint of all that an authority's results rest on, its notebooks apart.

    Parameters
    ----------
    root : Root
    slug : str
    shared : str
        :func:`shared_fingerprint` of the root, worked out once for all authorities.
    """
    return digest(
        {
            "shared": shared,
            "slug": slug,
            "params": hash_file(root.params / f"{slug}.yaml"),
            "return": hash_folder(root.raw(slug)),
        }
    )


def chain(start: str, notebooks: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Fingerprint notebooks that each read what the ones before wrote.

    Parameters
    ----------
    start : str
        Fingerprint of the inputs of the first.
    notebooks : iterable of (name, source fingerprint)
        In the order they run.

    Returns
    -------
    dict of str to str
        Notebook to fingerprint: a change anywhere before it changes it too.

    Examples
    --------
    >>> before = chain("x", [("01_clean", "a"), ("02_price", "b")])
    >>> after = chain("x", [("01_clean", "a"), ("02_price", "c")])
    >>> before["01_clean"] == after["01_clean"], before["02_price"] == after["02_price"]
    (True, False)
    """
    prints, last = {}, start
    for name, source in notebooks:
        last = prints[name] = digest([last, name, source])
    return prints


@lru_cache(maxsize=1)
def workbook_state() -> dict[str, Any]:
    """The workbook's commit, and which of its files differ from it.

    Returns
    -------
    dict
        ``commit`` (hexadecimal, or "" outside a git checkout) and ``modified`` (sorted files of the
        notebooks, package, presets, national tables and lock that differ from the commit; outside a git
        checkout, notebooks that differ from :data:`CHECKSUMS`).
    """
    watched = ["notebooks", "larcnb", "params/presets", "data/raw/national", "requirements.lock"]
    commit = _git("rev-parse", "HEAD")
    if commit is None or _git("rev-parse", "--show-prefix").strip():
        return {"commit": "", "modified": unlike_shipped()}
    changed = (
        _git("status", "--porcelain", "--no-renames", "--untracked-files=all", "--", *watched) or ""
    )
    names = sorted(line[3:].strip('"') for line in changed.splitlines())
    return {
        "commit": commit.strip(),
        "modified": [name for name in names if not _only_outputs(name)],
    }


def describe_run(params: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The facts of a run for ``run.json``: versions, commit, and each authority's params in force."""
    return {
        "larcnb": larcnb.__version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "packages": _package_versions(),
        **workbook_state(),
        "params": {slug: dict(values) for slug, values in sorted(params.items())},
    }


def _only_outputs(name: str) -> bool:
    """Whether a notebook differs from the commit in its outputs only."""
    if not name.endswith(".ipynb"):
        return False
    before, path = _git("show", f"HEAD:{name}"), WORKBOOK / name
    if before is None or not path.is_file():
        return False
    try:
        old, new = json.loads(before), json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    said = [
        [[c["cell_type"], "".join(c["source"])] for c in nb.get("cells", [])] for nb in (old, new)
    ]
    return said[0] == said[1]


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(WORKBOOK), *arguments], capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
