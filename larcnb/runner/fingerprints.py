"""What ran on what: fingerprints of inputs, versions of packages, the commit.

In: files of the root and of the workbook. Out: SHA-256 fingerprints of *content*, and the facts that
``reports/run.json`` keeps of a run. Nothing here looks at the time of a file or at the clock.
"""

from __future__ import annotations

import json
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import larcnb
from larcnb.files import digest, files_of, hash_file, hash_files, hash_folder
from larcnb.root import WORKBOOK, Root

SOURCES = (".py", ".csv", ".toml", ".txt", ".yaml", ".j2", ".css", ".js", ".mplstyle", ".typed")
CHECKSUMS = "checksums.json"
"""In ``notebooks/``: what the workbook's notebooks say and show; ``make notebooks`` writes it."""
WATCHED = ("notebooks", "larcnb", "params/presets", "data/raw/national", "requirements.lock")


def notebook_source(path: Path) -> str:
    """Hash what a notebook says and does: its cells' kind, text and tags, not its outputs or counts."""
    return _cells(path.read_text(encoding="utf-8"))


def _cells(text: str) -> str:
    cells = json.loads(text)["cells"]
    said = [
        [c["cell_type"], "".join(c["source"]), sorted(c.get("metadata", {}).get("tags", []))]
        for c in cells
    ]
    return digest(said)


def numbered_notebooks(folder: Path) -> dict[str, Path]:
    """The notebooks below a folder by their path there, such as ``public/01_place.ipynb``."""
    is_one = re.compile(r"(.+/)?[0-9][^/]*\.ipynb").fullmatch
    return {name: path for name, path in files_of(folder).items() if is_one(name)}


@lru_cache(maxsize=1)
def _package_versions() -> dict[str, str]:
    """Versions of the packages the workbook depends on, by name; what is not installed is left out."""
    required = metadata.requires("larcnb") if _version("larcnb") else None
    lines = [line for line in required or [] if "extra ==" not in line]
    names = {re.match(r"[A-Za-z0-9._-]+", line)[0].lower() for line in lines} | {"ipython"}
    versions = {name: version for name in sorted(names) if (version := _version(name))}
    return versions | {"larcnb": larcnb.__version__}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


@lru_cache(maxsize=1)
def code_fingerprint() -> str:
    """Fingerprint of the machinery: the package's source, the lock and the versions installed."""
    files = hash_folder(WORKBOOK / "larcnb")
    source = {name: value for name, value in files.items() if name.endswith(SOURCES)}
    lock = hash_file(WORKBOOK / "requirements.lock")
    return digest([source, lock, _package_versions(), platform.python_version()])


def shared(root: Root) -> dict[str, Path]:
    """The files that every authority of a root rests on: national tables, presets, spreads, disclosure rules.

    Returns
    -------
    dict of str to Path
        Name below a root, with ``/``, to the file in force: the root's own, else the workbook's.
    """
    national, found = "data/raw/national", {}
    for base in (WORKBOOK, root.path):
        found |= {f"{national}/{name}": path for name, path in files_of(base / national).items()}
        for path in sorted((base / "params").glob("*/**/*.yaml")):
            if path.parent.name != "presets" or path.parent == root.presets:
                found[path.relative_to(base).as_posix()] = path
    return found


def own(root: Root, slug: str) -> dict[str, Path]:
    """The files of an authority itself, its return and params, in the form of :func:`shared`."""
    found = {f"data/raw/{slug}/{name}": path for name, path in files_of(root.raw(slug)).items()}
    return found | {f"params/{slug}.yaml": root.params / f"{slug}.yaml"}


def inputs(root: Root, slug: str) -> dict[str, Path]:
    """All files an authority's figures rest on, the code apart."""
    return shared(root) | own(root, slug)


def shared_fingerprint(root: Root) -> str:
    """Fingerprint of what every authority of a root shares: code, national tables and shared params."""
    return digest([code_fingerprint(), hash_files(shared(root))])


def authority_fingerprint(root: Root, slug: str, shared: str) -> str:
    """Fingerprint of all that an authority's results rest on, its notebooks apart.

    Parameters
    ----------
    root : Root
    slug : str
    shared : str
        :func:`shared_fingerprint` of the root, worked out once for all authorities.
    """
    return digest([shared, slug, hash_files(own(root, slug))])


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
    commit = _git("rev-parse", "HEAD")
    if commit is None or _git("rev-parse", "--show-prefix").strip():
        return {"commit": "", "modified": _unlike_shipped(WORKBOOK / "notebooks")}
    asked = ("status", "--porcelain", "--no-renames", "--untracked-files=all", "--", *WATCHED)
    names = sorted(line[3:].strip('"') for line in (_git(*asked) or "").splitlines())
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


def _unlike_shipped(folder: Path) -> list[str]:
    """The notebooks whose cells are not those listed in :data:`CHECKSUMS`, such as ``notebooks/02_price.ipynb``."""
    if not (folder / CHECKSUMS).is_file():
        return []
    listed = json.loads((folder / CHECKSUMS).read_text(encoding="utf-8"))
    there = {name: _source_or_none(path) for name, path in numbered_notebooks(folder).items()}
    wanted = {name: entry["source"] for name, entry in listed.items()}
    names = sorted({*wanted, *there})
    return [f"notebooks/{name}" for name in names if wanted.get(name) != there.get(name)]


def _source_or_none(path: Path) -> str | None:
    try:
        return notebook_source(path)
    except (KeyError, ValueError):
        return None


def _only_outputs(name: str) -> bool:
    """Whether a notebook differs from the commit in its outputs only."""
    before, path = _git("show", f"HEAD:{name}"), WORKBOOK / name
    if not name.endswith(".ipynb") or before is None or not path.is_file():
        return False
    try:
        return _cells(before) == notebook_source(path)
    except (KeyError, ValueError):
        return False


def _git(*arguments: str) -> str | None:
    command = ["git", "-C", str(WORKBOOK), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
