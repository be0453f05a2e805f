"""One walk through a plan: the real code and the real dispatch; time, tools and people are played."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agentflow.app import AgentFlow
from agentflow.errors import Diverged, PlanRefused, UsageError
from agentflow.records import ToolSpec
from agentflow.trial import Answer, Coming, Given, Say, Walk

from .conftest import plan

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAY = 'await step.do("pay", tools.bank.pay(amount=5))'
TELL = 'await step.do("tell", tools.mail.send(to="ada@example.com"))'


async def walked(flow: AgentFlow, *body: str, way: Sequence[int] = (), **given: Any) -> Walk:
    return await (await flow.trials.stage(plan(*body))).walk(Given(**given), way)


def steps(walk: Walk) -> list[tuple[str, str, int]]:
    return [(step.key, step.state, step.attempts) for step in walk.steps]


async def test_what_tools_answer_is_made_from_their_schemas(flow: AgentFlow) -> None:
    walk = await walked(
        flow, 'return await step.do("load", tools.orders.get(id=event.payload["id"]))', payload={"id": "17"}
    )
    assert walk.outcome == "completed"
    assert walk.result == {"id": "stub id", "total": {"$decimal": "1.00"}, "lines": ["stub lines"]}
    [call] = walk.calls
    assert (call.tool, call.args, call.step, call.attempt, call.outcome) == (
        "orders.get",
        {"id": "17"},
        "load",
        1,
        "ok",
    )
    assert (walk.made_up, walk.guessed) == (("orders.get",), ())


async def test_a_result_of_which_no_schema_speaks_is_a_guess(flow: AgentFlow) -> None:
    walk = await walked(flow, 'return await step.do("find", tools.orders.find(text="x"))')
    assert walk.guessed == ("orders.find",)


async def test_answers_are_given_in_order_and_the_last_goes_on(flow: AgentFlow) -> None:
    body = ('return [await step.do("find", tools.orders.find(text="x")) for _ in range(3)]',)
    walk = await walked(flow, *body, answers={"orders.find": [Answer(1), Answer(Decimal("2.5"))]})
    assert walk.result == [1, {"$decimal": "2.5"}, {"$decimal": "2.5"}]
    assert walk.made_up == ()


async def test_answers_may_be_for_certain_arguments_only(flow: AgentFlow) -> None:
    body = ('return [await step.do("find", tools.orders.find(text=text)) for text in "abab"]',)
    given = [Answer(1, when={"text": "b"}), Answer(2, when={"text": "b"}), Answer(9)]
    walk = await walked(flow, *body, answers={"orders.find": given})
    assert walk.result == [9, 1, 9, 2]


async def test_a_tool_that_fails_is_tried_again_after_its_delay(flow: AgentFlow) -> None:
    walk = await walked(flow, f"return {PAY}", answers={"bank.pay": [Answer(fails="busy"), Answer({"reference": "r"})]})
    assert (walk.outcome, walk.result, walk.seconds) == ("completed", {"reference": "r"}, 10.0)
    assert [(call.attempt, call.outcome, call.result) for call in walk.calls] == [
        (1, "failed", None),
        (2, "ok", {"reference": "r"}),
    ]


async def test_an_error_has_the_name_that_is_given(flow: AgentFlow) -> None:
    answers = {"bank.pay": [Answer(fails="no money", type="NonRetryableError")]}
    walk = await walked(flow, PAY, answers=answers)
    assert walk.error["type"] == "NonRetryableError"
    assert steps(walk) == [("pay#1", "failed", 1)]
    walk = await walked(flow, 'await step.do("pay", tools.bank.pay(amount=5), retries={"limit": 0})',
                        answers={"bank.pay": [Answer(fails="no", type="Broke")]})  # fmt: skip
    assert (walk.error["kind"], walk.error["type"], walk.error["line"]) == ("StepFailed", "Broke", 6)


async def test_where_nobody_knows_whether_it_happened_a_person_is_asked(flow: AgentFlow) -> None:
    answers = {"bank.pay": [Answer(fails="cut off", unknown=True), Answer({"reference": "r"})]}
    walk = await walked(flow, f"return {PAY}", answers=answers)
    assert [(one.kind, one.said) for one in walk.asked] == [("outcome", "not_happened")]
    assert [call.outcome for call in walk.calls] == ["unknown", "ok"]
    happened = await walked(flow, f"return {PAY}", answers=answers, way=(1,))
    assert (happened.outcome, len(happened.calls)) == ("completed", 1)
    given_up = await walked(flow, f"return {PAY}", answers=answers, way=(2,))
    assert given_up.error["kind"] == "StepFailed"
    told = await walked(flow, f"return {PAY}", answers=answers, decisions={"pay": Say("happened", {"reference": "x"})})
    assert told.result == {"reference": "x"}


async def test_people_approve_reject_or_let_it_be(flow: AgentFlow) -> None:
    approved, rejected, expired = [await walked(flow, TELL, way=(way,)) for way in range(3)]
    assert [call.tool for call in approved.calls] == ["mail.send"]
    assert approved.asked[0].order < approved.calls[0].order
    assert (rejected.error["type"], rejected.calls) == ("ApprovalRejected", ())
    assert (expired.error["type"], expired.asked[0].said, expired.seconds) == ("ApprovalExpired", "expired", 7 * 86_400)
    [choice] = rejected.choices
    assert (choice.what, choice.way, choice.line) == ("approval tell", "is rejected", 6)


@pytest.mark.parametrize("pattern", ["tell", "tell#1", "*may mail.send*", "mail.*", "*"])
async def test_a_decision_is_given_by_question_step_or_tool(flow: AgentFlow, pattern: str) -> None:
    walk = await walked(flow, TELL, decisions={"other": Say(), pattern: Say("reject", comment="no")})
    assert (walk.error["reason"], walk.choices) == ("no", ())
    assert (walk.asked[0].said, walk.asked[0].comment) == ("reject", "no")


async def test_an_answer_is_one_of_the_choices_or_none_at_all(flow: AgentFlow) -> None:
    body = ('return await step.ask("colour", "Which?", answer=["red", "blue"], default="grey")',)
    walks = [await walked(flow, *body, way=(way,)) for way in range(3)]
    assert [walk.result for walk in walks] == ["red", "blue", "grey"]
    assert walks[0].choices[0].options == ('is "red"', 'is "blue"', "is not decided in time")


async def test_an_answer_that_is_no_choice_is_made_from_its_schema(flow: AgentFlow) -> None:
    walk = await walked(flow, 'return await step.ask("why", "Why?")')
    assert (walk.result, walk.made_up) == ("stub why", ("answer why",))
    yes = await walked(flow, 'return await step.ask("go", "Go?", answer={"type": "boolean"})', way=(1,))
    assert yes.result is False


async def test_an_answer_that_does_not_fit_is_refused(flow: AgentFlow) -> None:
    with pytest.raises(UsageError, match="step 'colour' cannot be said: the answer does not fit"):
        await walked(flow, 'await step.ask("colour", "?", answer=["red"])', decisions={"*": Say("answer", "blue")})


async def test_an_event_comes_or_not(flow: AgentFlow) -> None:
    body = (
        'got = await step.wait_for_event("parcel", "parcel", where={"id": "7"}, timeout="2 days")',
        "return got.payload",
    )
    came, missing = [await walked(flow, *body, payload={}, way=(way,)) for way in range(2)]
    assert came.result["id"] == "7"
    assert came.guessed == ("event parcel",)
    assert (missing.error["type"], missing.seconds) == ("WaitTimeout", 2 * 86_400)


async def test_one_of_several_types_comes(flow: AgentFlow) -> None:
    walk = await walked(flow, 'return (await step.wait_for_event("news", ["good", "bad"])).type', way=(1,))
    assert (walk.result, walk.choices[0].way) == ("bad", "is bad")


async def test_given_events_come_at_their_moments_and_no_others(flow: AgentFlow) -> None:
    body = (
        'first = await step.wait_for_event("one", "news", timeout="1 day")',
        "try:",
        '    await step.wait_for_event("two", "news", timeout="1 day")',
        "except WaitTimeout:",
        "    return [first.payload, first.timestamp]",
    )
    walk = await walked(flow, *body, events=[Coming("news", {"n": 1}, after=3600)])
    assert walk.result == [{"n": 1}, {"$datetime": datetime.fromtimestamp(1_800_003_600, UTC).isoformat()}]
    assert (walk.seconds, walk.choices) == (3600 + 86_400, ())


async def test_time_moves_to_what_is_due_next(flow: AgentFlow) -> None:
    body = (
        'name, _ = await step.race(late=step.sleep("long", "3 days"), soon=step.sleep("short", "1 hour"))',
        "return [name, step.now()]",
    )
    walk = await walked(flow, *body, start=1_700_000_000.0)
    assert walk.result == ["soon", {"$datetime": datetime.fromtimestamp(1_700_003_600, UTC).isoformat()}]


async def test_a_person_who_says_nothing_loses_a_race_against_time(flow: AgentFlow) -> None:
    body = (
        'name, _ = await step.race(person=step.ask("go", "Go?"), clock=step.sleep("short", "1 hour"))',
        "return name",
    )
    assert [(await walked(flow, *body, way=(way,))).result for way in range(2)] == ["person", "clock"]


async def test_both_tools_of_a_race_are_called(flow: AgentFlow) -> None:
    body = (
        'one, two = step.do("a", tools.orders.find(text="a")), step.do("b", tools.orders.find(text="b"))',
        "return (await step.race(one=one, two=two))[0]",
    )
    walk = await walked(flow, *body)
    assert (walk.result, len(walk.calls)) == ("one", 2)


async def test_the_function_of_a_step_runs_with_stand_ins(flow: AgentFlow) -> None:
    body = (
        "async def sum_up():",
        '    return (await tools.orders.get(id="1"))["total"] + 1',
        'return await step.do("sum", sum_up)',
    )
    walk = await walked(flow, *body)
    assert walk.result == {"$decimal": "2.00"}
    assert [(call.step, call.tool) for call in walk.calls] == [("sum", "orders.get")]


async def test_a_step_may_be_made_to_fail(flow: AgentFlow) -> None:
    body = ("try:", f"    {PAY}", "except StepFailed as failed:", "    return failed.type")
    walk = await walked(flow, *body, failing=frozenset({"pay#1"}))
    assert (walk.result, walk.calls, walk.failing) == ("MadeToFail", (), frozenset({"pay#1"}))


async def test_what_was_done_is_undone(flow: AgentFlow) -> None:
    body = (
        'await step.do("pay", tools.bank.pay(amount=5), rollback=lambda r: tools.bank.cancel(reference="r"))',
        'raise ValueError("no")',
    )
    walk = await walked(flow, *body)
    assert [(call.tool, call.step) for call in walk.calls] == [("bank.pay", "pay"), ("bank.cancel", "pay")]
    assert walk.rollback["undone"] == ["pay#1"]


async def test_what_is_delegated_ends_as_it_is_given(flow: AgentFlow) -> None:
    body = ('return await step.delegate("hand over", "clerk", payload={"n": 1})',)
    assert (await walked(flow, *body, payload={})).guessed == ("agent:clerk",)
    walk = await walked(flow, *body, answers={"agent:clerk": [Answer("done", when={"n": 1})]})
    assert walk.result == "done"
    failed = await walked(flow, *body, answers={"agent:clerk": [Answer(fails="gone home")]})
    assert (failed.error["kind"], failed.error["message"]) == ("StepFailed", "gone home")


async def test_a_run_that_continues_as_new_goes_on(flow: AgentFlow) -> None:
    body = (
        'n = event.payload.get("n", 0)',
        'await step.sleep("nap", "1 hour")',
        "if n < 2:",
        '    await step.continue_as_new({"n": n + 1})',
        'return (await step.wait_for_event("last", "word")).payload',
    )
    walk = await walked(flow, *body, events=[Coming("word", "early")])
    assert (walk.result, walk.generations, walk.seconds) == ("early", 3, 3 * 3600)
    assert len(walk.steps) == 4


async def test_what_goes_on_and_on_is_given_up(flow: AgentFlow) -> None:
    body = ("while True:", '    await step.sleep("nap", "1 hour")')
    walk = await walked(flow, *body, most_items=20)
    assert (walk.outcome, len(walk.steps)) == ("limit", 20)
    assert (await walked(flow, *body, seconds=0.0)).outcome == "limit"


async def test_what_nothing_moves_on_is_stuck(flow: AgentFlow) -> None:
    answers = {"bank.pay": [Answer(fails="cut off", unknown=True)]}
    walk = await walked(flow, PAY, answers=answers, decisions={"*": Say("expire")})
    assert (walk.outcome, walk.asked[0].said) == ("stuck", "pending")


async def test_an_error_of_the_plan_has_its_line(flow: AgentFlow) -> None:
    walk = await walked(flow, 'return event.payload["missing"]', payload={})
    assert (walk.outcome, walk.error["type"], walk.error["line"]) == ("failed", "KeyError", 6)


async def test_the_same_walk_is_the_same(flow: AgentFlow) -> None:
    body = ('await step.sleep("nap", step.random())', "return [step.random(), str(step.uuid()), step.now()]")
    assert await walked(flow, *body) == await walked(flow, *body)


async def test_tools_may_be_known_by_their_description_alone(flow: AgentFlow) -> None:
    spec = ToolSpec("crm.find", "", {"type": "object", "properties": {}}, {"type": "integer"}, approval="predicate")
    walk = await flow.trials.walk(plan('return await step.do("find", tools.crm.find())'), tools=[spec])
    assert (walk.result, [one.calls[0].tool for one in walk.asked]) == (1, ["crm.find"])


async def test_a_plan_with_errors_is_refused(flow: AgentFlow) -> None:
    with pytest.raises(PlanRefused, match=r"the agent has no tool 'crm\.find'"):
        await flow.trials.walk(plan('return await step.do("find", tools.crm.find())'))


async def test_a_payload_that_is_no_json_is_refused(flow: AgentFlow) -> None:
    with pytest.raises(UsageError, match="the payload is not JSON"):
        await walked(flow, "return 1", payload={"a": {1, 2}})


async def test_nothing_is_stored(flow: AgentFlow) -> None:
    await walked(flow, TELL)
    assert [*await flow.runs.list(), *await flow.approvals.list(), *await flow.agents.list()] == []


async def test_an_event_that_comes_too_late_is_not_heard(flow: AgentFlow) -> None:
    body = ('await step.wait_for_event("parcel", "parcel", timeout="1 day")',)
    walk = await walked(flow, *body, events=[Coming("parcel", after=2 * 86_400)])
    assert (walk.error["type"], walk.seconds) == ("WaitTimeout", 86_400)


async def test_a_question_that_loses_a_race_is_not_needed_any_more(flow: AgentFlow) -> None:
    body = ('return (await step.race(person=step.ask("go", "Go?"), clock=step.sleep("short", "1 hour")))[0]',)
    walk = await walked(flow, *body, decisions={"*": Say("expire")})
    assert (walk.result, [asked.said for asked in walk.asked]) == ("clock", ["withdrawn"])


async def test_a_run_that_does_not_replay_is_told_as_such(flow: AgentFlow, monkeypatch: pytest.MonkeyPatch) -> None:
    def differs(*_: object) -> None:
        raise Diverged("step 'nap' comes in the place of 'rest'", 1)

    monkeypatch.setattr("agentflow.dispatch.compare", differs)
    walk = await walked(flow, 'await step.sleep("nap", "1 hour")')
    assert (walk.outcome, walk.error["type"]) == ("diverged", "Diverged")
    assert "in the place of" in walk.error["message"]


async def test_where_no_tool_is_known_all_that_a_plan_calls_are_stood_in_for(tmp_path: Path) -> None:
    async with AgentFlow(tmp_path / "agentflow.db", worker=False) as bare:
        walk = await bare.trials.walk(plan('return await step.do("find", tools.crm.find(name="x"))'))
    assert [(call.tool, call.args) for call in walk.calls] == [("crm.find", {"name": "x"})]
    assert walk.guessed == ("crm.find",)
