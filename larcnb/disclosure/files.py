"""The files of a public edition, and of a verdict report: written whole, the manifest last.

In: checked tables by place. Out: ``<place>.json`` for each place and ``manifest.json``, which holds the hash of each.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from larcnb.disclosure.build import Tables
from larcnb.disclosure.checked import SYMBOLS

SCHEMA = "larcnb-public-1"
MANIFEST = "manifest.json"


def edition_files(
    round_name: str,
    number: int,
    digest: str,
    tables: Tables,
    places: Mapping[str, Mapping[str, str]],
    about: Mapping[str, str],
    approvals: int,
) -> dict[str, str]:
    """Every file of a public edition by name, as text; the manifest last."""
    files = {}
    for place, made in tables.items():
        plain = {
            "schema": SCHEMA,
            "round": round_name,
            "place": {"id": place, **places[place]},
            "about": dict(about),
            "symbols": SYMBOLS,
            "tables": [table.to_json() for table in made.values()],
        }
        files[f"{place}.json"] = to_json(plain)
    manifest = {
        "schema": SCHEMA,
        "round": round_name,
        "number": number,
        "release": digest,
        "approvals": approvals,
        "places": [{"id": place, **places[place]} for place in tables],
        "about": dict(about),
        "files": {name: hash_text(text) for name, text in files.items()},
    }
    return files | {MANIFEST: to_json(manifest)}


def put(folder: Path, files: Mapping[str, str]) -> None:
    """Write an edition: the old manifest goes first and the new one comes last, so a reader finds one whole or none."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    for path in folder.glob("*.json"):
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        write(folder / name, text)


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file so that a reader finds the old text or the new, never a part."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as stream:
        stream.write(text.encode("utf-8"))
        stream.flush()
        os.fsync(stream.fileno())
    scratch.replace(path)


def to_json(value: Any) -> str:
    """The one form JSON is written in here."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def hash_text(text: str) -> str:
    """SHA-256 of a text as the file holds it."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
