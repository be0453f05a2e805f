"""What the kernel grants a guest. That it holds is seen on real guests, in tests/sandbox."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import pytest

from agentflow.guest import limits


def test_processor_time_is_granted_from_now_on() -> None:
    before = resource.getrlimit(resource.RLIMIT_CPU)
    try:
        limits.ProcessorTime(3600).grant()
        used = resource.getrusage(resource.RUSAGE_SELF)
        soft, _ = resource.getrlimit(resource.RLIMIT_CPU)
        assert 3600 < soft <= used.ru_utime + used.ru_stime + 3602
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, before)


def test_turns_in_quick_succession_ask_the_kernel_once() -> None:
    before = resource.getrlimit(resource.RLIMIT_CPU)
    now = 0.0
    time = limits.ProcessorTime(3600, lambda: now)
    try:
        time.grant()
        marked = resource.getrlimit(resource.RLIMIT_CPU)[0] + 1000, before[1]
        resource.setrlimit(resource.RLIMIT_CPU, marked)
        now = 0.04
        time.grant()
        assert resource.getrlimit(resource.RLIMIT_CPU) == marked
        now = 0.06
        time.grant()
        assert resource.getrlimit(resource.RLIMIT_CPU) != marked
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, before)


@pytest.mark.parametrize(("host", "status"), [("os.getppid()", 0), ("1", 1)])
def test_a_guest_whose_host_is_gone_ends_at_once(host: str, status: int) -> None:
    code = f"import os; from agentflow.guest import limits; limits.die_with({host})"
    done = subprocess.run([sys.executable, "-c", code], env=os.environ, timeout=30)
    assert done.returncode == status
