"""The log: one line for each thing that happens, with whom it is about, and nothing that a step was given or gave."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from agentflow.app.chronicle import KEPT, Chronicle
from agentflow.records import Principal
from agentflow.store import Store, Write
from agentflow.store.audit import entry
from agentflow.testing import TestFlow
from agentflow.tools import tool

from ..fakes.elsewhere import on_a_server, on_both
from ..path.harness import plan


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, dict[str, Any]]]:
    """What was said, with its fields."""
    records = [record for record in caplog.records if record.name == "agentflow.chronicle"]
    return [(record.getMessage(), record.__dict__["fields"]) for record in records]


@tool(namespace="work", effect="read")
def look(key: str) -> str:
    """Looks something up."""
    if key == "no":
        raise ValueError(f"the secret word is {key}")
    return "the secret answer"


@on_both
async def test_a_run_is_told_from_its_start_to_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "agentflow.chronicle")
    async with TestFlow(tools=[look]) as flow:
        agent = await flow.agent("ada")
        body = 'await step.wait_for_approval("go", "Go?")\nreturn await step.do("look", tools.work.look(key="yes"))'
        await agent.register(plan(body))
        run = await agent.start()
        await (await flow.question()).approve()
        await run.result()
    about, of = f"{run.id} of ada@1: ", {"run": run.id, "tenant": "default", "agent": "ada", "version": 1}
    lines = [(said.removeprefix(about), fields) for said, fields in told(caplog)]
    assert all(of.items() <= fields.items() for said, fields in lines if fields["event"] != "audit")
    events = [fields["event"] for _, fields in lines]
    assert events == [
        *["audit", "audit", "run.queued", "approval.opened", "run.waiting", "audit"],
        *["run.running", "step.began", "step.done", "run.completed"],
    ]
    said = dict(zip(events, lines, strict=True))  # of each kind, the last
    assert said["run.waiting"][0] == "waiting (go: approval)"
    assert said["step.done"][0] == "step look, attempt 1 is done"
    assert (said["step.done"][1]["step"], said["step.done"][1]["attempt"]) == ("look#1", 1)
    assert said["audit"][0] == f"local did approvals.decide to {said['approval.opened'][1]['approval']}"
    assert "the secret answer" not in caplog.text


async def test_of_a_failure_its_type_is_told_and_of_a_run_why(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "agentflow.chronicle")
    async with TestFlow(tools=[look]) as flow:
        agent = await flow.agent("ada")
        body = 'await step.do("look", tools.work.look(key="no"), retries={"limit": 0}, sensitive=True)'
        await agent.register(plan(body))
        run = await agent.start()
        await flow.settle()
        await agent.revoke(1)
    lines = {fields["event"]: (said.partition(": ")[2], fields) for said, fields in told(caplog)}
    assert lines["step.failed"][0] == "step look, attempt 1 has failed: ValueError"
    assert lines["step.failed"][1]["error"] == "ValueError"
    assert lines["run.failed"][1]["run"] == run.id
    assert lines["run.failed"][0].startswith("failed (")


@on_both
async def test_a_run_that_begins_anew_is_told_with_its_version_as_it_is_then(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "agentflow.chronicle")
    async with TestFlow(tools=[look]) as flow:
        agent = await flow.agent("ada")
        await agent.register(plan("return 1"))
        run = await agent.start(id="one")
        await flow.settle()
        await run.restart()
        await flow.settle()
        await run.delete()
        version = await agent.register(plan("return 2"))
        await agent.start(id="one", version=version.number)
        await flow.settle()
    lines = [said for said, fields in told(caplog) if fields["event"] in ("run.anew", "run.completed")]
    assert lines == [
        *["one of ada@1: completed", "one of ada@1: begins generation 2", "one of ada@1: completed"],
        "one of ada@2: completed",
    ]


@on_both
async def test_a_goal_is_told_with_its_answers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "agentflow.chronicle")
    async with TestFlow() as flow:
        agent = await flow.agent("ada", repairs=0)
        goal = await agent.submit("Do what nobody has a plan for.")
        await flow.settle()
    lines = [(said, fields["event"]) for said, fields in told(caplog) if fields.get("goal") == goal.id]
    assert [event for _, event in lines] == ["goal.planning", "goal.answered", "goal.refused"]
    assert lines[1][0] == f"{goal.id} of ada: planning, answer 1 has come"
    assert lines[2][0].startswith(f"{goal.id} of ada: refused (")


async def test_nothing_is_looked_up_while_nobody_listens(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "agentflow.chronicle")
    store = await Store.open(tmp_path / "a.db")
    chronicle = Chronicle(store)
    await store.close()
    chronicle.heard([Write("insert_run", {"id": "run_1"})])


async def test_what_is_gone_is_told_by_its_id_and_few_are_remembered(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "agentflow.chronicle")
    store = await Store.open(tmp_path / "a.db")
    chronicle = Chronicle(store)
    for n in range(KEPT + 5):
        chronicle.heard([Write("end_run", {"id": f"run_{n}", "status": "cancelled"})])
    chronicle.heard([entry(Principal("anna", "acme"), "keys.create", "bert", {}, 1.0), Write("wake", {"id": "x"})])
    await chronicle.close()
    await store.close()
    lines = told(caplog)
    assert lines[0] == ("run_0: cancelled", {"event": "run.cancelled", "id": "run_0"})
    assert lines[-1][0] == "anna did keys.create to bert"
    assert (lines[-1][1]["tenant"], len(lines), len(chronicle._known)) == ("acme", KEPT + 6, KEPT)


@on_a_server
async def test_where_a_database_does_not_answer_it_is_told_by_id(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In its order, and nothing is remembered of that."""
    caplog.set_level(logging.INFO, "agentflow.chronicle")
    store = await Store.open(tmp_path / "a.db")
    chronicle = Chronicle(store)
    await store.close()
    chronicle.heard([Write("run_status", {"id": "run_1", "status": "running"})])
    chronicle.heard([entry(Principal("anna"), "runs.cancel", "run_1", {}, 1.0)])
    await chronicle.close()
    assert [said for said, _ in told(caplog)] == ["run_1: running", "anna did runs.cancel to run_1"]
    assert chronicle._known == {}


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ('{"waits": [{"step": "a#1", "for": "event"}, {"step": "a#2", "for": "timer"}]}', " (a: event, a#2: timer)"),
        ('{"paused": "refused", "message": "the tenant is suspended"}', " (the tenant is suspended)"),
        ('{"paused": "person"}', " (person)"),
        (None, ""),
    ],
)
async def test_a_status_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, reason: str | None, words: str
) -> None:
    caplog.set_level(logging.INFO, "agentflow.chronicle")
    store = await Store.open(tmp_path / "a.db")
    Chronicle(store).heard([Write("run_status", {"id": "run_1", "status": "paused", "reason": reason})])
    await store.close()
    assert told(caplog)[0][0] == f"run_1: paused{words}"
