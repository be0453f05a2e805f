"""What each thing tells of itself."""

from __future__ import annotations

from typing import Any

import pytest

from agentflow.errors import NotFound
from agentflow.evals.rates import Rate
from agentflow.evals.summary import RATES, Row
from agentflow.records import Approval, Call, Finding, PlanVersion
from agentflow.records.shown import Listing

from ..fakes import office
from .conftest import EVIL, Office, page, text

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_run_that_failed_tells_why_and_at_which_line(there: Office) -> None:
    said = page(there.failed).text
    assert "ValueError: <script>alert(1)</script>" in said
    assert ", line 9" in said
    assert "raise ValueError" in said
    assert "The fault is the plan's own" in said
    assert "orders.get" in text(there.failed)


async def test_a_run_that_waits_tells_for_what_at_which_line_and_who_can_move_it(there: Office) -> None:
    said = page(there.waiting).text
    assert "a person to agree, in step agree" in said
    assert "step.wait_for_approval" in said
    assert f"agentflow --db {there.flow._place} approve {there.question.id}" in said


async def test_a_run_that_is_done_shows_its_result_its_times_and_what_went_in(there: Office) -> None:
    found = page(there.done)
    assert "Result" in found.text
    assert "Inputs and outputs" in found.text
    assert any("bar is-done" in str(attributes.get("class")) for _, attributes in found.elements)


async def test_a_sleep_tells_until_when(there: Office) -> None:
    assert "the end of a sleep, in step nap" in page(there.asleep).text


async def test_a_question_tells_the_call_its_arguments_the_digest_and_how_to_decide(there: Office) -> None:
    said = page(there.question).text
    assert "It calls payments.refund" in said
    assert there.question.record.digest in said
    assert f"approve {there.question.id} --edit" in said
    assert "await approval.approve()" in said
    assert f"reject {there.question.id} --comment WHY" in text(there.question)


async def test_a_plan_tells_what_it_can_do_and_where_it_came_from(there: Office) -> None:
    plan = await there.goal.plan()
    found = page(plan)
    assert "Plan clerk@1" in found.text
    assert "It calls orders.get, which only reads: at most once." in found.text
    assert "2 answers" in found.text
    assert str(plan.prompt) in found.text
    assert ("pre", {"class": "source", "tabindex": "0"}) in found.elements
    assert "svg" in {name for name, _ in found.elements}


async def test_of_a_plan_that_no_open_house_knows_what_it_holds_is_shown(there: Office) -> None:
    stranger = PlanVersion("agent_x", 7, "f" * 64, "x = 1", "Plan", "olga", None, None, (), 1, "3.11", 0.0)
    assert "Plan agent_x@7" in page(stranger).text


async def test_a_goal_tells_each_answer_and_what_was_found_at_its_line(there: Office) -> None:
    said = page(there.goal).text
    assert "Answer 1 refused" in said
    assert "Answer 2 done" in said
    assert "the agent has no tool 'orders.fetch'" in said
    assert "The plan clerk@1" in said


async def test_an_agent_tells_its_tools_and_plans(there: Office) -> None:
    said = page(there.clerk).text
    assert "payments.refund high risk once agree to each call" in said
    assert "clerk@4" in said


async def test_runs_name_their_agents(there: Office) -> None:
    runs = await there.flow.runs.list()
    assert "clerk@" in text(runs)
    assert there.failed.id in page(runs).text


async def test_a_page_of_a_list_tells_that_more_follow(there: Office) -> None:
    assert "there are more: cursor=" in page(await there.flow.runs.list(most=2)).text


async def test_a_list_with_nothing_in_it_says_so() -> None:
    assert "Nothing is in this list." in page(Listing[int]()).text


async def test_a_list_of_anything_else_is_shown_as_such() -> None:
    assert "two" in page(Listing(["one", "two"])).text


async def test_a_silenced_finding_gives_its_reason() -> None:
    said = page(Finding("AF999", "warning", 3, 1, "it waits long", "wait less", "it has to")).text
    assert "silenced" in said
    assert "it has to" in said


async def test_a_schedule_tells_when(there: Office) -> None:
    schedule = await there.clerk.schedule("weekly", cron="0 7 * * 1", zone="Europe/Vienna")
    assert "0 7 * * 1 Europe/Vienna" in page(schedule).text
    assert "0 7 * * 1 Europe/Vienna" in page(await there.flow.schedules.list()).text
    await schedule.pause()
    assert "paused" in page(schedule.record).text
    await schedule.delete()
    assert "As it was when it was read last" in page(schedule).text


