"""Being a kernel, from the command line's end of it: serving until told to end, and ending at once.

In: what ipykernel's own launcher takes. Out: an exit code. Kernels that are kept (:mod:`larcnb.engine.warm`) are
started by a line in :mod:`larcnb.engine.kernel`; forked ones come here from :mod:`larcnb.engine.zygote`.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import os
import sys
from typing import Any, NoReturn

LAUNCHER = "ipykernel_launcher"
"""The module that kernels are started as elsewhere."""
CONTROL_SECONDS = 1.0
"""So long a kernel's control thread may take to end, unless somebody's debugger holds it."""


def serve(arguments: list[str]) -> NoReturn:
    """Be a kernel until told to end, and end with the code it ends with."""
    code = 1
    try:
        from ipykernel import kernelapp

        sys.argv = [importlib.import_module(LAUNCHER).__file__ or LAUNCHER, *arguments]
        try:
            kernelapp.launch_new_instance(argv=arguments)
        finally:
            _end_control(kernelapp.IPKernelApp.instance().control_thread)
        code = 0
    except SystemExit as wish:
        code = wish.code if isinstance(wish.code, int) else 0 if wish.code is None else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        end(code)


def end(code: int) -> NoReturn:
    """End as an interpreter would, but wait for no thread and leave what was imported, which may take half a second."""
    gc.freeze()  # IPython looks for garbage once more before it goes
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(BaseException):
            stream.flush()
    os._exit(code)


def _end_control(thread: Any) -> None:
    """Let the thread that was told to shut down say so before the one that publishes what it says is stopped.

    ipykernel stops them the other way round: the first then waits for the second, which is gone, until it is killed.
    """
    if thread is not None and thread.is_alive():
        thread.stop()
        thread.join(CONTROL_SECONDS)
