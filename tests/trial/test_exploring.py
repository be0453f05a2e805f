"""All ways through a plan, as far as they are worth it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from agentflow.app import AgentFlow
from agentflow.app.exploring import Exploration, Take
from agentflow.guest.answers import Approval, Event
from agentflow.guest.exceptions import ApprovalExpired, ApprovalRejected, StepFailed, StepTimeout, WaitTimeout
from agentflow.records import ToolSpec
from agentflow.trial import Answer, Given, Say, Walk
from agentflow.trial.report import _OURS, Trial, findings, when

from .conftest import plan

pytestmark = pytest.mark.asyncio(loop_scope="module")

TELL = 'await step.do("tell", tools.mail.send(to="ada@example.com"))'


async def explored(flow: AgentFlow, *body: str, most: int = 32, **given: Any) -> Trial:
    return await flow.trials.explore(plan(*body), Given(**given), most=most)


def ends(trial: Trial) -> list[tuple[str, str, str]]:
    return [(when(path.walk).removeprefix(", when "), path.walk.outcome, path.verdict) for path in trial.paths]


async def test_people_decide_both_ways_and_not_at_all(flow: AgentFlow) -> None:
    trial = await explored(flow, "try:", f"    {TELL}", "except ApprovalRejected:", '    return "no"')
    assert ends(trial) == [
        ("'tell' is approved", "completed", "fine"),
        ("'tell' is rejected", "completed", "fine"),
        ("'tell' is not decided in time", "failed", "fine"),
    ]
    assert (trial.left, trial.failed, trial.missed) == (0, False, ())


async def test_what_is_given_is_met_on_every_way(flow: AgentFlow) -> None:
    trial = await explored(flow, TELL, TELL, decisions={"tell#1": Say()})
    assert [when(path.walk) for path in trial.paths] == [
        ", when 'tell' is approved",
        ", when 'tell' is rejected",
        ", when 'tell' is not decided in time",
    ]


async def test_a_step_that_is_minded_fails_once(flow: AgentFlow) -> None:
    body = (
        'await step.do("first", tools.orders.find(text="x"))',
        "try:",
        '    found = await step.do("load", tools.orders.get(id="1"))',
        "except StepFailed:",
        "    pass",
        'return found["id"]',
    )
    trial = await explored(flow, *body)
    assert ends(trial) == [("", "completed", "fine"), ("'load' fails", "failed", "fault")]
    [finding] = findings(trial)
    assert (finding.code, finding.severity, finding.line) == ("AF951", "error", 11)
    assert finding.message.startswith("UnboundLocalError: cannot access local variable 'found'")
    assert finding.message.endswith("so the run fails, when 'load' fails")
    assert trial.summary() == {"paths": 2, "fault": 1, "unsure": 0, "left": 0, "missed": []}


async def test_what_is_to_be_undone_is_a_reason_to_fail(flow: AgentFlow) -> None:
    body = (
        'await step.do("pay", tools.bank.pay(amount=5), rollback=lambda r: tools.bank.cancel(reference="r"))',
        'await step.do("load", tools.orders.get(id="1"))',
    )
    trial = await explored(flow, *body)
    assert [sorted(path.walk.failing) for path in trial.paths] == [[], ["pay#1"], ["load#1"]]
    assert [call.tool for call in trial.paths[2].walk.calls] == ["bank.pay", "bank.cancel"]


async def test_a_key_that_no_schema_has_is_found_for_sure(flow: AgentFlow) -> None:
    trial = await explored(flow, 'order = await step.do("load", tools.orders.get(id="1"))', 'return order["sum"]')
    [finding] = findings(trial)
    assert (finding.line, finding.message) == (7, "KeyError: 'sum': so the run fails")
    assert "the schema of the result" in finding.advice


async def test_a_payload_that_lacks_a_key_is_told_as_such(flow: AgentFlow) -> None:
    [finding] = findings(await explored(flow, 'return event.payload["id"]', payload={"name": "ada"}))
    assert finding.advice == "The payload of this goal has no 'id': read what it has, or use event.payload.get('id')."


async def test_what_the_plan_api_lacks_is_told_with_what_it_has(flow: AgentFlow) -> None:
    body = (
        "try:",
        '    await step.do("pay", tools.bank.pay(amount=5))',
        "except StepFailed as failed:",
        "    return failed.why",
    )
    [finding] = findings(await explored(flow, *body))
    assert finding.message.startswith(
        "AttributeError: 'StepFailed' object has no attribute 'why': so the run fails, when"
    )
    assert finding.advice == "StepFailed has step, attempts, type, message, data: use one of these."


@pytest.mark.parametrize(
    "kind", [StepFailed, ApprovalRejected, ApprovalExpired, WaitTimeout, StepTimeout, Approval, Event]
)
async def test_what_is_said_of_the_plan_api_is_so(kind: type[Any]) -> None:
    has = vars(kind("x")) if issubclass(kind, Exception) else kind.__dataclass_fields__
    assert {name.strip() for name in _OURS[kind.__name__].split(",")} == set(has)


async def test_an_error_is_told_once(flow: AgentFlow) -> None:
    body = ('await step.ask("go", "Go?")', "return {}['x']")
    trial = await explored(flow, *body)
    assert [path.verdict for path in trial.paths] == ["fault", "fine"]
    trial = await explored(flow, 'await step.ask("go", "Go?", default="no")', "return {}['x']")
    assert [path.verdict for path in trial.paths] == ["fault", "fault"]
    assert len([*findings(trial)]) == 1


async def test_untyped_values_are_guessed_until_a_plan_goes_through(flow: AgentFlow) -> None:
    body = (
        'found = await step.do("find", tools.orders.find(text=event.payload["text"]))',
        "total = 0",
        'for line in found["lines"]:',
        '    total += line["count"] * found["customer"]["rate"]',
        "if total > 100:",
        f"    {TELL}",
        'return found["id"].upper()',
    )
    trial = await explored(flow, *body)
    assert ends(trial) == [("", "completed", "fine")]
    assert trial.paths[0].walk.guessed == ("payload", "orders.find")
    assert [(node.kind, node.name) for node in trial.missed] == [("do", "tell")]


async def test_what_cannot_be_guessed_is_no_fault(flow: AgentFlow) -> None:
    body = ('found = await step.do("find", tools.orders.find(text="x"))', 'return {"a": 1}[found["state"].lower()]')
    trial = await explored(flow, *body)
    assert ends(trial) == [("", "failed", "unsure")]
    assert [*findings(trial)] == []


async def test_a_given_answer_is_real(flow: AgentFlow) -> None:
    body = ('found = await step.do("find", tools.orders.find(text="x"))', 'return found["a"]')
    trial = await explored(flow, *body, payload={}, answers={"orders.find": [Answer({"b": 1})]})
    assert ends(trial) == [("", "failed", "fault")]


async def test_it_says_how_many_ways_it_did_not_take(flow: AgentFlow) -> None:
    body = ("while True:", '    await step.ask("again", "?", answer=["yes", "no"], default="no")')
    trial = await explored(flow, *body, most=2, most_items=50)
    assert [path.walk.outcome for path in trial.paths] == ["limit", "limit"]
    assert trial.left > 10
    assert trial.summary()["left"] == trial.left


async def test_it_ends_when_its_time_is_over(flow: AgentFlow) -> None:
    stage = await flow.trials.stage(plan(TELL))
    assert (await stage.explore(seconds=0.0)).paths == ()


async def test_no_walk_has_more_time_than_is_left_for_all() -> None:
    seconds: list[float] = []

    async def take(given: Given, way: Sequence[int]) -> Walk:
        seconds.append(given.seconds)
        return STOPPED

    await Exploration(take, "", None, Given()).work(1, 3.0)
    await Exploration(take, "", None, Given(seconds=1.0)).work(1, 60.0)
    others = len(seconds) // 2
    assert others > 1
    assert max(seconds[:others]) <= 3.0
    assert set(seconds[others:]) == {1.0}


async def test_what_is_given_to_fail_fails_on_every_way(flow: AgentFlow) -> None:
    body = (
        "for name in ('load', 'look'):",
        "    try:",
        '        await step.do(name, tools.orders.get(id="1"))',
        "    except StepFailed:",
        "        pass",
    )
    trial = await explored(flow, *body, failing=frozenset({"load#1"}))
    assert [sorted(path.walk.failing) for path in trial.paths] == [["load#1"], ["load#1", "look#1"]]


async def test_many_choices_are_told_in_short(flow: AgentFlow) -> None:
    body = ('return [await step.ask(f"q{i}", "?", answer=["yes", "no"]) for i in range(9)]',)
    [path] = (await explored(flow, *body, most=1)).paths
    assert when(path.walk).split(", ") == [
        "", "when 'q0' is \"yes\"", "'q1' is \"yes\"", "...",
        "'q5' is \"yes\"", "'q6' is \"yes\"", "'q7' is \"yes\"", "'q8' is \"yes\"",
    ]  # fmt: skip


async def test_events_that_are_made_up_come_to_an_end(flow: AgentFlow) -> None:
    """A plan that waits in a loop for what never comes, such as an answer of everybody, goes on after a few."""
    body = (
        "got = []",
        "try:",
        '    while "ada" not in got:',
        '        got.append((await step.wait_for_event("answer", "answer")).payload["who"])',
        "except WaitTimeout:",
        "    return len(got)",
    )
    trial = await explored(flow, *body)
    assert sorted(path.walk.result for path in trial.paths) == [0, 1, 2, 3, 4, 5]
    assert (trial.left, trial.failed) == (0, False)


async def test_what_is_in_a_list_is_guessed_too(flow: AgentFlow) -> None:
    body = ('found = await step.do("all", tools.orders.every(since="x"))', 'return [one["id"] for one in found]')
    [path] = (await explored(flow, *body)).paths
    assert path.walk.result == ["stub id"]


async def test_an_open_object_gets_the_keys_that_are_missed(flow: AgentFlow) -> None:
    body = ('paid = await step.do("pay", tools.bank.pay(amount=5))', 'return [paid["reference"], "x"]')
    [path] = (await explored(flow, *body)).paths
    assert path.walk.result == ["stub reference", "x"]


async def test_a_text_of_which_a_pattern_says_more_stays_as_it_is(flow: AgentFlow) -> None:
    spec = ToolSpec("iban.of", "", {"type": "object", "properties": {}}, {"type": "string", "pattern": "^DE"})
    trial = await flow.trials.explore(plan('return await step.do("look", tools.iban.of())'), tools=[spec])
    assert [(path.walk.result, path.walk.guessed) for path in trial.paths] == [("stub", ("iban.of",))]


def stumbles(walks: dict[frozenset[str], Walk], taken: list[frozenset[str]]) -> Take:
    """A plan that goes as far as what knows the key `id` leads it."""

    async def take(given: Given, way: Sequence[int]) -> Walk:
        knows = frozenset(source for source in ("a", "b") if given.guesses.knows([source], "id"))
        taken.append(knows)
        return walks.get(knows, walks[frozenset()])

    return take


STOPPED = Walk("failed", error={"type": "KeyError", "message": "'id'", "kind": "Error"}, guessed=("a", "b"))


async def test_a_key_is_given_to_one_source_then_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[frozenset[str]] = []
    take = stumbles({frozenset(): STOPPED, frozenset("ab"): Walk("completed")}, taken)
    [path] = (await Exploration(take, "", None, Given()).work(1, 60.0)).paths
    assert path.walk.outcome == "completed"
    assert taken == [frozenset(), frozenset("b"), frozenset("a"), frozenset("ab")]
    taken.clear()
    monkeypatch.setattr("agentflow.app.exploring.MOST_GUESSES", 1)
    [path] = (await Exploration(take, "", None, Given()).work(1, 60.0)).paths
    assert (path.verdict, taken) == ("unsure", [frozenset(), frozenset("b")])
