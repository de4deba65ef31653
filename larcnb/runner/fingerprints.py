"""What ran on what: fingerprints of inputs, versions of packages, the commit.

In: files of the root and of the workbook. Out: SHA-256 fingerprints of *content*, and the facts that
``reports/run.json`` keeps of a run. Nothing here looks at the time of a file or at the clock.
"""

import json
import platform
import re
import subprocess
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import larcnb
from larcnb.files import digest, files_of, hash_file, hash_files, hash_folder, read_json
from larcnb.root import WORKBOOK, Root

CHECKSUMS = "checksums.json"
"""In ``notebooks/``: what the workbook's notebooks say and show; ``make notebooks`` writes it."""
WATCHED = ("larcnb", "params/presets", "data/raw/national", "requirements.lock")
FORMAT = 4
"""The notebook format, its first number: the second only adds what may be left out."""


def read_cells(path: Path) -> list[list[Any]]:
    """Kind, text and tags of each of a notebook's cells; nothing where the file is no notebook of format 4."""
    try:
        nb = json.loads(path.read_text(encoding="utf-8"))
        return [
            [c["cell_type"], "".join(c["source"]), sorted(c.get("metadata", {}).get("tags", []))]
            for c in (nb["cells"] if nb["nbformat"] == FORMAT else ())
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def notebook_hash(path: Path) -> str:
    """Hash what a notebook says and does, :func:`read_cells`, not its outputs or counts; blank for what is none."""
    cells = read_cells(path)
    return digest(cells) if cells else ""


def numbered_notebooks(folder: Path) -> dict[str, Path]:
    """The notebooks below a folder by their path there, such as ``public/01_place.ipynb``."""
    is_one = re.compile(r"(.+/)?[0-9][^/]*\.ipynb").fullmatch
    return {name: path for name, path in files_of(folder).items() if is_one(name)}


@lru_cache(maxsize=1)
def _package_versions() -> dict[str, str]:
    """Versions of the packages the workbook depends on, by name."""
    needed = [line for line in metadata.requires("larcnb") or () if "extra ==" not in line]
    names = sorted(re.match(r"[A-Za-z0-9._-]+", line)[0].lower() for line in needed)
    return {"larcnb": larcnb.__version__} | {name: metadata.version(name) for name in names}


@lru_cache(maxsize=1)
def code_fingerprint() -> str:
    """Fingerprint of the machinery: the package's source, the lock and the versions installed."""
    source, lock = hash_folder(WORKBOOK / "larcnb"), hash_file(WORKBOOK / "requirements.lock")
    return digest([source, lock, _package_versions(), platform.python_version()])


def shared(root: Root) -> dict[str, Path]:
    """The files that every authority of a root rests on: national tables, presets, spreads, disclosure rules.

    Returns
    -------
    dict of str to Path
        Name below a root, with ``/``, to the file in force: the root's own, else the workbook's.
    """
    national, files = "data/raw/national", {}
    for base in (WORKBOOK, root.path):
        files |= {f"{national}/{name}": path for name, path in files_of(base / national).items()}
        for path in sorted((base / "params").glob("*/**/*.yaml")):
            if path.parent.name != "presets" or path.parent == root.presets:
                files[path.relative_to(base).as_posix()] = path
    return files


def own(root: Root, slug: str) -> dict[str, Path]:
    """The files of an authority itself, its return and params, in the form of :func:`shared`."""
    files = {f"data/raw/{slug}/{name}": path for name, path in files_of(root.raw(slug)).items()}
    return files | {f"params/{slug}.yaml": root.params / f"{slug}.yaml"}


def inputs(root: Root, slug: str) -> dict[str, Path]:
    """All files an authority's figures rest on, the code apart."""
    return shared(root) | own(root, slug)


def shared_fingerprint(root: Root) -> str:
    """Fingerprint of what every authority of a root shares: code, national tables and shared params."""
    return digest([code_fingerprint(), hash_files(shared(root))])


def authority_fingerprint(root: Root, slug: str, shared: str) -> str:
    """Fingerprint of all that an authority's results rest on, its notebooks apart.

    ``shared`` is :func:`shared_fingerprint` of the root, worked out once for all authorities.
    """
    return digest([shared, slug, hash_files(own(root, slug))])


def describe_run() -> dict[str, Any]:
    """The facts of a run for ``run.json``.

    Returns
    -------
    dict
        ``larcnb``, ``python``, ``system``; ``packages``: name to version; ``commit`` (hexadecimal, or "" outside a git
        checkout); ``modified``: the notebooks that differ from those listed in :data:`CHECKSUMS`, and other files of
        the workbook that differ from the commit.
    """
    commit = _git("rev-parse", "HEAD").strip()
    others = _git("diff", "--name-only", "HEAD", "--", *WATCHED).splitlines()
    return {
        "larcnb": larcnb.__version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "packages": _package_versions(),
        "commit": commit,
        "modified": sorted([*_unlike_shipped(WORKBOOK / "notebooks"), *others]),
    }


def _unlike_shipped(folder: Path) -> list[str]:
    """The notebooks whose cells are not those listed in :data:`CHECKSUMS`, such as ``notebooks/02_price.ipynb``."""
    shipped = {name: entry["source"] for name, entry in read_json(folder / CHECKSUMS).items()}
    there = {name: notebook_hash(path) for name, path in numbered_notebooks(folder).items()}
    names = sorted(shipped.keys() | there.keys())
    return [f"notebooks/{name}" for name in names if shipped.get(name) != there.get(name)]


def _git(*arguments: str) -> str:
    """What git answers of the workbook's own checkout; nothing where there is none, or no git."""
    command = ["git", f"--git-dir={WORKBOOK / '.git'}", *arguments]
    try:
        done = subprocess.run(command, cwd=WORKBOOK, capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
