"""The picture of the plan in the README, as the code draws it today: `python -m tests.docs.picture` prints it."""

from __future__ import annotations

import runpy
import tempfile
from dataclasses import asdict
from pathlib import Path

from agentflow.graph import read
from agentflow.graph.svg import svg
from agentflow.tools import Tool
from agentflow.validator import check

from .pages import README, blocks


def picture() -> str:
    """The plan that the README shows, with the tools of its program."""
    program, plan = blocks(README, "python")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "refunds.py")
        path.write_text(program, encoding="utf-8")
        named = runpy.run_path(str(path)).values()
    graph = read(check(plan, [asdict(one.spec) for one in named if isinstance(one, Tool)])["graph"])
    assert graph is not None
    return svg(graph, "The plan SettleRefund")


if __name__ == "__main__":
    print(picture(), end="")
