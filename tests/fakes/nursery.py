"""Processes that are forked from one which has imported what they need: to start each anew takes longer than most live.

Each is a process of its own, with a parent that waits for it and for nothing else, and says how it ended.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from . import untraced

ROOT = Path(__file__).parents[2]
NUMBER = struct.Struct(">i")
"""The process id of a child, and then how it ended."""
LONGEST = 64 * 1024
MOST = 4
"""Descriptors that come with an order."""


class Child:
    """A process that was forked there."""

    def __init__(self, told: socket.socket) -> None:
        self._told = told
        [self.pid] = NUMBER.unpack(told.recv(NUMBER.size))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status, or the negative number of the signal that ended it; None while it lives."""
        return self._look(0)

    def wait(self) -> int:
        """The same, once it has ended."""
        ended = self._look(None)
        assert ended is not None
        return ended

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it, if it has not ended."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Tell it to go."""
        self.send_signal(signal.SIGTERM)

    def _look(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._told], [], [], seconds)[0]:
            [self.returncode] = NUMBER.unpack(self._told.recv(NUMBER.size))
            self._told.close()
        return self.returncode


class Nursery:
    """Where they come from: a module that calls `bear`. It ends when this process does, or closes it."""

    def __init__(self, module: str) -> None:
        self._orders, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, str(theirs.fileno())],
                cwd=ROOT,
                env=untraced.environment(),
                pass_fds=(theirs.fileno(),),
            )

    def order(self, order: bytes, descriptors: Sequence[int]) -> socket.socket:
        """Have one more forked. What comes is what a `Child` is made of."""
        ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        with theirs:
            socket.send_fds(self._orders, [order], [theirs.fileno(), *descriptors])
        return ours

    def close(self) -> None:
        """End it. Its children stay."""
        self._orders.close()
        self._process.wait()


CarryOut = Callable[[bytes, Sequence[int]], int]
"""What a child does with its order and the descriptors that came with it; its exit status."""


def bear(orders: socket.socket, carry_out: CarryOut) -> None:
    """A child for each order, until nobody is there to give one."""
    while True:
        order, descriptors, _, _ = socket.recv_fds(orders, LONGEST, MOST)
        if not order:
            return
        if os.fork() == 0:
            orders.close()
            _nurse(order, descriptors[0], descriptors[1:], carry_out)
        for descriptor in descriptors:
            os.close(descriptor)
        os.waitpid(-1, os.WNOHANG)  # one that has ended; others wait for the next order


def _nurse(order: bytes, told: int, descriptors: Sequence[int], carry_out: CarryOut) -> None:
    """Have a child do it, say who it is and how it ended, and end."""
    child = os.fork()
    if child == 0:
        os.close(told)
        os._exit(carry_out(order, descriptors))
    for descriptor in descriptors:
        os.close(descriptor)
    os.write(told, NUMBER.pack(child))
    _, status = os.waitpid(child, 0)
    os.write(told, NUMBER.pack(os.waitstatus_to_exitcode(status)))
    os._exit(0)
