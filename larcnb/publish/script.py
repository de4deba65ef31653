"""The scripts a page may run: ours, whole in the page, and let in by their hash.

In: the name of a file of this folder. Out: its text, and the hash that the content security policy names.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Script:
    """A script with the hash by which the policy knows it."""

    text: str
    hash: str

    @classmethod
    def of(cls, name: str) -> Script:
        """Read a script of this folder."""
        text = "\n" + (HERE / name).read_text(encoding="utf-8")
        return cls(text, hash_of(text))


def hash_of(text: str) -> str:
    """SHA-256 of a style or script in the form a content security policy wants."""
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
