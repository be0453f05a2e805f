"""Runs looked back at: their history replayed on their own code or another, and where they stood at a step."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from agentflow.app import AgentFlow, AgentHandle, RunHandle
from agentflow.errors import Conflict, GuestError, NotFound, PlanRefused
from agentflow.records import Json, RunStatus
from agentflow.records.moments import Looked, Moment, Name

from ..fakes.afar import everywhere
from ..fakes.waiting import until
from ..fakes.worker import file

BODY = """
        order = await step.do("load", tools.orders.get(id=event.payload["id"]))
        total, note = order["total"], Note("kept")
        self.seen = [total]
        await step.sleep("rest", {rest})
        sent = await step.do("tell", tools.mail.send(to="ada"))
        return [total, sent]
"""
HEAD = """from dataclasses import dataclass

from agentflow import Workflow, tools


@dataclass
class Note:
    text: str


class Plan(Workflow):
    \"\"\"Does what was asked.\"\"\"

    async def run(self, event, step):"""
SLEEPS = HEAD + BODY.format(rest='"1 day"')
GOES_ON = HEAD + BODY.format(rest="0")


async def started(clerk: AgentHandle, plan: str, status: RunStatus) -> RunHandle:
    await clerk.register(plan)
    run = await clerk.start({"id": "17"})

    async def reached() -> bool:
        return (await run.refresh()).status == status

    await until(reached)
    return run


def held(moment: Moment) -> dict[str, Any]:
    return {name.name: name.value if name.shown else name.type for name in moment.branches[0].places[-1].names}


@everywhere
async def test_a_history_is_as_its_own_code_does_it(clerk: AgentHandle, flow: AgentFlow) -> None:
    """Of a run that has ended, to its end; of one that sleeps, as far as it came. Nothing is done or stored."""
    for plan, status in ((SLEEPS, "sleeping"), (GOES_ON, "completed")):
        run = await started(clerk, plan, status)  # type: ignore[arg-type]
        before = (await run.refresh(), await run.history())
        found = await run.replay()
        assert (found.same, found.turns, found.moment) == (True, found.of, None)
        assert (await run.refresh(), await run.history()) == before


@everywhere
async def test_it_is_told_where_a_run_stood_before_a_step(clerk: AgentHandle, flow: AgentFlow) -> None:
    run = await started(clerk, GOES_ON, "completed")
    moment = await run.at("tell")
    assert (moment.step, moment.turn, moment.next) == ("tell#1", 3, ())
    assert GOES_ON.splitlines()[(moment.line or 0) - 1].strip().startswith("sent = await")
    assert held(moment) == {
        "self.seen": [120],
        "order": {"id": "17", "total": 120},
        "total": 120,
        "note": "Note",
    }
    assert [(step.key, step.state) for step in moment.recorded] == [("load#1", "done"), ("rest#1", "done")]
    assert moment.branches[0].waits == "tell#1"
    first = await run.at("load")
    assert (held(first), first.recorded, first.turn) == ({}, (), 1)


@everywhere
async def test_another_plan_is_told_apart_at_the_first_turn_that_differs(clerk: AgentHandle, flow: AgentFlow) -> None:
    run = await started(clerk, GOES_ON, "completed")
    other = GOES_ON.replace('tools.mail.send(to="ada")', 'tools.mail.send(to="bob")')
    found = await run.replay(other)
    assert (found.same, found.turns, found.of, found.step) == (False, 2, 4, "tell#1")
    assert other.splitlines()[(found.line or 0) - 1].strip().startswith("sent = await")
    assert (found.was, found.now) == (
        'do tell#1 ["mail.send", {"to": "ada"}]',
        'asks for do tell#1 ["mail.send", {"to": "bob"}]',
    )
    assert (await run.replay(other, to="rest")).same
    same = await run.replay(GOES_ON.replace("kept", "other words"))
    assert same.same


@everywhere
async def test_a_plan_that_ends_otherwise_differs_at_the_end(clerk: AgentHandle, flow: AgentFlow) -> None:
    run = await started(clerk, GOES_ON, "completed")
    for change, said in (
        ("return [total, sent]", ""),
        ("return total", "ends otherwise"),
        ('await step.sleep("more", 1)', "asks for sleep more#1"),
        ('raise KeyError("x")', "ends otherwise"),
    ):
        found = await run.replay(GOES_ON.replace("return [total, sent]", change))
        assert (found.same, (found.now or "").partition(" {")[0]) == (not said, said), change


@everywhere
async def test_a_run_that_failed_replays_to_its_failure(clerk: AgentHandle, flow: AgentFlow) -> None:
    failing = GOES_ON.replace("return [total, sent]", 'raise KeyError("x")')
    run = await started(clerk, failing, "failed")
    assert (await run.replay()).same
    mended = await run.replay(GOES_ON)
    assert (mended.same, mended.was, mended.now) == (False, "the failure of the run", "ends without an error")


async def test_a_moment_that_a_plan_never_comes_to_cannot_be_shown(clerk: AgentHandle, flow: AgentFlow) -> None:
    run = await started(clerk, GOES_ON, "completed")
    with pytest.raises(NotFound, match="has not started a step more#1: it started load#1, rest#1, tell#1"):
        await run.at("more")
    found = await run.replay(GOES_ON.replace('"load"', '"fetch"'), to="tell")
    assert (found.same, found.turns, found.moment) == (False, 0, None)


async def test_a_plan_that_the_checks_refuse_is_not_replayed(clerk: AgentHandle, flow: AgentFlow) -> None:
    run = await started(clerk, GOES_ON, "completed")
    with pytest.raises(PlanRefused, match=r"orders\.fetch"):
        await run.replay(GOES_ON.replace("orders.get", "orders.fetch"))


async def test_code_that_has_changed_under_a_run_cannot_show_where_it_stood(
    clerk: AgentHandle, flow: AgentFlow
) -> None:
    run = await started(clerk, GOES_ON, "completed")
    other = await clerk.register(GOES_ON.replace('"rest", 0', '"rest", 1'))
    with closing(sqlite3.connect(file(flow))) as rows, rows:  # as nobody does who uses verbs
        rows.execute("UPDATE runs SET version = ?", (other.number,))
    await run.refresh()
    with pytest.raises(Conflict, match="cannot be shown there: its code differs from its history in turn 2"):
        await run.at("tell")


async def test_a_look_that_fails_is_no_difference_of_the_code(
    clerk: AgentHandle, flow: AgentFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(response: Json) -> Looked:
        raise GuestError("the plan's process could not be read")

    run = await started(clerk, GOES_ON, "completed")
    monkeypatch.setattr("agentflow.sandbox.commands.looked", broken)
    with pytest.raises(GuestError, match="the plan's process could not be read"):
        await run.at("tell")
    assert (await run.replay()).same


async def test_what_is_sensitive_is_not_told_by_a_name_that_holds_it(clerk: AgentHandle, flow: AgentFlow) -> None:
    plan = GOES_ON.replace('event.payload["id"]))', 'event.payload["id"]), sensitive=True)')
    run = await started(clerk, plan.replace("return [total, sent]", "return sent"), "completed")
    told = held(await run.at("tell"))
    assert told["order"] == {"id": "[redacted]", "total": "[redacted]"}
    assert (told["total"], told["self.seen"]) == ("[redacted]", ["[redacted]"])


async def test_each_branch_of_a_group_is_told_that_of_the_step_first(clerk: AgentHandle, flow: AgentFlow) -> None:
    plan = (
        HEAD
        + """
        async def one(number):
            await step.sleep(f"rest {number}", 1000)
            return number

        await step.map(one, [1, 2, 3])
