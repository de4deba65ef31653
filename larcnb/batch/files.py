"""Files written whole or not at all, and folders that change places in one step.

In: contents and paths. Out: files and folders that a reader, or a crash at any moment, finds as they were
or as they are meant to be, never in between.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any


def write_whole(path: Path, content: bytes | str, mode: int = 0o666) -> None:
    """Write a file so that a reader, or a crash, finds the old content or the new, never a part.

    Raises
    ------
    OSError
        The disk is full or the folder cannot be written to; the old file is untouched.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(temporary, flags, mode), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; an empty one where the file is missing or not whole."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def to_json(value: Any) -> str:
    """The one form JSON is written in here: keys in the order given, indented, a line end at the end."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def sync_tree(folder: Path) -> None:
    """Ask the disk to hold every file and folder below ``folder`` before we rely on it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb+" if os.name == "nt" else "rb") as stream:
                os.fsync(stream.fileno())
        else:
            sync_folder(path)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Ask the disk to hold a folder's list of names; Windows has no such request."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(folder: Path) -> None:
    """Remove a folder and all in it; what another program holds open stays until the next start."""
    if folder.is_dir():
        shutil.rmtree(folder, ignore_errors=True)


def replace(source: Path, target: Path) -> None:
    """Rename over what is there, waiting on Windows for programs that look at new files (virus scanners)."""
    for pause in (0.05, 0.2, 0.5, 1.0) if os.name == "nt" else ():
        try:
            source.replace(target)
            return
        except PermissionError:
            time.sleep(pause)
    source.replace(target)


def swap(new: Path, place: Path) -> None:
    """Put folder ``new`` at ``place``; what was there, if anything, ends where ``new`` was.

    On Linux and macOS the two change places in one step. Elsewhere the old folder steps aside first, so for
    a moment there is none.
    """
    if not place.exists():
        replace(new, place)
        return
    if exchange(new, place):
        return
    aside = new.with_name(f"{new.name}.old")
    remove(aside)
    replace(place, aside)
    try:
        replace(new, place)
    except OSError:
        replace(aside, place)
        raise
    replace(aside, new)


def swap_back(old: Path, place: Path) -> None:
    """Undo :func:`swap`."""
    if old.exists():
        swap(old, place)
    else:
        replace(place, old)


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where the system cannot.

    Raises
    ------
    OSError
        The system can, but not with these two.
    """
    if sys.platform == "linux":
        name, here, flag = "renameat2", -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    elif sys.platform == "darwin":
        name, here, flag = "renameatx_np", -2, 2  # AT_FDCWD, RENAME_SWAP
    else:
        return False
    function = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if function is None:
        return False
    names = [ctypes.c_char_p(os.fsencode(path)) for path in (one, other)]
    if function(here, names[0], here, names[1], ctypes.c_uint(flag)) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM):
        return False
    raise OSError(number, os.strerror(number))
