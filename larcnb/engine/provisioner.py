"""A kernel provisioner that forks kernels from a process that has imported everything already.

Jupyter's own extension point: named ``larcnb-fork`` among the entry points of this package, it leaves notebooks
and kernelspecs as they are. Set ``JUPYTER_DEFAULT_PROVISIONER_NAME=larcnb-fork`` and JupyterLab, nbval and
nbconvert use it too. Where fork is missing or anything about it fails, the kernel is started as usual.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import socket
import sys
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from larcnb.engine.launch import LAUNCHER

PATIENCE_SECONDS = 120.0


class ForkedKernel:
    """The part of ``subprocess.Popen`` that a provisioner uses, for a kernel that the zygote forked.

    Raises
    ------
    OSError
        The zygote is gone, or will not fork this one.
    """

    stdin = stdout = stderr = None

    def __init__(
        self, path: str, argv: list[str], environment: dict[str, str], folder: str
    ) -> None:
        self.returncode: int | None = None
        self.connection = socket.socket(socket.AF_UNIX)
        try:
            self.connection.settimeout(PATIENCE_SECONDS)
            self.connection.connect(path)
            request = {"argv": argv, "env": environment, "cwd": folder}
            self.connection.sendall(json.dumps(request).encode() + b"\n")
            self.heard = b""
            while b"\n" not in self.heard and (part := self.connection.recv(256)):
                self.heard += part
            line, _, self.heard = self.heard.partition(b"\n")
            answer = json.loads(line or b"{}")
            if "pid" not in answer:
                raise OSError(f"The zygote did not fork: {answer.get('refused', 'it is gone')}.")
            self.pid: int = answer["pid"]
            self.connection.setblocking(False)
        except BaseException:
            self.connection.close()
            raise

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        if self.returncode is None:
            with contextlib.suppress(BlockingIOError):
                self._ended(self.connection.recv(256))
        return self.returncode

    def wait(self) -> int:
        """Wait for the end, and give the exit code."""
        if self.returncode is None:
            self.connection.setblocking(True)
            self._ended(self.connection.recv(256))
        return self.returncode if self.returncode is not None else -signal.SIGKILL

    def send_signal(self, number: int) -> None:
        """Send the kernel's process a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def _ended(self, line: bytes) -> None:
        # Nothing to read means that the zygote is gone, and its kernels with it.
        told = (self.heard + line).strip()
        self.returncode = json.loads(told)["rc"] if told else -signal.SIGKILL
        self.connection.close()


class ForkProvisioner(LocalProvisioner):
    """Starts ipykernel by forking the zygote named in ``LARCNB_ZYGOTE``, or one of its own."""

    async def launch_kernel(self, cmd: list[str], **more: Any) -> Any:
        """Start the kernel: forked where that can be done, in the usual way otherwise."""
        if sys.platform == "linux" and LAUNCHER in cmd and cmd[0] == sys.executable:
            argv = cmd[cmd.index(LAUNCHER) + 1 :]
            environment = dict(more.get("env") or os.environ)
            folder = str(more.get("cwd") or pathlib.Path.cwd())
            try:
                self.process = ForkedKernel(zygote_path(environment), argv, environment, folder)
            except (OSError, ValueError) as error:
                self.log.info("Kernel not forked (%s): started as usual.", error)
            else:
                self.pid = self.pgid = self.process.pid
                self.cwd = pathlib.Path(folder)
                return self.connection_info
        return await super().launch_kernel(cmd, **more)


def zygote_path(environment: dict[str, str]) -> str:
    """The socket of the batch's zygote, or of one started for this process.

    Raises
    ------
    OSError
        It cannot be started.
    """
    if path := os.environ.get("LARCNB_ZYGOTE"):
        return path
    from larcnb.engine import spawn

    return spawn.own_zygote(environment)
