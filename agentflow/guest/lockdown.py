"""How a process gives up what a plan must not reach: layer after layer, in an order that matters.

A plan is hostile until proven otherwise, and RestrictedPython is no proof: operations done in C have got around it
again and again. So each layer here assumes that those before it have been broken. The order follows from what each
needs: another user before the death signal (which that clears) and before the limit on processes (which root does not
have), no new privileges before the filters (which an ordinary user may not set without), the filter of system calls
last, since it forbids what all the others do.

`rlimits` and `seccomp` are the floor: without them the host runs no plan, unless it was told to go without. The others
hold where the kernel has them, and each says why it does not.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from . import seccomp

MEBIBYTE = 1024 * 1024
SOCKET = 3
"""The descriptor of the host's socket: the only one that is left."""
NOBODY = 65534
"""The user and group that root becomes: the overflow id, which every user namespace knows."""


@dataclass(frozen=True, slots=True)
class Order:
    """What one guest may use: its address space, and the processor time of its whole life."""

    memory_mb: int
    life_seconds: int
    parent: int
    """Its parent's process id: without that parent it does not go on."""


Layer = tuple[str, Callable[[Order], None]]


class Missing(OSError):
    """This machine does not have a layer."""


def lock(order: Order) -> dict[str, str | None]:
    """Put the layers on, in order. For each: None where it holds, else why it does not."""
    return {name: _tried(partial(put_on, order)) for name, put_on in LAYERS}


def unshare() -> str | None:
    """Namespaces for this process and all that it will fork: no network, no mounts, no messages of others.

    None where they hold, else why they do not. An ordinary user needs a user namespace around them.
    """
    kinds = _NEW_NETWORK | _NEW_MOUNTS | _NEW_MESSAGES | _NEW_NAMES | (_NEW_USERS if os.geteuid() else 0)
    return _tried(lambda: _system("unshare", kinds))


def _tried(put_on: Callable[[], object]) -> str | None:
    try:
        put_on()
    except (OSError, ValueError, LookupError) as error:
        return str(error)
    return None


def _uid(order: Order) -> None:
    """Another user than root."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends."""
    try:
        _prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    finally:
        if os.getppid() != parent:  # it has ended before the kernel knew
            os._exit(1)


def _no_new_privileges(order: Order) -> None:
    _prctl(_SET_NO_NEW_PRIVILEGES, 1)


def _landlock(order: Order) -> None:
    """No right to any file, port or abstract socket: a rule set without rules."""
    abi = _system("syscall", _LANDLOCK_CREATE, 0, 0, _LANDLOCK_VERSION)
    files = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(abi, 16)) - 1
    rights = struct.pack("QQQ", files, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    rules = _system("syscall", _LANDLOCK_CREATE, ctypes.c_char_p(rights), size, 0)
    try:
        _system("syscall", _LANDLOCK_RESTRICT, rules, 0)
    finally:
        os.close(rules)


def _descriptors(order: Order) -> None:
    """Close all but the socket."""
    os.closerange(0, SOCKET)
    os.closerange(SOCKET + 1, max(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 4096) % (1 << 31))


def _rlimits(order: Order) -> None:
    bounds = {
        "AS": order.memory_mb * MEBIBYTE,
        "CPU": order.life_seconds + 1,
        "CORE": 0,
        "FSIZE": 0,
        "NPROC": 0,
        "NOFILE": 0,
        "MEMLOCK": 0,
        "MSGQUEUE": 0,
    }
    for name, bound in bounds.items():
        kind = getattr(resource, f"RLIMIT_{name}", None)
        if kind is not None:
            _, hard = resource.getrlimit(kind)
            ours = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
            soft = ours - 1 if name == "CPU" else ours  # a second before the hard one: then the signal says why
            resource.setrlimit(kind, (soft, ours))


def _dumpable(order: Order) -> None:
    """No other process of this user may look into it."""
    _prctl(_SET_DUMPABLE, 0)


def _capabilities(order: Order) -> None:
    """None of root's rights, in the namespaces of an ordinary user either."""
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    _system("capset", ctypes.c_char_p(header), ctypes.c_char_p(bytes(24)))


def _seccomp(order: Order) -> None:
    filters = seccomp.program(platform.machine())
    kept = ctypes.create_string_buffer(filters, len(filters))
    found = struct.pack("HxxxxxxP", len(filters) // 8, ctypes.addressof(kept))
    _prctl(_SET_SECCOMP, _SECCOMP_FILTER, ctypes.c_char_p(found))


LAYERS: tuple[Layer, ...] = (
    ("uid", _uid),
    ("parent-death", lambda order: die_with(order.parent)),
    ("no-new-privileges", _no_new_privileges),
    ("landlock", _landlock),
    ("descriptors", _descriptors),
    ("rlimits", _rlimits),
    ("dumpable", _dumpable),
    ("capabilities", _capabilities),
    ("seccomp", _seccomp),
)

# linux/prctl.h, linux/sched.h, linux/capability.h, linux/landlock.h
_SET_PARENT_DEATH_SIGNAL, _SET_DUMPABLE, _SET_SECCOMP, _SET_NO_NEW_PRIVILEGES = 1, 4, 22, 38
_SECCOMP_FILTER = 2
_CAPABILITY_VERSION_3 = 0x20080522
_NEW_MOUNTS, _NEW_NAMES, _NEW_MESSAGES, _NEW_USERS, _NEW_NETWORK = (
    0x00020000,
    0x04000000,
    0x08000000,
    0x10000000,
    0x40000000,
)
_LANDLOCK_CREATE, _LANDLOCK_RESTRICT, _LANDLOCK_VERSION = 444, 446, 1


def _prctl(option: int, *arguments: object) -> None:
    _system("prctl", option, *arguments, *(0,) * (4 - len(arguments)))


def _system(name: str, *arguments: object) -> int:
    """The result of a function of the C library. Raises `OSError` where it says no, `Missing` where there is none."""
    if (function := getattr(_C, name, None)) is None or platform.system() != "Linux":
        raise Missing(f"{platform.system()} has no {name}")
    words = [ctypes.c_ulong(argument) if isinstance(argument, int) else argument for argument in arguments]
    if (result := int(function(*words))) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


_C = ctypes.CDLL(None, use_errno=True)
