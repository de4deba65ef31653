"""One kernel for the notebooks of one unit, emptied between them; for systems that cannot fork.

In: a notebook after another of the same unit. Out: the same outputs as from fresh kernels. What the reset does
not reach (modules that were changed, threads) can pass from one notebook to the next of the *same* authority
only: the kernel ends with the unit, and after any failure. A unit whose last notebooks must wait for other
units may :func:`keep` its kernel until then.
"""

from __future__ import annotations

import atexit
import contextlib
import os
from typing import Any

from jupyter_core.utils import run_sync
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.log import logger

from larcnb.engine.failure import Watch

REMEMBER = """
import os, sys, types, warnings
sys.modules["_larcnb_start"] = types.SimpleNamespace(
    environment=dict(os.environ), folder=os.getcwd(), path=list(sys.path), filters=list(warnings.filters))
del os, sys, types, warnings
"""
"""Silent, once a kernel has started: what :data:`RESET` goes back to."""
RESET = """
import os, random, sys, warnings
_then = sys.modules["_larcnb_start"]
if "matplotlib.pyplot" in sys.modules:
    sys.modules["matplotlib.pyplot"].close("all")
if "matplotlib" in sys.modules:
    _it = sys.modules["matplotlib"]
    _backend = _it.rcParams["backend"]
    _it.rcdefaults()
    _it.rcParams["backend"] = _backend
if "pandas" in sys.modules:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sys.modules["pandas"].reset_option("all")
if "numpy" in sys.modules:
    sys.modules["numpy"].random.seed()
random.seed()
os.environ.clear()
os.environ.update({_it: _then.environment[_it] for _it in _then.environment if not _it.startswith("LARCNB_")})
os.environ.update(%r)
os.chdir(_then.folder)
sys.path[:] = _then.path
warnings.filters[:] = _then.filters
warnings._filters_mutated()
get_ipython().custom_exceptions, get_ipython().CustomTB = (), None
get_ipython().reset(new_session=True)
__import__("gc").collect()
__import__("gc").freeze()
"""
"""Silent, between two notebooks; what a batch tells the next one by its environment is filled in.

What is left then is there to stay, and not looked through for garbage again.
"""
MOST_KEPT = 4
"""Kernels that one process keeps for later: each of about 300 MB, and of up to 40 of the 256 files macOS grants."""
PATIENCE = 10
"""Seconds that a kernel may take to empty itself."""
ROOM = 2 << 30
"""Bytes of memory that must be left for a kernel to be kept."""


class Held:
    """The kernel of the unit that is being run, if it has one yet."""

    def __init__(self) -> None:
        self.client: PapermillNotebookClient | None = None

    def close(self, how: str = "graceful") -> None:
        """End the kernel; ``immediate`` where nothing is waited for."""
        if self.client is not None and self.client.km is not None:
            self.client.shutdown_kernel = how
            self.client._cleanup_kernel()
        self.client = None

    def empty(self) -> bool:
        """Let go of all that the last notebook left, and say whether that is done."""

        async def reply() -> Any:
            asked = {"silent": True, "store_history": False, "reply": True, "timeout": PATIENCE}
            return await self.client.kc.execute(RESET % {}, **asked)

        try:
            return run_sync(reply)()["content"]["status"] == "ok"
        except (
            Exception
        ):  # whatever it is, the kernel cannot be used again, and its last notebook is whole
            return False


_kept: dict[str, Held] = {}


def keep(unit: str, held: Held) -> None:
    """Keep a unit's kernel, emptied, for its notebooks to come; or end it, if too many are kept or memory is short."""
    import psutil

    if len(_kept) >= MOST_KEPT or psutil.virtual_memory().available < ROOM or not held.empty():
        held.close()
    else:
        _kept[unit] = held


def kept(unit: str) -> Held:
    """What was kept for a unit, if its kernel is still there; else none yet."""
    held = _kept.pop(unit, None) or Held()
    if held.client is not None and not run_sync(held.client.km.is_alive)():
        held.close("immediate")
    return held


@atexit.register
def _end_kept() -> None:
    while _kept:
        with contextlib.suppress(Exception):
            _kept.popitem()[1].close("immediate")


class WarmEngine(NBClientEngine):
    """Papermill's own engine with a kernel that is kept from one notebook of a unit to the next."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        watch: Watch | None = None,
        held: Held | None = None,
        start_timeout: float = 60,
        execution_timeout: float | None = None,
        **more: Any,
    ) -> None:
        """Run a notebook in the unit's kernel; keep the kernel only if all went well."""
        watch = watch or Watch()
        watch.attach(nb_man)
        held = held or Held()
        before, held.client = held.client, None
        traits = {
            name: value
            for name, value in more.items()
            if name in PapermillNotebookClient.class_trait_names()
        }
        traits.pop("timeout", None)
        client = PapermillNotebookClient(
            nb_man,
            km=before.km if before else None,
            startup_timeout=start_timeout,
            kernel_name=kernel_name,
            log=logger,
            timeout=execution_timeout,
            **traits,
        )
        good = False
        try:
            if before:
                client.kc = before.kc
            else:
                client.create_kernel_manager()
                client.start_new_kernel()
                client.start_new_kernel_client()
            # The kernel serves requests in their order: no need to wait for this one.
            own = {name: value for name, value in os.environ.items() if name.startswith("LARCNB_")}
            client.kc.execute(RESET % own if before else REMEMBER, silent=True, store_history=False)
            client.execute(cleanup_kc=False)
            good = watch.error is None
        finally:
            if good:
                held.client = client
            elif client.km is not None:
                client.shutdown_kernel = "immediate"
                client._cleanup_kernel()


papermill_engines.register("larcnb-warm", WarmEngine)
