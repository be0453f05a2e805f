"""Each example of the catalogue has behind the wall the findings that it has here: nothing is imported or read late."""

from __future__ import annotations

from dataclasses import asdict

from agentflow.checks import CHECKS, whole
from agentflow.records import ToolSpec
from agentflow.sandbox.local import ProcessSandbox
from agentflow.validator import check

from ..plans.catalogue import TOOLS

SOURCES = {
    f"{one.code} {which}": whole(example)
    for one in CHECKS.values()
    for which, example in (("bad", one.bad), ("good", one.good))
    if example
}


async def test_a_locked_down_process_finds_what_this_one_finds(sandbox: ProcessSandbox) -> None:
    tools = [ToolSpec(**tool) for tool in TOOLS]
    assert len(SOURCES) > 90
    for name, source in SOURCES.items():
        compiled = await sandbox.compile(source, tools)
        here = check(source, TOOLS)
        assert [asdict(finding) for finding in compiled.findings] == here["findings"], name
        assert (compiled.blob is None, compiled.entry) == (here["blob"] is None, here["entry"]), name
