"""Workers are forked from a process that has imported what they need: it took half of what they used.

Each is a process of its own, with a parent that waits for it and for nothing else, and says how it ended.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from ..fakes import untraced
from .orders import Orders

ROOT = Path(__file__).parents[2]
NUMBER = struct.Struct(">i")
"""The process id of a worker, and then how it ended."""
LONGEST = 64 * 1024


class Worker:
    """A process that works on a scene."""

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

    def kill(self) -> None:
        """End it, if it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def terminate(self) -> None:
        """Tell it to go."""
        os.kill(self.pid, signal.SIGTERM)

    def _look(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._told], [], [], seconds)[0]:
            [self.returncode] = NUMBER.unpack(self._told.recv(NUMBER.size))
            self._told.close()
        return self.returncode


class Nursery:
    """Where they come from. It ends when this process does, or closes it."""

    def __init__(self) -> None:
        self._orders, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.crash.child", str(theirs.fileno())],
                cwd=ROOT,
                env=untraced.environment(),
                pass_fds=(theirs.fileno(),),
            )

    def worker(self, orders: Orders, errors: BinaryIO) -> Worker:
        """The next one."""
        ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        with theirs:
            socket.send_fds(self._orders, [json.dumps(asdict(orders)).encode()], [theirs.fileno(), errors.fileno()])
        return Worker(ours)

    def close(self) -> None:
        """End it. Its workers stay."""
        self._orders.close()
        self._process.wait()


_open: list[Nursery] = []


@contextmanager
def opened() -> Iterator[None]:
    """Inside, there are workers."""
    _open.append(Nursery())
    yield
    _open.pop().close()


def worker(orders: Orders, errors: BinaryIO) -> Worker:
    """A new one, which writes what it complains of into that file."""
    return _open[-1].worker(orders, errors)
