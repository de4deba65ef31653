"""What a page was made from, said at its foot: each input and the code, with its hash.

In: a root, a unit, a notebook. Out: names that a reader knows with their SHA-256.
"""

from __future__ import annotations

from pathlib import Path

from larcnb import codes
from larcnb.params import list_authorities, load_authorities, load_authority, published_rounds
from larcnb.root import Root
from larcnb.runner.fingerprints import (
    code_fingerprint,
    hash_file,
    hash_folder,
    national_files,
    notebook_source,
    shared_params,
)


def made_from(root: Root, unit: str, notebook: Path) -> dict[str, str]:
    """What a page rests on, each with its hash, by the names a reader knows.

    Parameters
    ----------
    root : Root
    unit : str
        An authority's slug; ``consortium/<round>`` rests on the returns and params of its round and of published ones.
    notebook : Path

    Returns
    -------
    dict of str to str
        Path below the root, or ``code`` (package, lock and versions), to SHA-256.
    """
    params = root.params / f"{unit}.yaml"
    own = [params] if params.is_file() else _shown(root, unit.partition("/")[2])
    found = {f"data/raw/national/{name}": value for name, value in national_files(root).items()}
    found |= {f"params/{name}": hash_file(path) for name, path in shared_params(root).items()}
    found |= {f"params/{path.name}": hash_file(path) for path in own}
    for path in own:
        files = hash_folder(root.raw(path.stem))
        found |= {f"data/raw/{path.stem}/{name}": value for name, value in files.items()}
    return dict(sorted(found.items())) | code_of(notebook)


def _shown(root: Root, round_name: str) -> list[Path]:
    """The params of the authorities that a round's pages show."""
    rounds = {round_name, *published_rounds(root)}
    found = load_authorities(root, list_authorities(root))
    return [
        root.params / f"{slug}.yaml"
        for slug, a in found.items()
        if (a.round or codes.DEFAULT_ROUND) in rounds
    ]


def answers_for(root: Root, unit: str) -> dict[str, str]:
    """Who answers for an authority's analysis: each role of the Aqua Book with a name, blank where nobody is named."""
    named = load_authority(root, unit).roles if (root.params / f"{unit}.yaml").is_file() else {}
    return {label: named.get(role, "") for role, label in codes.ROLES.items()}


def marking_of(root: Root, unit: str) -> str:
    """The classification of an authority's internal pages; of a round's, the highest of its authorities'."""
    round_name = unit.partition("/")[2]
    if not round_name:
        return (
            load_authority(root, unit).marking if (root.params / f"{unit}.yaml").is_file() else ""
        )
    found = (load_authority(root, path.stem).marking for path in _shown(root, round_name))
    return max((marking for marking in found if marking), key=list(codes.MARKING).index, default="")


def code_of(notebook: Path) -> dict[str, str]:
    """The code of a page with its hashes: the notebook's source, and the package with its lock and versions."""
    return {f"notebooks/{notebook.name}": notebook_source(notebook), "code": code_fingerprint()}
