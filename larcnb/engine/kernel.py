"""Starting a kernel: always this interpreter, talking over files that only their owner can open.

In: which way kernels are started. Out: a kernel manager class for nbclient. A kernelspec installed by the
user, a profile's start-up scripts, a port taken by somebody else have no way in.
"""

from __future__ import annotations

import os
import tempfile
from functools import lru_cache
from importlib.metadata import entry_points
from queue import Empty
from time import monotonic
from typing import Any

import zmq
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from larcnb.engine.launch import LAUNCHER
from larcnb.engine.settings import SETTINGS

RETRY_MILLISECONDS = 5
FIRST_SECONDS = 0.2
BEGIN = "import sys; sys.path[0] or sys.path.pop(0); from larcnb.engine.launch import serve; serve(sys.argv[1:])"
"""Lets go of the current folder first, where files may be called like our modules; IPython would hand on -P."""
LONGEST_SOCKET = 80
"""Socket files may have about 100 characters in their path; the rest is for the file's own name."""


@lru_cache(maxsize=1)
def private_folder() -> str:
    """A folder of this process for sockets, connection files and an empty IPython profile."""
    import atexit
    import shutil

    folder = tempfile.mkdtemp(prefix="larcnb-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@lru_cache(maxsize=1)
def _provisioners() -> set[str]:
    return entry_points(group="jupyter_client.kernel_provisioners").names


class Client(AsyncKernelClient):
    """A client that sees at once when a kernel is ready; Jupyter's own then waits a fifth of a second for silence."""

    def start_channels(self, *channels: bool, **more: bool) -> None:
        """Connect; a kernel opens its sockets a moment later, so try again every few milliseconds, not every 100."""
        if self.transport == "ipc":
            self.context.setsockopt(zmq.RECONNECT_IVL, RETRY_MILLISECONDS)
        super().start_channels(*channels, **more)

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        deadline, patience = monotonic() + (timeout or float("inf")), FIRST_SECONDS
        while not await self._answered(patience):
            patience = min(
                2 * patience, 1.0
            )  # what a kernel is asked or says while it connects may be lost
            if not await self._async_is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if monotonic() > deadline:
                raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")

    async def _answered(self, patience: float) -> bool:
        """Whether the kernel replied and then said that it is idle: what it published before has come by then."""
        asked = self.kernel_info()
        try:
            while (reply := await self.shell_channel.get_msg(timeout=patience))[
                "parent_header"
            ].get("msg_id") != asked:
                pass  # a slow kernel answers what it was asked before, too
            while True:
                said = await self.iopub_channel.get_msg(timeout=patience)
                if (
                    said["parent_header"].get("msg_id") == asked
                    and said["content"].get("execution_state") == "idle"
                ):
                    self._handle_kernel_info_reply(reply)
                    return True
        except Empty:
            return False

    wait_for_ready = _async_wait_for_ready


class Manager(AsyncKernelManager):
    """A kernel manager that knows one kernel: ipykernel in this interpreter."""

    provisioner_name = "local-provisioner"
    launch = ("-m", LAUNCHER)
    client_factory = Client

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        # An installation that has lost our entry point starts its kernels as usual.
        name = (
            self.provisioner_name
            if self.provisioner_name in _provisioners()
            else Manager.provisioner_name
        )
        spec = get_kernel_dict()
        at = spec["argv"].index("-m")
        spec["argv"][at : at + 2] = self.launch
        spec["metadata"] = {"kernel_provisioner": {"provisioner_name": name}}
        self._kernel_spec = KernelSpec(**spec)
        folder = private_folder()
        number = Manager._started = getattr(Manager, "_started", 0) + 1
        self.connection_file = os.path.join(folder, f"{number}.json")  # noqa: PTH118
        if os.name == "posix" and len(folder) < LONGEST_SOCKET:
            self.transport, self.ip = "ipc", os.path.join(folder, str(number))  # noqa: PTH118
        self.shutdown_wait_time = 2.0

    async def _async_pre_start_kernel(self, **more: Any) -> Any:
        environment = dict(more.pop("env", None) or os.environ)
        environment.update(SETTINGS, IPYTHONDIR=os.path.join(private_folder(), "ipython"))  # noqa: PTH118
        return await super()._async_pre_start_kernel(env=environment, **more)

    async def _async_interrupt_kernel(self) -> None:
        # Jupyter interrupts a kernel before it ends it. Ours has nothing under way by then, and would
        # only write of a KeyboardInterrupt on its standard error.
        if not self.shutting_down:
            await super()._async_interrupt_kernel()

    async def _async_finish_shutdown(
        self, waittime: float | None = None, pollinterval: float = 0.01, **more: Any
    ) -> None:
        await super()._async_finish_shutdown(waittime, pollinterval, **more)


class ForkManager(Manager):
    """The same kernel, forked from a process that has imported everything; see :mod:`larcnb.engine.zygote`."""

    provisioner_name = "larcnb-fork"


class WarmManager(Manager):
    """The same kernel, which ends at once when it is told to."""

    launch = ("-c", BEGIN)
