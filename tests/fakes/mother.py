"""A fork server of fork servers: `python -s -P -m tests.fakes.mother MODULE SOCKET`.

It ends when its host is gone, and with it all that it has borne. The kernel is not asked to see to that: what it looks
at is the end of the thread that started it.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from contextlib import suppress

from agentflow.guest import library, lockdown, rehearsal, zygote
from agentflow.guest.__main__ import main
from agentflow.sandbox.launch import GUEST, VALIDATOR
from agentflow.validator.__main__ import respond

BORN = struct.Struct(">I")
"""The process id of a fork server; a descriptor of that process comes along."""
SERVES = {GUEST: main, VALIDATOR: respond}


def bear(orders: socket.socket, serve: zygote.Serve, namespaces: str | None) -> None:
    """One fork server for each socket that comes, until the host is gone."""
    mother = os.getpid()
    while True:
        _, descriptors, _, _ = socket.recv_fds(orders, 1, 2)
        if not descriptors:
            return
        control, answer = descriptors
        pid = os.fork()
        if pid == 0:
            orders.close()
            lockdown.die_with(mother)
            zygote.Zygote(socket.socket(fileno=control), serve, namespaces).run()
            os._exit(0)
        os.close(control)
        _answer(answer, pid)
        _bury()


def _answer(answer: int, pid: int) -> None:
    itself = os.pidfd_open(pid)
    with socket.socket(fileno=answer) as told:
        socket.send_fds(told, [BORN.pack(pid)], [itself])
    os.close(itself)


def _bury() -> None:
    """Those that ended since the last order: until then their process ids are nobody else's."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    module, control = sys.argv[1], int(sys.argv[2])
    if module == GUEST:
        rehearsal.rehearse()
    library.load()
    held = zygote.settle()
    with socket.socket(fileno=control) as orders:
        bear(orders, SERVES[module], held)
