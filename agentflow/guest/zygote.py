"""A fork server: a slim process that has imported what every guest needs, and forks one for each order of the host.

A fork takes about a millisecond where an interpreter takes fifty, and shares its memory with all the others. The
process is started with an empty environment, before anything was loaded that is nobody's business, and it dies with
its host. The host speaks to it over one socket in orders of a fixed size; each fork takes with it the descriptor that
came with its order, and nothing else. What a guest says is never heard here.
"""

from __future__ import annotations

import errno
import gc
import os
import select
import signal
import socket
import struct
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO

from . import frames, library, lockdown

ORDER = struct.Struct(">IIII")
"""Number of the guest, `FORK` or `KILL`, mebibytes, seconds of processor time in its life."""
FORK, KILL = 1, 2
REPORT = struct.Struct(">IIi")
"""Number of the guest, `BORN` or `DIED` or `STILLBORN`, its process id or how it ended or why there was no fork."""
BORN, DIED, STILLBORN = 1, 2, 3

Serve = Callable[[BinaryIO, BinaryIO], None]


def main(serve: Serve, host: int = 0, control: int = 0) -> None:
    """Be the fork server of the process `host` over the descriptor `control`; every guest will `serve`.

    Without them it only says that it could: that is how people find out why it does not.
    """
    library.load()
    if not host:
        sys.stdout.write("it can start here: HOST_PID and SOCKET are what agentflow gives it\n")
        return
    namespaces = settle()
    with suppress(OSError):  # where there is no such signal, the end of the socket says so
        lockdown.die_with(host)
    with socket.socket(fileno=control) as orders:
        Zygote(orders, serve, namespaces).run()
    os._exit(0)


def settle() -> str | None:
    """Become what its guests are to be forked from. Why they will share the machine's namespaces, or None."""
    _be_the_first_to_go()
    namespaces = lockdown.unshare()
    warnings.simplefilter("ignore")  # a coroutine that is never awaited is the plan's affair
    gc.collect()
    gc.disable()  # see activation.py
    gc.freeze()
    _filling.extend(_places())
    return namespaces


def _be_the_first_to_go() -> None:
    """Of the machine's memory a plan takes some, and so it is a plan that the kernel ends where there is none left.

    Only the host says when this process ends: whoever stops a service tells each of its processes to, at once, while
    the host still has turns to finish.
    """
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
        score.write("1000")


_HEAD = 33
"""Bytes of an empty `bytes`."""
_filling: list[bytes] = []


def _places() -> list[bytes]:
    """Objects that take the free places in the pools that CPython allocates from: 4 MB, shared by all guests.

    A guest would put its first objects there, one in each of many pages, and each such page would become its own. So
    it puts them side by side into new ones: 10 % less memory, and a quarter less time to load a plan.
    """
    return [bytes(size - _HEAD) for size in range(48, 513, 16) for _ in range(400)]


def _kill(pid: int) -> None:
    """Root may lack the right to (CAP_KILL), its guests being another user's.

    Then a guest ends when the host closes its socket; for one that does not, the host ends this process, and all.
    """
    with suppress(PermissionError):
        os.kill(pid, signal.SIGKILL)


class Zygote:
    """Its guests by number, as long as they live."""

    def __init__(self, orders: socket.socket, serve: Serve, namespaces: str | None) -> None:
        self._orders = orders
        self._serve = serve
        self._namespaces = namespaces
        self._guests: dict[int, int] = {}

    def run(self) -> None:
        """Obey until the host is gone; then none of the guests stays."""
        deaths, ring = os.pipe()
        os.set_blocking(deaths, False)
        os.set_blocking(ring, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
        waits = select.poll()  # `select` knows descriptors below 1024 only, and ours came from the host
        waits.register(self._orders, select.POLLIN)
        waits.register(deaths, select.POLLIN)
        while True:
            ready = [descriptor for descriptor, _ in waits.poll()]
            if deaths in ready:
                os.read(deaths, 4096)
                self._bury()
            if self._orders.fileno() in ready and not self._obey():
                break
        for pid in self._guests.values():
            _kill(pid)

    def _obey(self) -> bool:
        """Whether there was an order."""
        data, descriptors, _, _ = socket.recv_fds(self._orders, ORDER.size, 1)
        if len(data) < ORDER.size:
            return False
        number, what, memory_mb, seconds = ORDER.unpack(data)
        if what == FORK:
            self._fork(number, lockdown.Order(memory_mb, seconds, os.getpid()), *descriptors)
        elif number in self._guests:
            _kill(self._guests[number])
        return True

    def _fork(self, number: int, order: lockdown.Order, connection: int) -> None:
        try:
            pid = os.fork()
        except OSError as error:
            self._report(number, STILLBORN, error.errno or errno.EAGAIN)
        else:
            if pid == 0:
                self._live(order, connection)
            self._guests[number] = pid
            self._report(number, BORN, pid)
        os.close(connection)

    def _live(self, order: lockdown.Order, connection: int) -> None:
        """What a guest does, from its birth to its end. It never returns."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(connection, lockdown.SOCKET)
            requests, responses = os.fdopen(lockdown.SOCKET, "rb"), os.fdopen(lockdown.SOCKET, "wb", closefd=False)
            layers = {"namespaces": self._namespaces, **lockdown.lock(order)}
            responses.write(frames.pack({"layers": layers}))
            responses.flush()
            self._serve(requests, responses)
        finally:
            os._exit(0)  # nothing is finalized: no `finally` of a plan runs

    def _bury(self) -> None:
        """Report who has died."""
        numbers = {pid: number for number, pid in self._guests.items()}
        while self._guests:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            number = numbers[pid]
            del self._guests[number]
            self._report(number, DIED, os.waitstatus_to_exitcode(status))

    def _report(self, number: int, what: int, value: int) -> None:
        self._orders.sendall(REPORT.pack(number, what, value))
