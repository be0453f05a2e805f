"""Runs as documents: what is in them, that they replay without a database, and what is wrong with those that do not."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from agentflow.app import AgentFlow, AgentHandle, RunHandle
from agentflow.dispatch.recording import sealed
from agentflow.errors import Conflict, NotFound, PlanRefused, UsageError
from agentflow.records import RunStatus
from agentflow.testing import TestFlow

from ..fakes import office
from ..fakes.afar import everywhere
from ..fakes.waiting import until
from .test_replays import GOES_ON, HEAD, SLEEPS, held

Document = dict[str, Any]
PAYS = (
    HEAD
    + """
        refund = tools.payments.refund(id=event.payload["id"])
        agreed = await step.wait_for_approval("agree", "Pay it back?", call=refund)
        paid = await step.do("pay", agreed.call)
        return [paid, agreed.by, agreed.comment]
"""
)


async def ended(clerk: AgentHandle, plan: str, status: RunStatus = "completed", **payload: Any) -> RunHandle:
    await clerk.register(plan)
    run = await clerk.start(payload or {"id": "17"})

    async def reached() -> bool:
        return (await run.refresh()).status == status

    await until(reached)
    return run


def elsewhere(tmp_path: Path) -> AgentFlow:
    """Another house, that has no agent, no run and no tool."""
    (tmp_path / "elsewhere").mkdir(exist_ok=True)
    return AgentFlow(tmp_path / "elsewhere" / "other.db", worker=False)


@everywhere
async def test_a_run_that_was_exported_replays_where_nothing_of_it_is(
    clerk: AgentHandle, flow: AgentFlow, tmp_path: Path
) -> None:
    run = await ended(clerk, GOES_ON)
    document = json.loads(json.dumps(await run.export()))
    async with elsewhere(tmp_path) as other:
        found = await other.runs.load(document)
        assert (found.id, found.status, found.notes) == (run.id, "completed", [])
        assert [(step.key, step.state) for step in await found.steps()] == [
            (step.key, step.state) for step in await run.steps()
        ]
        assert await found.history() == await run.history()
        assert (await found.plan()).source == GOES_ON
        assert (await found.replay()).same
        assert (await found.at("tell")).branches == (await run.at("tell")).branches
        assert (await other.runs.list(), await other.agents.list()) == ([], [])


@everywhere
async def test_it_replays_on_another_plan_and_says_where_that_differs(clerk: AgentHandle, flow: AgentFlow) -> None:
    found = await flow.runs.load(await (await ended(clerk, GOES_ON)).export())
    differs = await found.replay(GOES_ON.replace('to="ada"', 'to="bob"'))
    assert (differs.same, differs.step, differs.now) == (
        False,
        "tell#1",
        'asks for do tell#1 ["mail.send", {"to": "bob"}]',
    )
    with pytest.raises(NotFound, match="has not started a step pay#1"):
        await found.at("pay")
    with pytest.raises(PlanRefused):
        await found.replay(HEAD + "\n        import os\n")


async def test_a_run_that_goes_on_is_told_as_far_as_it_came(clerk: AgentHandle, flow: AgentFlow) -> None:
    found = await flow.runs.load(await (await ended(clerk, SLEEPS, "sleeping")).export())
    assert found.status == "sleeping"
    assert [(step.key, step.state) for step in await found.steps()] == [("load#1", "done"), ("rest#1", "sleeping")]
    assert held(await found.at("rest"))["total"] == 120
    assert (await found.replay()).same


async def test_what_people_decided_is_in_it_and_whose_it_is_is_not(clerk: AgentHandle, flow: AgentFlow) -> None:
    run = await ended(clerk, PAYS, "waiting")
    [asked] = await flow.approvals.pending()
    await asked.approve("fine")
    await run.result()
    document = await run.export()
    [question] = document["approvals"]
    assert (question["status"], question["comment"], question["decided_by"]) == ("approved", "fine", "local")
    assert [(said["who"], said["action"]) for said in question["verdicts"]] == [("local", "approve")]
    assert [tool["name"] for tool in document["tools"]] == ["payments.refund"]
    text = json.dumps(document)
    assert '"tenant"' not in text
    assert run.record.agent not in text
    found = await flow.runs.load(document)
    assert [one["question"] for one in found.approvals] == ["Pay it back?"]
    assert (await found.replay()).same


async def test_a_restart_from_a_step_replays_with_what_it_inherited(clerk: AgentHandle, flow: AgentFlow) -> None:
    run = await ended(clerk, GOES_ON.replace("return [total, sent]", "return step.random()"))
    first = run.record.result
    await run.restart("tell")
    await run.result()
    found = await flow.runs.load(await run.export())
    assert (found.record.generation, found.record.result, (await found.replay()).same) == (2, first, True)


async def test_a_run_that_continued_as_new_is_its_last_generation(clerk: AgentHandle, flow: AgentFlow) -> None:
    plan = (
        HEAD
        + """
        left = event.payload["left"]
        await step.do("load", tools.orders.get(id=str(left)))
        if left:
            await step.continue_as_new({"left": left - 1})
        return "done"
