"""Fork servers that are forked themselves, from one that has imported everything: to start them took most of the time.

What they do is the same. Only how an interpreter starts is not tested with them; `tests/sandbox` starts its own.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import pytest

from agentflow.sandbox import launch

from .mother import BORN, SERVES

MODULE = "tests.fakes.mother"
cold = launch.zygote
"""Starts one as it is started in earnest."""


class Forked:
    """A fork server that is no child of this process, as far as the sandbox asks for it."""

    def __init__(self, pid: int, itself: int) -> None:
        self.pid = pid
        self._itself = itself
        self._over = False
        self._one_at_a_time = Lock()

    def poll(self) -> int | None:
        """None while it lives."""
        return self._look(0)

    def kill(self) -> None:
        """End it, if it has not ended."""
        if self.poll() is None:
            signal.pidfd_send_signal(self._itself, signal.SIGKILL)

    def wait(self) -> int | None:
        """Until it has ended."""
        return self._look(None)

    def _look(self, milliseconds: int | None) -> int | None:
        with self._one_at_a_time:
            if not self._over:
                ends = select.poll()
                ends.register(self._itself, select.POLLIN)
                if not ends.poll(milliseconds):
                    return None
                self._over = True
                os.close(self._itself)
            return -signal.SIGKILL


class Mothers:
    """One for guests and one for what checks sources, each from when it is first asked for a fork server."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[subprocess.Popen[bytes], socket.socket]] = {}
        self._one_at_a_time = Lock()

    def zygote(self, module: str) -> tuple[Forked | subprocess.Popen[bytes], socket.socket]:
        """A fork server, and the host's end of its socket; as `launch.zygote`."""
        if module not in SERVES:
            return cold(module)
        ours, theirs = socket.socketpair()
        answer, told = socket.socketpair()
        with theirs, answer:
            with told:
                socket.send_fds(self.orders(module), [b"1"], [theirs.fileno(), told.fileno()])
            data, [itself], _, _ = socket.recv_fds(answer, BORN.size, 1)
        [pid] = BORN.unpack(data)
        return Forked(pid, itself), ours

    def orders(self, module: str) -> socket.socket:
        """Where the mother of this kind takes orders, of this process and of those that it forks."""
        with self._one_at_a_time:
            if module not in self._known:
                self._known[module] = self._start(module)
            return self._known[module][1]

    def _start(self, module: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
        ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        with theirs:
            arguments = (module, str(theirs.fileno()))
            process = subprocess.Popen(
                launch.command(MODULE, *arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=launch.environment(),
                cwd="/",
                start_new_session=True,
            )
        return process, ours

    def close(self) -> None:
        """They end, and with them all that they have borne."""
        for process, orders in self._known.values():
            orders.close()
            process.wait()


@contextmanager
def warm(*modules: str) -> Iterator[None]:
    """Every fork server is forked; those of these modules in processes forked from here, too."""
    mothers = Mothers()
    for module in modules:
        mothers.orders(module)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch, "zygote", mothers.zygote)
        yield
    mothers.close()
