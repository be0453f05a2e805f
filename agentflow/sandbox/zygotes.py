"""The host's side of a fork server: guests are ordered, and what becomes of them is reported."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from dataclasses import dataclass, field

from ..errors import SandboxError
from ..guest.zygote import BORN, DIED, FORK, KILL, ORDER, REPORT
from . import launch

LIFE = 3600
"""Seconds of processor time after which the kernel ends a guest, whatever the host does meanwhile."""
_SOON = 0.01
INSISTS = 10.0
"""Seconds after which a guest that was to be killed must be gone."""


@dataclass(eq=False, slots=True)
class Child:
    """A forked guest, with the host's end of its socket."""

    number: int
    connection: socket.socket
    zygote: Zygote
    born: asyncio.Future[int]
    """Its process id."""
    ended: asyncio.Future[int] = field(init=False)
    """Its exit status, or the negative number of the signal that ended it."""

    def __post_init__(self) -> None:
        self.ended = self.born.get_loop().create_future()

    @property
    def pid(self) -> int:
        """Its process id, once it is born; 0 before."""
        return self.born.result() if self.born.done() and self.born.exception() is None else 0

    def kill(self) -> None:
        """End it, at once. Its `ended` says when."""
        self.zygote.kill(self)

    def processor_time(self) -> float:
        """Seconds that it has used so far; 0 where the kernel does not tell, or not yet, or no more."""
        try:
            return time.clock_gettime((~self.pid << 3) | _ITS_PROCESSOR_TIME) if self.pid else 0.0
        except OSError:
            return 0.0


_ITS_PROCESSOR_TIME = 2
"""The lowest bits of a process's clock: `CPUCLOCK_SCHED` of linux/posix-timers.h."""


class Zygote:
    """One fork server. When it ends, its guests end with it."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._loop = asyncio.get_running_loop()
        try:
            self._process, self._socket = launch.zygote(module)
        except OSError as error:
            raise _none(f"{error.strerror} ({error.filename or '`ulimit -a` tells the limits'})") from None
        self._socket.setblocking(False)
        self._children: dict[int, Child] = {}
        self._last = 0
        self._received = b""
        self._over = False
        self._loop.add_reader(self._socket, self._read)

    @property
    def alive(self) -> bool:
        """Whether it takes orders."""
        return not self._over and self._process.poll() is None

    def fork(self, memory_mb: int) -> Child:
        """A new guest; its `born` is kept once it is there. Raises `SandboxError` where this server is gone."""
        self._last += 1
        try:
            ours, theirs = socket.socketpair()
        except OSError as error:
            raise _none(f"{error.strerror}; raise the limit of open files (ulimit -n)") from None
        with theirs:
            try:
                socket.send_fds(self._socket, [ORDER.pack(self._last, FORK, memory_mb, LIFE)], [theirs.fileno()])
            except OSError as error:
                ours.close()
                raise _none(f"{error.strerror}; try again") from None
        child = self._children[self._last] = Child(self._last, ours, self, self._loop.create_future())
        return child

    def kill(self, child: Child) -> None:
        """Have a guest killed: its parent does it, since only there is a process id never another's."""
        if child.number in self._children and not self._over:
            self._loop.call_later(INSISTS, self._insist, child)
            self._order_death(child)

    def _order_death(self, child: Child) -> None:
        try:
            self._socket.send(ORDER.pack(child.number, KILL, 0, 0))
        except BlockingIOError:  # so many at once that it has not read them all
            self._loop.call_later(_SOON, self._order_death, child)
        except OSError:
            self._process.kill()

    def _insist(self, child: Child) -> None:
        """A fork server that does not obey holds nobody: it ends, and all of its guests with it."""
        if not child.ended.done():
            self._process.kill()

    async def close(self) -> None:
        """End it, and all of its guests."""
        self._process.kill()
        await asyncio.to_thread(self._process.wait)
        self._lost()

    # what its socket says

    def _read(self) -> None:
        try:
            data = self._socket.recv(REPORT.size * 64)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost()
            return
        self._received += data
        while len(self._received) >= REPORT.size:
            report, self._received = self._received[: REPORT.size], self._received[REPORT.size :]
            self._hear(*REPORT.unpack(report))

    def _hear(self, number: int, what: int, value: int) -> None:
        if what == BORN:
            self._children[number].born.set_result(value)
        elif what == DIED:
            self._children.pop(number).ended.set_result(value)
        else:
            self._bury(self._children.pop(number), f"{os.strerror(value)}; free memory or processes, and try again")

    def _lost(self) -> None:
        """It is gone, and so is every guest that it had."""
        if self._over:
            return
        self._over = True
        self._loop.remove_reader(self._socket)
        self._socket.close()
        why = f"its fork server ended; `{' '.join(launch.command(self._module))}` may say why"
        for child in list(self._children.values()):
            self._bury(child, why)
        self._children.clear()

    def _bury(self, child: Child, why: str) -> None:
        if not child.born.done():
            child.born.set_exception(_none(why))
            child.born.exception()  # looked at, where nobody waits any more
        child.ended.set_result(-signal.SIGKILL)


def _none(why: str) -> SandboxError:
    return SandboxError(f"no process for a plan can be started: {why}")