"""
    )
    run = await ended(clerk, plan, left=1)
    found = await flow.runs.load(await run.export())
    assert (found.record.generation, found.record.payload, (await found.replay()).same) == (2, {"left": 0}, True)


async def test_what_another_agent_came_to_is_in_it_and_that_agents_run_is_not(
    clerk: AgentHandle, flow: AgentFlow
) -> None:
    helper = await flow.agents.create("helper", model=office.MODEL, tools=["*"], review="never")
    await helper.register(office.READS)
    await flow.agents.create("clerk", model=office.MODEL, tools=["*"], agents=["helper"], review="never", update=True)
    plan = HEAD + '\n        return await step.delegate("ask", "helper", payload={"id": "4"})\n'
    run = await ended(clerk, plan)
    found = await flow.runs.load(await run.export())
    assert (found.record.result, (await found.replay()).same) == ({"id": "4", "total": 120}, True)


async def test_the_generations_before_are_told_of_with_their_versions(clerk: AgentHandle, flow: AgentFlow) -> None:
    """A restart from a step, and a move to another version; what is sensitive in them is covered as well."""
    run = await ended(clerk, TOKEN, id="4111-2222")
    await run.restart("tell")
    await run.result()
    moved = await ended(clerk, SLEEPS.replace("1 day", "2 days"), "sleeping")
    await clerk.register(SLEEPS.replace("1 day", "3 days"))
    assert (await moved.migrate(3)).moves
    documents = [json.loads(json.dumps(await one.export())) for one in (run, moved)]
    assert "4111" not in json.dumps(documents[0])
    for document, version in zip(documents, (1, 2), strict=True):
        [earlier] = (await flow.runs.load(document)).earlier
        assert (earlier["generation"], earlier["version"]) == (1, version)
        assert [entry["kind"] for entry in earlier["history"]][:2] == ["start", "outcome"]
        assert earlier["commands"][0]["kind"] == "do"
    assert (await (await flow.runs.load(documents[0])).replay()).same


async def test_a_document_whose_earlier_generations_are_damaged_is_refused(clerk: AgentHandle, flow: AgentFlow) -> None:
    document = await (await ended(clerk, GOES_ON)).export()
    for wrong in ([5], [{"generation": 1}], 5):
        with pytest.raises(UsageError, match="export it again"):
            await flow.runs.load(sealed({**document, "earlier": wrong}))


# what is sensitive

TOKEN = (
    HEAD
    + """
        card = await step.do("card", tools.orders.get(id=event.payload["id"]), sensitive=True)
        text = f"card {card['id']}"
        sent = await step.do("tell", tools.mail.send(to=text))
        kept = await step.do("keep", tools.mail.send(to=card["id"]), sensitive=True)
        return [sent, len([kept])]
