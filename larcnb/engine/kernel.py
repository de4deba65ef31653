"""Starting a kernel: always this interpreter, talking over files that only their owner can open.

In: which way kernels are started. Out: a kernel manager class for nbclient. A kernelspec installed by the
user, a profile's start-up scripts, a port taken by somebody else have no way in.
"""

from __future__ import annotations

import os
import tempfile
from functools import lru_cache
from typing import Any

from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

LONGEST_SOCKET = 80
"""Socket files may have about 100 characters in their path; the rest is for the file's own name."""
SETTINGS = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "TZ": "UTC",
}
"""The environment of every kernel: the same figures whatever the user's settings, one thread each."""


@lru_cache(maxsize=1)
def private_folder() -> str:
    """A folder of this process for sockets, connection files and an empty IPython profile."""
    import atexit
    import shutil

    folder = tempfile.mkdtemp(prefix="larcnb-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class Manager(AsyncKernelManager):
    """A kernel manager that knows one kernel: ipykernel in this interpreter."""

    provisioner_name = "local-provisioner"

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        provisioner = {"kernel_provisioner": {"provisioner_name": self.provisioner_name}}
        self._kernel_spec = KernelSpec(**{**get_kernel_dict(), "metadata": provisioner})
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