"""
    )
    run = await started(clerk, plan, "sleeping")
    moment = await run.at("rest 2")
    waits = [(branch.waits, [place.function for place in branch.places]) for branch in moment.branches]
    assert waits == [("rest 2#1", ["one"]), (None, ["run"]), ("rest 1#1", ["one"]), ("rest 3#1", ["one"])]
    assert moment.branches[0].places[0].names == (Name("number", "int", 2, 1),)
    assert set(moment.next) == {"rest 1#1", "rest 3#1"}


async def test_what_has_no_name_is_no_step_to_look_at(clerk: AgentHandle, flow: AgentFlow) -> None:
    """A branch may have told how far it is, in the very turn in which another one starts the step."""
    plan = (
        HEAD
        + """
        async def tells():
            await step.progress("half")
            await step.sleep("rest", 1000)

        await step.gather(step.sleep("#1", 1000), tells())
"""
    )
    run = await started(clerk, plan, "sleeping")
    moment = await run.at("#1#1")
    assert [branch.waits for branch in moment.branches if branch.places[-1].function == "tells"] == [None]
    assert [step.key for step in (await run.at("rest")).recorded] == ["#1#1"]
    for nameless in ("", "#1"):
        with pytest.raises(NotFound, match="has not started a step #1: it started #1#1, rest#1"):
            await run.at(nameless)
        with pytest.raises(NotFound, match="has not started a step #1: it started #1#1, rest#1"):
            await run.restart(nameless)


async def test_what_is_large_or_no_value_is_told_by_its_size_and_class(clerk: AgentHandle, flow: AgentFlow) -> None:
    plan = (
        HEAD
        + """
        large, strange, empty = "x" * 5000, {1, 2}, None
        await step.sleep("rest", 1000)
        return [large, len(strange), empty]
"""
    )
    run = await started(clerk, plan, "sleeping")
    names = (await run.at("rest")).branches[0].places[0].names
    assert [(name.name, name.type, name.value, name.size) for name in names] == [
        ("large", "str", None, 5002),
        ("strange", "set", None, None),
        ("empty", "NoneType", None, 4),
    ]
