"""What a tool says in the error of a sensitive step is the plan's, and theirs who decide what came of it: no list,
history, log or export shows it. The type stays."""

from __future__ import annotations

import logging

import pytest

from agentflow import UnknownOutcome
from agentflow.records import Principal

from .harness import Stage

CARD = "4111-2222"
LOOKS = 'await step.do("card", tools.work.look(value=1), sensitive=True, retries={"limit": 0})'


class Declined(Exception):
    """A tool's own error, with more than its message."""

    def __init__(self) -> None:
        super().__init__(f"the card {CARD} was declined")
        self.data = {"card": CARD}


async def test_the_error_of_a_sensitive_step_is_shown_by_its_type_alone(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "agentflow.chronicle")
    stage.crew.will("look", Declined())
    run = await stage.start(LOOKS)
    error = await stage.error(run)
    assert (error["kind"], error["type"], error["step"]) == ("StepFailed", "Declined", "card")
    assert (error["message"], error["data"], error["fault"]) == ("[redacted]", "[redacted]", "tool")
    [step] = await run.steps()
    assert (step.error["type"], step.error["message"]) == ("Declined", "[redacted]")
    assert step.phases[-1].error["message"] == "[redacted]"
    listed = (await stage.flow.runs.list())[0]
    seen = [await run.steps(), await run.history(), listed, run.record, await run.export()]
    assert CARD not in repr(seen) + caplog.text
    assert "Declined: [redacted]" in caplog.text


async def test_the_plan_reads_it_and_what_it_says_on_is_hidden_in_the_error_of_its_run(stage: Stage) -> None:
    stage.crew.will("look", Declined())
    run = await stage.start(
        f"""
        try:
            {LOOKS}
        except StepFailed as failed:
            await step.do("tell", tools.work.keep(value=len(failed.message)))
            raise PlanFailed(f"nothing was paid: {{failed.message}}")
        """
    )
    assert (await stage.error(run))["message"] == "nothing was paid: [redacted]"
    assert stage.crew.values("keep") == [len(str(Declined()))]


async def test_an_undoing_that_fails_says_it_without_its_value(stage: Stage) -> None:
    stage.crew.will("pay", *[Declined()] * 6)
    run = await stage.start(
        """
        pays = lambda found: tools.work.pay(value=found)
        await step.do("card", tools.work.look(value=1), sensitive=True, rollback=pays)
        try:
            await step.rollback("card")
        except StepFailed as failed:
            raise PlanFailed(failed.message)
        """
    )
    stage.crew.will("pay", *[Declined()] * 6)
    error = await stage.error(run)
    assert error["message"] == "card could not be undone: [redacted]"
    assert run.record.rollback["error"]["message"] == "card could not be undone: [redacted]"
    assert CARD not in repr([await run.steps(), await run.history(), run.record])


async def test_who_decides_what_came_of_it_reads_what_the_tool_said_and_nobody_else(stage: Stage) -> None:
    stage.crew.will("pay", UnknownOutcome(f"cut off while {CARD} was charged"))
    run = await stage.start('await step.do("card", tools.work.pay(value=1), sensitive=True)')
    await stage.reach(run, "waiting")
    asked = (await stage.question()).record
    assert (asked.question, asked.details) == (
        "card: did it happen? UnknownOutcome",
        f"cut off while {CARD} was charged",
    )
    viewer = stage.flow.acting_as(Principal("eve", "default", frozenset({"viewer"})))
    [shown] = await viewer.approvals.pending()
    assert CARD not in repr(shown.record)
