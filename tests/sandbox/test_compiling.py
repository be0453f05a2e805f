"""Sources are checked and compiled in a process of their own, and what it says is checked."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from agentflow.errors import GuestError
from agentflow.records import ToolSpec
from agentflow.sandbox import Code, compiling, launch, local
from agentflow.sandbox.local import ProcessSandbox
from agentflow.sandbox.process import Allowance

from ..guest.plays import plan
from .stages import START, opening

SOURCE = plan('return await step.do("x", tools.a.b(n=1))')
TOOL = ToolSpec("a.b", "", {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}, {})
FINDING = {
    "code": "c",
    "severity": "error",
    "line": 1,
    "column": 1,
    "message": "m",
    "advice": "a",
    "suppressed": None,
}
SILENCED = {**FINDING, "severity": "warning", "suppressed": "why"}
GOOD: dict[str, Any] = {
    "findings": [],
    "blob": base64.b64encode(b"x").decode(),
    "entry": "Plan",
    "tools": [],
    "graph": None,
}


async def test_what_is_compiled_can_be_run(sandbox: ProcessSandbox) -> None:
    compiled = await sandbox.compile(SOURCE, [TOOL])
    assert (compiled.findings, compiled.entry, compiled.tools) == ((), "Plan", ("a.b",))
    assert compiled.blob is not None
    activation = await sandbox.open(Code("refunds", 1, "sha", compiled.blob, "Plan"), opening())
    (turn,) = await activation.turns([START])
    assert [command.key for command in turn.commands] == ["x#1"]


async def test_findings_come_back_with_their_lines_and_no_code(sandbox: ProcessSandbox) -> None:
    compiled = await sandbox.compile("import os\n" + SOURCE, None)
    assert compiled.blob is None
    assert compiled.findings[0].line == 1


async def test_an_unknown_tool_is_found_only_where_tools_are_named(sandbox: ProcessSandbox) -> None:
    assert (await sandbox.compile(SOURCE, None)).blob is not None
    assert (await sandbox.compile(SOURCE, [])).blob is None


async def test_a_source_of_a_megabyte_is_not_even_sent(sandbox: ProcessSandbox) -> None:
    (finding,) = (await sandbox.compile("#" * 2_000_000, None)).findings
    assert finding.code == "AF004"


async def test_a_source_is_compiled_once_for_the_same_tools(sandbox: ProcessSandbox) -> None:
    first = await sandbox.compile(SOURCE, [TOOL])
    assert await sandbox.compile(SOURCE, [TOOL]) is first
    assert await sandbox.compile(SOURCE, [replace(TOOL, risk="high")]) is not first
    assert await sandbox.compile(SOURCE + "\n", [TOOL]) is not first


async def test_only_so_many_compilations_are_kept(sandbox: ProcessSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "REMEMBERED", 1)
    first = await sandbox.compile(SOURCE, None)
    await sandbox.compile(SOURCE + "\n", None)
    assert await sandbox.compile(SOURCE, None) is not first


@pytest.fixture
def liar(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that checks sources says what the source tells it to."""
    monkeypatch.setattr(launch, "VALIDATOR", "tests.sandbox.liar")


@pytest.mark.usefixtures("liar")
async def test_a_check_that_takes_too_long_is_a_finding(
    sandbox: ProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiling, "MAY", Allowance(0.05, 1))
    (finding,) = (await sandbox.compile("hang", None)).findings
    assert (finding.code, finding.severity) == ("AF006", "error")
    assert "took too long" in finding.message


@pytest.mark.usefixtures("liar")
async def test_a_check_that_dies_is_a_finding(sandbox: ProcessSandbox) -> None:
    (finding,) = (await sandbox.compile("die", None)).findings
    assert "needed too much memory" in finding.message


@pytest.mark.parametrize(
    "wrong",
    [
        {"findings": None},
        {"findings": [5]},
        {"findings": [{**FINDING, "code": 5}]},
        {"findings": [{**FINDING, "severity": "fatal"}]},
        {"findings": [{**FINDING, "line": "1"}]},
        {"findings": [{**FINDING, "more": "1"}]},
        {"findings": [{**FINDING, "suppressed": "why"}], "blob": None},
        {"findings": [{**SILENCED, "suppressed": 5}]},
        {"findings": [FINDING]},
        {"findings": [FINDING] * 1001, "blob": None},
        {"blob": None},
        {"blob": 5},
        {"blob": "?"},
        {"entry": None},
        {"entry": "os.system"},
        {"tools": None},
        {"tools": [5]},
        {"more": 5},
    ],
)
@pytest.mark.usefixtures("liar")
async def test_what_the_check_says_is_checked(sandbox: ProcessSandbox, wrong: dict[str, Any]) -> None:
    with pytest.raises(GuestError, match="the process that checks plans broke the protocol"):
        await sandbox.compile(json.dumps({**GOOD, **wrong}), None)


@pytest.mark.usefixtures("liar")
async def test_what_it_says_is_taken_where_it_can_be_so(sandbox: ProcessSandbox) -> None:
    said = await sandbox.compile(json.dumps({**GOOD, "findings": [SILENCED]}), None)
    assert (said.blob, said.entry, said.findings[0].suppressed) == (b"x", "Plan", "why")
    refused = await sandbox.compile(json.dumps({**GOOD, "findings": [FINDING], "blob": None}), None)
    assert [finding.code for finding in refused.findings] == ["c"]


def test_a_guest_inherits_no_environment_but_the_order_of_hashes_and_the_way_to_the_package() -> None:
    found = launch.environment()
    assert found.pop("PYTHONHASHSEED") == "0"
    assert set(found) <= {"PYTHONPATH"}
