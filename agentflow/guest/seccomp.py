"""Which system calls a guest may make: a program for the kernel's filter (seccomp), made from one table.

Whatever is not named here ends the process. Files may be asked for, since the library does so in passing, and are
refused (`EACCES`): an import that comes late fails like one of a module that is not there. Memory may be asked for,
but none that could be executed; locks may be waited for and woken, and nothing else be done with the kernel's futexes,
whose rarer operations have been ways into it. Numbers are those of the kernel's `unistd.h` (x86-64, and asm-generic for
arm64); the filter's instructions are those of `linux/bpf_common.h`, its answers those of `linux/seccomp.h`.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Answer = Literal["allow", "refuse", "no-execution", "wait-or-wake"]


@dataclass(frozen=True, slots=True)
class Call:
    """A system call that does not end the process, with its numbers; None where a machine does not have it."""

    name: str
    answer: Answer
    x86_64: int | None
    aarch64: int | None


CALLS = (
    # what an interpreter needs that talks over one socket
    Call("read", "allow", 0, 63),
    Call("write", "allow", 1, 64),
    Call("futex", "wait-or-wake", 202, 98),
    Call("getrandom", "allow", 318, 278),
    Call("clock_gettime", "allow", 228, 113),
    Call("gettimeofday", "allow", 96, 169),
    Call("getpid", "allow", 39, 172),
    Call("gettid", "allow", 186, 178),
    Call("sched_yield", "allow", 24, 124),
    Call("rt_sigprocmask", "allow", 14, 135),
    Call("rt_sigreturn", "allow", 15, 139),
    Call("restart_syscall", "allow", 219, 128),
    Call("close", "allow", 3, 57),
    Call("exit", "allow", 60, 93),
    Call("exit_group", "allow", 231, 94),
    # memory
    Call("mmap", "no-execution", 9, 222),
    Call("mprotect", "no-execution", 10, 226),
    Call("munmap", "allow", 11, 215),
    Call("mremap", "allow", 25, 216),
    Call("madvise", "allow", 28, 233),
    Call("brk", "allow", 12, 214),
    # what is asked in passing: a look for a file, for a terminal, for a signal of one's own
    Call("open", "refuse", 2, None),
    Call("openat", "refuse", 257, 56),
    Call("openat2", "refuse", 437, 437),
    Call("stat", "refuse", 4, None),
    Call("lstat", "refuse", 6, None),
    Call("fstat", "refuse", 5, 80),
    Call("newfstatat", "refuse", 262, 79),
    Call("statx", "refuse", 332, 291),
    Call("access", "refuse", 21, None),
    Call("faccessat", "refuse", 269, 48),
    Call("faccessat2", "refuse", 439, 439),
    Call("readlink", "refuse", 89, None),
    Call("readlinkat", "refuse", 267, 78),
    Call("getdents64", "refuse", 217, 61),
    Call("getcwd", "refuse", 79, 17),
    Call("lseek", "refuse", 8, 62),
    Call("ioctl", "refuse", 16, 29),
    Call("fcntl", "refuse", 72, 25),
    Call("tgkill", "refuse", 234, 131),  # `abort` asks for these two, and then crashes by itself
    Call("rt_sigaction", "refuse", 13, 134),
)

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""`AUDIT_ARCH_*` of the machines that the table has numbers for."""

ALLOW = 0x7FFF0000
REFUSE = 0x00050000 | errno.EACCES
KILL = 0x80000000
"""The whole process, not the thread alone."""

_EXECUTABLE = 4  # PROT_EXEC
_WAITS_AND_WAKES = (0, 1, 9, 10)  # FUTEX_WAIT, FUTEX_WAKE, and each with a bit set
_OPERATION = 0x7F  # without FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME
_NUMBER, _ARCHITECTURE = 0, 4  # offsets in `struct seccomp_data`
_SECOND_ARGUMENT, _THIRD_ARGUMENT = 24, 32  # their low halves
_LOAD, _AND, _IF_EQUAL, _IF_ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x45, 0x06
_INSTRUCTION = struct.Struct("HBBI")


def program(machine: str) -> bytes:
    """The filter for a machine (`x86_64`, `aarch64`). Raises `LookupError` where the table has no numbers for it."""
    if machine not in ARCHITECTURES:
        raise LookupError(f"there is no filter of system calls for {machine}")
    return b"".join(_instructions(machine))


def _instructions(machine: str) -> Iterator[bytes]:
    """Each call is a test that skips its answer where the number is another one."""
    yield _do(_LOAD, _ARCHITECTURE)
    yield _do(_IF_EQUAL, ARCHITECTURES[machine], then=1, otherwise=0)
    yield _do(_RETURN, KILL)
    yield _do(_LOAD, _NUMBER)
    for call in CALLS:
        number = getattr(call, machine)
        if number is None:
            continue
        answer = _ANSWERS[call.answer]
        yield _do(_IF_EQUAL, number, then=0, otherwise=len(answer))
        yield from answer
    yield _do(_RETURN, KILL)


def _do(code: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    return _INSTRUCTION.pack(code, then, otherwise, value)


_ANSWERS: dict[Answer, list[bytes]] = {
    "allow": [_do(_RETURN, ALLOW)],
    "refuse": [_do(_RETURN, REFUSE)],
    "no-execution": [
        _do(_LOAD, _THIRD_ARGUMENT),
        _do(_IF_ANY_BIT, _EXECUTABLE, then=0, otherwise=1),
        _do(_RETURN, KILL),
        _do(_RETURN, ALLOW),
    ],
    "wait-or-wake": [
        _do(_LOAD, _SECOND_ARGUMENT),
        _do(_AND, _OPERATION),
        *(_do(_IF_EQUAL, one, then=len(_WAITS_AND_WAKES) - i) for i, one in enumerate(_WAITS_AND_WAKES)),
        _do(_RETURN, KILL),
        _do(_RETURN, ALLOW),
    ],
}
