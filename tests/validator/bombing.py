"""Checks each bomb in a process of its own, as small as a compile guest, and says what it took: a line of JSON each."""

from __future__ import annotations

import json
import os
import resource
import sys
import time

from agentflow.validator import check

from .bombs import BOMBS

SECONDS = 2
MEBIBYTES = 256
TOOLS = [
    {
        "name": "a.b",
        "effect": "once",
        "risk": "low",
        "approval": "never",
        "parameters": {"type": "object", "properties": {"x": {"type": "integer"}, "y": {}}},
    }
]


def drop(name: str) -> None:
    """Check one source in a copy of this process, which ends with it."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_AS, (MEBIBYTES * 1024 * 1024,) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (10 * SECONDS,) * 2)
        sys.settrace(None)  # of coverage, which a compile guest does not have
        start = time.process_time()
        answer = check(BOMBS[name], TOOLS)
        took = time.process_time() - start
        said = [finding["message"] for finding in answer["findings"]]
        print(json.dumps({"name": name, "seconds": took, "said": said[:1], "count": len(said)}), flush=True)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status:
        print(json.dumps({"name": name, "died": os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    for given in sys.argv[1:] or BOMBS:
        drop(given)