"""
)


async def test_what_is_sensitive_is_nowhere_in_it_and_code_that_hands_it_on_replays(
    clerk: AgentHandle, flow: AgentFlow
) -> None:
    run = await ended(clerk, TOKEN, id="4111-2222")
    document = await run.export()
    text = json.dumps(document)
    assert "4111" not in text
    assert document["run"]["result"] == ["sent to card [sensitive 1]", 1]
    assert document["sensitive"] == ["card#1", "keep#1"]
    found = await flow.runs.load(document)
    assert found.notes == [
        "of what is sensitive (card#1, keep#1) it has placeholders: a plan that computes with them, or chooses by them,"
        " differs for that alone"
    ]
    assert (await found.replay()).same


async def test_code_that_computes_with_it_differs_and_that_is_said(clerk: AgentHandle, flow: AgentFlow) -> None:
    plan = TOKEN.replace("f\"card {card['id']}\"", "str(card['total'] + 1)")
    found = await flow.runs.load(await (await ended(clerk, plan, id="4111")).export())
    replay = await found.replay()
    assert (replay.same, replay.step) == (False, "tell#1")
    assert "placeholders" in found.notes[0]


async def test_an_approved_call_of_a_sensitive_step_replays(clerk: AgentHandle, flow: AgentFlow) -> None:
    plan = PAYS.replace('step.do("pay", agreed.call)', 'step.do("pay", agreed.call, sensitive=True)')
    run = await ended(clerk, plan, "waiting", id="4111-2222")
    [asked] = await flow.approvals.pending()
    await asked.approve("fine")
    await run.result()
    document = await run.export()
    assert "4111" not in json.dumps(document)
    [question] = document["approvals"]
    digests = [question["digest"], *(said[key] for said in question["verdicts"] for key in ("digest", "seen"))]
    assert digests == [None, None, None]  # a number of a card is soon guessed, and they would tell that it is right
    found = await flow.runs.load(document)
    assert [(step.key, step.state) for step in await found.steps()] == [("agree#1", "done"), ("pay#1", "done")]
    assert (await found.replay()).same


async def test_a_secret_that_this_house_has_learned_since_is_not_in_it(clerk: AgentHandle, flow: AgentFlow) -> None:
    run = await ended(clerk, GOES_ON, id="hunter2-hunter2")
    flow.redact.learn("KEY", "hunter2-hunter2")
    document = await run.export()
    assert document["run"]["payload"] == {"id": "[secret KEY]"}
    assert (await (await flow.runs.load(document)).replay()).same


# what is no run


def without(*path: str) -> Callable[[Document], Any]:
    def changed(document: Document) -> Document:
        at = document
        for name in path[:-1]:
            at = at[name]
        del at[path[-1]]
        return document

    return changed


def with_(value: Any, *path: str | int) -> Callable[[Document], Any]:
    def changed(document: Document) -> Document:
        at: Any = document
        for name in path[:-1]:
            at = at[name]
        at[path[-1]] = value
        return document

    return changed


WRONG: list[tuple[Callable[[Document], Any], str]] = [
    (lambda _: [], r"bug\.json is no run: `agentflow run export RUN` writes one"),
    (without("format"), "is no run"),
    (with_(2, "version"), r"was written by a newer agentflow \(format 2, this one reads 1\)"),
    (without("history"), "cut off or damaged: it has no right 'history'"),
    (with_(True, "run", "created_at"), "its run has no right 'created_at'"),
    (with_("flying", "run", "status"), "its run is 'flying', which no run is"),
    (with_([1], "commands"), "a command has no right 'turn'"),
    (with_([{"kind": "start"}], "history"), "an entry of its history has no right 'key'"),
    (without("plan", "source"), "its plan has no right 'source'"),
    (with_({"waits": [1]}, "run", "reason"), "what it waits for has no right 'for'"),
    (with_({"message": "half"}, "run", "progress"), "what it said has no right 'at'"),
    (with_({"undone": []}, "run", "rollback"), "what was undone has no right 'left'"),
    (with_({"type": "KeyError"}, "run", "error"), "its error has no right 'message'"),
    (with_(5, "history", 1, "body"), "tells of no run that can have been"),
    (with_(json.loads("[" * 200 + "]" * 200), "run", "payload"), "nested too deeply"),
]


async def test_what_is_no_run_is_refused_in_a_line(clerk: AgentHandle, flow: AgentFlow) -> None:
    document = await (await ended(clerk, office.READS)).export()
    for change, said in WRONG:
        with pytest.raises(UsageError, match=said) as refused:
            await flow.runs.load(change(deepcopy(document)), "bug.json")
        assert "\n" not in str(refused.value)


async def test_one_that_was_edited_is_read_and_says_so(clerk: AgentHandle, flow: AgentFlow) -> None:
    document = await (await ended(clerk, GOES_ON)).export()
    document["run"]["result"][0] = 7
    found = await flow.runs.load(document)
    assert found.notes == ["it was edited since it was exported: what it tells may never have been"]
    differs = await found.replay()
    assert (differs.was, differs.now) == ("the result of the run", "ends otherwise")
    assert (await flow.runs.load(sealed(document))).notes == []


async def test_code_in_it_is_checked_and_compiled_anew(clerk: AgentHandle, flow: AgentFlow) -> None:
    document = await (await ended(clerk, GOES_ON)).export()
    document["plan"]["source"] = "import os\n" + GOES_ON
    found = await flow.runs.load(document)
    with pytest.raises(PlanRefused) as refused:
        await found.replay()
    assert refused.value.findings[0].line == 1


async def test_another_python_is_noted_and_a_newer_plan_api_refused(clerk: AgentHandle, flow: AgentFlow) -> None:
    document = await (await ended(clerk, GOES_ON)).export()
    document["plan"] |= {"python": "2.7", "api": 9}
    found = await flow.runs.load(sealed(document))
    assert found.notes[0].startswith("it ran on Python 2.7, and this is 3.")
    with pytest.raises(Conflict, match="needs plan API 9, and this agentflow has 1"):
        await found.replay()
    assert (await found.replay(GOES_ON)).same


async def test_nothing_sensitive_is_left_of_what_was_asked_decided_retried_and_undone() -> None:
    """A question of a sensitive step, an edit, an unknown outcome with a person's word for it, a delay, an undoing."""
    plan = (
        HEAD
        + """
        def slower(attempt, error):
            return attempt * 2

        id = (await step.do("load", tools.orders.get(id=event.payload["id"]), sensitive=True))["id"]
        paid = await step.do("pay", tools.payments.refund(id=id), sensitive=True, retries={"limit": 2, "delay": slower},
                             rollback=lambda reference: tools.mail.send(to=reference))
        letter = tools.mail.send(to=f"{id}@example.com")
        agreed = await step.wait_for_approval("agree", f"Write to {id}?", call=letter, details={"card": id})
        await step.do("tell", agreed.call)
        raise KeyError(paid)
"""
    )
    async with TestFlow(tools=office.tools()) as flow:
        flow.skip_retry_delays()
        flow.steps("pay").raises(ConnectionError("4111-2222 is busy")).times_out().returns("unused")
        run = await flow.run(plan, {"id": "4111-2222"})
        await (await flow.question()).approve("4111-2222 is right")
        await (await flow.question()).happened("paid-9876-5432")
        await (await flow.question()).approve("so", args={"to": "4111-2222@example.org"})
        await run.error()
        document = await run.export()
        text = json.dumps(document)
        assert [word for word in ("4111", "9876-5432") if word in text] == []
        assert sorted(one["kind"] for one in document["approvals"]) == ["call", "call", "outcome"]
        found = await flow.runs.load(document)
        states = {step.key: (step.state, step.attempts) for step in await found.steps()}
        assert states == {step.key: (step.state, step.attempts) for step in await run.steps()}
        assert states["pay#1/undo"][0] == "done"
        assert (await found.replay()).same
