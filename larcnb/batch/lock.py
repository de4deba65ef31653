"""One batch at a time on a root: a lock the system lets go of when its holder ends, however it ends."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator

from larcnb.batch import store
from larcnb.engine.failure import full_disk
from larcnb.errors import LarcError, not_permitted
from larcnb.root import Root

LOCKED, FAILED = 75, 1
"""Exit codes: another batch holds the root; some authorities failed."""


@contextlib.contextmanager
def hold(root: Root) -> Iterator[None]:
    """Hold the root's lock while the body runs.

    Raises
    ------
    LarcError
        Another batch holds it (exit code 75), or ``reports/`` cannot be written to (1 or 2).
    """
    folder = store.control(root)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stream = (folder / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise unwritable(error) from None
    with stream:
        if not _try(stream.fileno()):
            stream.seek(0)
            holder = stream.read(20).strip()
            who = f" (process {holder})" if holder.isdigit() else ""
            raise LarcError(
                f"Another batch{who} is using this folder. Wait for it, or stop it.",
                exit_code=LOCKED,
            )
        try:
            stream.truncate(0)
            stream.write(f"{os.getpid()}\n")
            stream.flush()
            yield
        finally:
            with contextlib.suppress(OSError):
                stream.truncate(0)


def unwritable(error: OSError) -> LarcError:
    """What to say where the batch itself cannot write: 1 for a full disk, 2 for a folder that is not ours.

    Raises
    ------
    OSError
        The error itself, where it is neither.
    """
    if full_disk(error):
        return LarcError(
            "The disk is full. Make room and run the same command again.", exit_code=FAILED
        )
    if isinstance(error, PermissionError) and error.filename:
        return not_permitted(error)
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return LarcError(
            "A folder cannot be written to. Check that the root is yours and not read-only."
        )
    raise error


def _try(handle: int) -> bool:
    """Take the lock at once or not at all. Not the file but the system's lock on it counts."""
    try:
        if os.name == "nt":
            import msvcrt

            # Far beyond the file's text, which others must be able to read.
            os.lseek(handle, 1 << 20, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
