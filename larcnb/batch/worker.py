"""A worker process: takes calls from its standard input, one at a time, and answers on its output.

Started by :mod:`larcnb.batch.pool` as ``python -P -m larcnb.batch.worker LOGS``. Whatever the work prints goes
to the private log, not to the screen. When its batch is gone it ends at once, with all it started.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from larcnb.batch.pool import kill_children, receive, send
from larcnb.engine.failure import private_file
from larcnb.engine.launch import end
from larcnb.errors import LarcError, not_permitted

UNNEEDED = (
    "rfc3987_syntax",
    "isoduration",
    "webcolors",
    "uri_template",
    "pyarrow.fs",
    "boto3",
    "gcsfs",
)


def main(logs: Path) -> None:
    """Serve until the batch closes our input."""
    skip_imports()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    calls: queue.Queue[Any] = queue.Queue()
    idle = threading.Event()
    threading.Thread(target=_read, args=(calls, idle), daemon=True).start()
    while True:
        idle.set()
        call = calls.get()
        if call is None:
            return
        idle.clear()
        send(answers, _answer(call, logs, lambda word: send(answers, ("note", word))))


def skip_imports() -> None:
    """Have papermill do without what it imports for other people's files.

    jsonschema compiles a grammar for web addresses, and papermill looks for file systems in the cloud: three
    seconds a process, for formats that no notebook of ours has. Both take what cannot be imported as absent.
    """
    absent = [name for name in UNNEEDED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    try:
        import papermill  # noqa: F401
    finally:
        for name in absent:
            sys.modules.pop(name, None)


def _read(calls: queue.Queue[Any], idle: threading.Event) -> None:
    source = os.fdopen(os.dup(0), "rb")
    devnull = os.open(os.devnull, os.O_RDONLY)
    os.dup2(devnull, 0)
    while (call := receive(source)) is not None:
        calls.put(call)
    if not idle.is_set():
        kill_children(os.getpid())
        os._exit(1)
    calls.put(None)


def _answer(call: Any, logs: Path, note: Any) -> tuple[str, Any]:
    function, arguments = call
    try:
        return "done", function(*arguments, note)
    except LarcError as error:
        return "refused", error
    except PermissionError as error:
        return "refused", not_permitted(error)
    except Exception as error:
        name = f"worker-{os.getpid()}.log"
        private_file(logs / name, "".join(traceback.format_exception(error)))
        return "crashed", (type(error).__name__, getattr(error, "errno", None), name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    end(0)
