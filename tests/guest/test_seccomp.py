"""The filter of system calls, on machines that are not this one too."""

from __future__ import annotations

import pytest

from agentflow.guest.seccomp import ALLOW, ARCHITECTURES, CALLS, KILL, REFUSE, program

from .bpf import answer

MACHINES = sorted(ARCHITECTURES)
FORBIDDEN = {
    "x86_64": {"socket": 41, "clone": 56, "execve": 59, "kill": 62, "ptrace": 101, "prctl": 157, "io_uring": 425},
    "aarch64": {"socket": 198, "clone": 220, "clone3": 435, "execve": 221, "kill": 129, "ptrace": 117, "prctl": 167},
}  # fmt: skip
NUMBERS = {call.name: {"x86_64": call.x86_64, "aarch64": call.aarch64} for call in CALLS}
EXECUTABLE = 4


@pytest.mark.parametrize("machine", MACHINES)
def test_each_call_of_the_table_is_answered_as_it_says(machine: str) -> None:
    for call in CALLS:
        number = NUMBERS[call.name][machine]
        if number is not None:
            assert answer(machine, number) == (REFUSE if call.answer == "refuse" else ALLOW), call.name


@pytest.mark.parametrize("machine", MACHINES)
def test_every_other_call_ends_the_process(machine: str) -> None:
    known = {NUMBERS[call.name][machine] for call in CALLS}
    assert {answer(machine, number) for number in range(600) if number not in known} == {KILL}
    assert not known & set(FORBIDDEN[machine].values())


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", ["mmap", "mprotect"])
def test_no_memory_can_be_made_executable(machine: str, name: str) -> None:
    number = NUMBERS[name][machine]
    assert number is not None
    assert answer(machine, number, 3) == ALLOW
    assert answer(machine, number, 3 | EXECUTABLE) == KILL
    assert answer(machine, number, EXECUTABLE | 1 << 40) == KILL


@pytest.mark.parametrize("machine", MACHINES)
def test_locks_are_waited_for_and_woken_and_nothing_else(machine: str) -> None:
    """Privately or not, by any clock: FUTEX_WAIT, FUTEX_WAKE, FUTEX_WAIT_BITSET, FUTEX_WAKE_BITSET of linux/futex.h."""
    number = NUMBERS["futex"][machine]
    assert number is not None
    for flags in (0, 128, 256, 128 | 256):
        allowed = {one for one in range(128) if answer(machine, number, second=one | flags) == ALLOW}
        assert allowed == {0, 1, 9, 10}
    assert answer(machine, number, second=6) == KILL


def test_the_numbers_of_another_machine_are_not_believed() -> None:
    """A 64-bit process can make calls by the numbers of 32 bits, and of x32: those mean other things."""
    i386, x32 = 0x40000003, 0x40000000
    assert answer("x86_64", 1, architecture=i386) == KILL
    assert answer("x86_64", 1 | x32) == KILL
    assert answer("aarch64", 64, architecture=ARCHITECTURES["x86_64"]) == KILL


def test_a_machine_without_numbers_has_no_filter() -> None:
    with pytest.raises(LookupError, match="no filter of system calls for riscv64"):
        program("riscv64")
