"""A host that runs a plan, or compiles it, in its own process: what the tests of processes are compared with."""

from __future__ import annotations

import resource
import sys
from typing import Any, cast

from agentflow.guest import policy, server
from tests.hostile import loose

SECONDS, BYTES = 2, 256 * 1024 * 1024
"""What checking a plan may take."""


def main() -> None:
    """Run or compile the plan that stands on standard input, and say that this process is still there."""
    source = sys.stdin.read()
    if sys.argv[1:] == ["compile"]:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
        compile(source, policy.FILENAME, "exec")
    else:
        run(source)
    print("still here")


def run(source: str) -> None:
    """Its first turn, in a guest that is no process."""
    if "guards" in loose.OFF:
        loose.without_guards()
    code = compile(source, policy.FILENAME, "exec") if "policy" in loose.OFF else policy.build(source)[0]
    guest = server.Guest()
    guest._code, guest._entry = cast(Any, code), "Plan"
    event = {"id": "event_1", "payload": {}, "timestamp": 1.0, "schedule": None}
    guest._open({"activation": "a1", "run": "run_1", "generation": 1, "agent": "prey", "event": event})
    guest.answer({"op": "turns", "activation": "a1", "deliveries": [{"at": 1.0, "start": True}]})


if __name__ == "__main__":
    main()
