"""Makes the k-th write of a batch fail, or kills its process there. On PYTHONPATH in the crash tests only.

``LARCNB_FAULT`` is ``fail:K`` or ``kill:K``; ``LARCNB_FAULT_ROOT`` the root whose files count; every process of
the batch counts together, in the file ``LARCNB_FAULT_COUNT``. A write is opening a file to write, renaming,
removing, and making a folder.
"""

import os
import signal
import sys

ROOT = os.environ.get("LARCNB_FAULT_ROOT", "")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
NAMED = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate"}


def install(kind, at):
    counter = os.open(os.environ["LARCNB_FAULT_COUNT"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    busy = []

    def hook(event, arguments):
        if event == "open":
            counts = (
                isinstance(arguments[2], int)
                and arguments[2] & WRITING
                and ROOT in str(arguments[0])
            )
        else:
            counts = event in NAMED and any(ROOT in str(argument) for argument in arguments)
        if not counts or busy:
            return
        busy.append(1)
        os.write(counter, b".")
        number = os.lseek(counter, 0, os.SEEK_CUR)
        busy.clear()
        if number == at:
            if kind == "kill":
                os.kill(int(os.environ["LARCNB_FAULT_PID"]), signal.SIGKILL)
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(28, "No space left on device")

    sys.addaudithook(hook)


if ROOT and os.environ.get("LARCNB_FAULT"):
    kind, at = os.environ["LARCNB_FAULT"].split(":")
    os.environ.setdefault("LARCNB_FAULT_PID", str(os.getpid()))
    install(kind, int(at))
