"""What a page rests on, how it is marked and who answers for it.

In: a root, an authority or round, a notebook. Out: plain values for :func:`larcnb.publish.render_page`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from larcnb import codes
from larcnb.files import hash_files
from larcnb.params import list_authorities, load_authorities, load_authority, published_rounds
from larcnb.root import Root
from larcnb.runner.fingerprints import code_fingerprint, inputs, notebook_source


def audit_trail(root: Root, unit: str, notebook: Path) -> dict[str, Any]:
    """What stands at the head and foot of an internal page besides its findings.

    Parameters
    ----------
    root : Root
    unit : str
        An authority's slug; ``consortium/<round>`` rests on the returns and params of its round and of published ones.
    notebook : Path

    Returns
    -------
    dict
        ``made_from``: path below the root, or ``code`` (package, lock and versions), to SHA-256. ``marking``: of an
        authority's params, or the highest of a round's. ``roles``: each role of the Aqua Book with a name, blank where
        nobody is named or the page is of a round.
    """
    if round_name := unit.partition("/")[2]:
        rounds = {round_name, *published_rounds(root)}
        found = load_authorities(root, list_authorities(root)).values()
        shown = [a for a in found if (a.round or codes.DEFAULT_ROUND) in rounds]
    else:
        shown = [load_authority(root, unit)]
    files: dict[str, Path] = {}
    for authority in shown:
        files |= inputs(root, authority.slug)
    marked = {authority.marking for authority in shown} - {""}
    named = {} if round_name else shown[0].roles
    return {
        "made_from": dict(sorted(hash_files(files).items())) | code_of(notebook),
        "marking": max(marked, key=list(codes.MARKING).index, default=""),
        "roles": {label: named.get(role, "") for role, label in codes.ROLES.items()},
    }


def code_of(notebook: Path) -> dict[str, str]:
    """The code of a page with its hashes: the notebook's source, and the package with its lock and versions."""
    return {f"notebooks/{notebook.name}": notebook_source(notebook), "code": code_fingerprint()}