async def test_what_a_plan_calls_sensitive_is_not_shown_even_to_whoever_may_decide() -> None:
    record = _question(calls=(Call("mail.send", {"to": "4929 1234"}),), sensitive=True, details={"pin": "4929 1234"})
    assert "4929 1234" not in page(record).text
    assert "4929 1234" not in text(record)
    assert "its values are not shown here" in page(record).text


async def test_a_question_that_was_answered_tells_by_whom_and_what() -> None:
    record = _question(
        kind="ask", status="answered", schema={"enum": ["red", "blue"]}, decided_at=5.0, decided_by="anna",
        decision={"value": "red"}, comment="my favourite",
    )  # fmt: skip
    said = page(record).text
    assert 'one of "red", "blue"' in said
    assert "by anna" in said
    assert "my favourite" in said


async def test_edited_arguments_stand_beside_what_they_were() -> None:
    before, after = Call("mail.send", {"to": "a", "cc": "b"}), Call("mail.send", {"to": "c", "bcc": "d"})
    found = page(_question(calls=(after,), original=(before,)))
    assert "to c a" in found.text
    assert "left out" in found.text
    assert "(added)" in found.text
    assert [attributes.get("class") for name, attributes in found.elements if name == "tr"] == ["is-edited"] * 3


async def test_measured_shares_stand_with_their_intervals() -> None:
    rate = Rate(0.5, 0.25, 0.75)
    row = Row("m", "plan@5 sha256:abcdef012", None, 3, 4, 0, dict.fromkeys(RATES, rate), 1.5, None, None, 1.0, 0)
    assert "50 (25-75)" in page(Listing([row])).text
    assert "50 (25-75)" in page(row).text


async def test_a_value_that_is_long_is_cut_and_says_how_much_is_left() -> None:
    assert "and 1,000 more letters" in page(_question(details="x" * 5_000)).text


def _question(**other: Any) -> Approval:
    given: dict[str, Any] = {
        "id": "approval_1", "tenant": "default", "agent": "agent_1", "version": 1, "run": "run_1", "generation": 1,
        "step": "ask#1", "kind": "call", "question": f"Really? {EVIL}", "details": None, "calls": (),
        "digest": "d" * 64,
        "schema": None, "default": None, "risk": "high", "status": "pending", "created_at": 0.0, "expires_at": None,
    }  # fmt: skip
    return Approval(**{**given, **other})


async def test_a_moment_tells_the_line_what_the_names_held_and_what_was_recorded(there: Office) -> None:
    said = page(await there.waiting.at("agree")).text
    assert "Before step agree" in said
    assert "step.wait_for_approval" in said
    assert "In run, line 10 call ToolCall" in said
    assert "load done" in said


async def test_a_replay_on_other_code_tells_what_is_other(there: Office) -> None:
    said = page(await there.waiting.replay(office.source('await step.sleep("nap", 1)'))).text
    assert "Replay diverged" in said
    assert "sleep" in said


async def test_runs_that_were_moved_or_not_are_told_with_the_reason(there: Office) -> None:
    reports = await there.clerk.migrate(1, dry_run=True)
    said = page(reports).text
    assert all(one.why in said for one in reports if one.why.isascii() and len(one.why) < 160)


async def test_a_history_is_a_table_of_what_was_delivered_and_when(there: Office) -> None:
    said = page(await there.done.history()).text
    assert said.startswith("n at kind key body 0 2027-01-15")
    assert "outcome load#1:1" in said


async def test_a_thing_that_is_gone_is_shown_as_it_was(there: Office) -> None:
    run = await there.flow.run("""from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return 1
""")
    await run.result()
    page(run)
    await run.delete()
    with pytest.raises(NotFound):
        await run.refresh()
    said = page(run).text
    assert "completed" in said
    assert f"As it was when it was read last: there is no run {run.id}" in said


async def test_where_a_forge_leaves_the_style_out_a_picture_is_lines_and_words(there: Office) -> None:
    elements = page(there.waiting).elements
    drawn = [(name, attributes) for name, attributes in elements if "agentflow" in (attributes.get("class") or "")]
    assert ("none", "gray") in [(attributes.get("fill"), attributes.get("stroke")) for _, attributes in drawn]
    assert {attributes.get("fill") for name, attributes in elements if name == "rect" and "bar" in str(attributes)} == {
        "gray"
    }
