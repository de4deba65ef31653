"""Files written whole or not at all, files for their owner's eyes only, and what files hold as checksums.

In: paths and contents. Out: files that a reader, or a crash at any moment, finds as they were or as they
are meant to be; SHA-256 of *content*, so that a restored file is the file it was.
"""

import contextlib
import hashlib
import json
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

COMPLETE = "application/vnd.larcnb.complete+json"
"""The kind of output that a notebook's completion record is."""
JUNK = re.compile(r"(^|/)(\.|~\$|__pycache__/)")


def write_whole(path: Path, content: bytes | str, mode: int = 0o666, durable: bool = True) -> None:
    """Write a file, in a folder made if need be, so that a reader or a crash finds the old content or the new.

    Not ``durable``, it does not wait until the disk holds it: for what is written anew after a cut of power.

    Raises
    ------
    OSError
        The disk is full or the folder cannot be written to; the old file is untouched.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    try:
        with os.fdopen(os.open(temporary, flags, mode), "wb") as stream:
            stream.write(data)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    if durable:
        sync_folder(path.parent)


def replace(source: Path, target: Path) -> None:
    """Rename over what is there, waiting on Windows for programs that look at new files (virus scanners)."""
    for pause in (0.05, 0.2, 0.5, 1.0) if os.name == "nt" else ():
        try:
            source.replace(target)
            return
        except PermissionError:
            time.sleep(pause)
    source.replace(target)


def sync_folder(folder: Path) -> None:
    """Ask the disk to hold a folder's list of names; Windows has no such request."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; an empty one where the file is missing or not whole."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def to_json(value: Any) -> str:
    """The one form JSON is written in here: keys in the order given, indented, no NaN, a line end at the end."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for its owner alone; git passes ``private`` over."""
    for part in reversed([folder, *folder.parents]):
        if not part.is_dir():
            part.mkdir(mode=0o700, exist_ok=True)
            if part.name == "private":
                (part / ".gitignore").write_text("*\n", encoding="utf-8")


def write_private(path: Path, text: str) -> None:
    """Write a file whole, for its owner's eyes only."""
    private_folder(path.parent)
    write_whole(path, text, 0o600)


def append_private(path: Path, text: str) -> None:
    """Add text to a file that its owner alone can read."""
    private_folder(path.parent)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as stream:
        stream.write(text)


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


def files_of(folder: Path) -> dict[str, Path]:
    """The files under a folder by their path below it, with ``/``; hidden and lock files and caches are left out."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in paths}
    return {name: path for name, path in named.items() if not JUNK.search(name)}


def hash_files(files: Mapping[str, Path]) -> dict[str, str]:
    """:func:`hash_file` of each."""
    return {name: hash_file(path) for name, path in files.items()}


def hash_folder(folder: Path) -> dict[str, str]:
    """:func:`hash_files` of :func:`files_of` a folder; empty where there is none."""
    return hash_files(files_of(folder))
