"""What the filter of system calls would answer: the few instructions that it uses, as linux/bpf.h has them."""

from __future__ import annotations

import struct

from agentflow.guest import seccomp

_INSTRUCTION = struct.Struct("HBBI")


def answer(machine: str, number: int, third: int = 0, architecture: int | None = None, *, second: int = 0) -> int:
    """Of the filter for a machine, to a call with this number and these arguments."""
    code = seccomp.program(machine)
    known = seccomp.ARCHITECTURES[machine] if architecture is None else architecture
    data = {0: number, 4: known, 24: second & 0xFFFFFFFF, 32: third & 0xFFFFFFFF}
    steps = list(_INSTRUCTION.iter_unpack(code))
    at = loaded = 0
    while True:
        instruction, then, otherwise, value = steps[at]
        at += 1
        if instruction == 0x06:  # BPF_RET | BPF_K
            return int(value)
        if instruction == 0x20:  # BPF_LD | BPF_W | BPF_ABS
            loaded = data[value]
        elif instruction == 0x54:  # BPF_ALU | BPF_AND | BPF_K
            loaded &= value
        else:
            holds = {0x15: loaded == value, 0x45: bool(loaded & value)}[instruction]  # BPF_JEQ, BPF_JSET
            at += then if holds else otherwise
