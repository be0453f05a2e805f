"""The page of a run: why it stands where it stands, its timeline, graph and source, and what somebody chose of them."""

from __future__ import annotations

import html
from pathlib import Path

import httpx2
import pytest

from agentflow.app import AgentFlow
from agentflow.app.agents import AgentHandle
from agentflow.app.runs import RunHandle
from agentflow.errors import Conflict, Refused
from agentflow.records import Principal
from agentflow.roles import ALL

from ..fakes import office
from ..fakes.waiting import until
from .conftest import HOST, Looks, words
from .test_runs import clerk, started

__all__ = ["clerk"]

FAILS = office.source('await step.progress("begun", 0.5)') + (
    '        order = await step.do("load", tools.orders.get(id="17"))\n'
    '        if order["total"] > 500:\n'
    '            await step.do("never", tools.mail.send(to="x"))\n'
    '        await step.do("pay", refuse, retries={"limit": 1, "delay": "0 seconds"})\n\n\n'
    "def refuse():\n"
    '    raise ValueError("<script>no</script>")\n'
)
MAP = office.source("async def one(n):") + (
    '            return await step.do("load", tools.orders.get(id=n))\n'
    "        return len(await step.map(one, [str(n) for n in range(10)]))\n"
)
HIDES = office.source('await step.do("load", tools.orders.get(id="secret-17"), sensitive=True)')


async def test_why_a_run_failed_is_said_with_step_line_fault_and_what_to_do(looks: Looks, clerk: AgentHandle) -> None:
    await started(clerk, FAILS, "failed", id="one")
    page = await looks("/runs/one")
    said = words(page)
    assert "Why it failed ValueError: <script>no</script> Step pay , line 12 . The fault is" in said
    assert "What to do:" in said
    assert "attempt 1 failed: ValueError: &lt;script&gt;" in page
    assert "<script>no" not in page
    assert "What the plan said" in said
    assert "begun (50 %)" in said


async def test_what_failed_is_chosen_in_the_timeline_the_graph_the_source_and_beside_them(
    looks: Looks, clerk: AgentHandle
) -> None:
    """Somebody who opens the page of a failed run has the reason before their eyes."""
    await started(clerk, FAILS, "failed", id="one")
    page = await looks("/runs/one")
    assert '<tr id="step-1" class="is-chosen">' in page
    assert 'class="kind-function is-failed is-chosen"' in page
    assert '<li id="line-12" class="has-number is-marked" aria-current="true">' in page
    assert "pay failed What a function of the plan Where line 12" in words(page)
    assert "Attempts 2 of at most 2" in words(page)


async def test_a_step_is_chosen_by_the_address_wherever_somebody_clicks(looks: Looks, clerk: AgentHandle) -> None:
    await started(clerk, FAILS, "failed", id="one")
    page = await looks("/runs/one?step=load%231&open=x")
    assert 'href="/runs/one?step=load%231&amp;open=x" aria-current="true"' in page
    assert 'href="/runs/one?step=pay%231&amp;open=x#graph"' in page
    assert 'href="/runs/one?step=pay%231&amp;open=x#line-12"' in page
    said = words(page)
    assert "load done What calls orders.get Where line 9" in said
    assert 'Input { "id": "17" } Output { "id": "17", "total": 120 } What it went through' in said


async def test_a_line_that_the_run_did_not_come_to_can_be_chosen_too(looks: Looks, clerk: AgentHandle) -> None:
    await started(clerk, FAILS, "failed", id="one")
    page = await looks("/runs/one")
    assert 'href="/runs/one?line=11#line-11"' in page
    page = await looks("/runs/one?line=11")
    assert 'is-skipped is-chosen"' in page
    assert "Line 11 The run did not come to a step there." in words(page)
    assert 'href="/runs/one?step=load%231"' in page  # in the place of the line


async def test_a_step_that_there_is_not_is_said_to_be_none(looks: Looks, clerk: AgentHandle) -> None:
    await started(clerk, office.READS, "completed", {"id": "1"}, id="one")
    assert "No such step This generation has no step of that name" in words(await looks("/runs/one?step=gone%231"))


async def test_a_run_that_waits_for_a_person_leads_to_the_question(
    looks: Looks, clerk: AgentHandle, flow: AgentFlow
) -> None:
    await started(clerk, office.REFUNDS, "waiting", {"id": "17"}, id="one")
    [asked] = await flow.approvals.pending()
    page = await looks("/runs/one")
    assert f'<a class="button" href="/approvals/{asked.id}">a person to agree</a>' in page
    assert f"approval:{asked.id}" in page.replace("%3A", ":")
    assert "Approval refund: may payments.refund be called? pending" in words(page)
    await asked.approve()
    await (await flow.runs.get("one")).result()
    said = words(await looks("/runs/one?step=refund%231"))
    assert "approved by local" in said
    assert "Result refunded 17" in said


async def test_a_finished_run_shows_its_result_and_leaves_the_choice_open(looks: Looks, clerk: AgentHandle) -> None:
    await started(clerk, office.READS, "completed", {"id": "1"}, id="one")
    page = await looks("/runs/one")
    assert 'Result { "id": "1", "total": 120 }' in words(page)
    assert "Choose a step" in words(page)
    assert 'href="/agents/clerk/plans/1"' in page
    assert 'id="pulse"' not in page


async def test_a_run_that_waits_for_an_event_says_for_which(looks: Looks, clerk: AgentHandle) -> None:
    run = await started(clerk, office.WAITS, "waiting", id="one")
    said = words(await looks("/runs/one"))
    assert "It waits for an event of type go step go , since" in said
    assert "Gives up in 24 hours" in said or "Gives up in 1 day" in said
    await run.pause()
    await until(lambda: _is(run, "paused"))
    said = words(await looks("/runs/one"))
    assert "Paused: paused on request. Resume it, and it goes on where it was." in said
    assert "When it goes on, it waits for an event" in said
    assert "left" in said


async def _is(run: RunHandle, status: str) -> bool:
    return (await run.refresh()).status == status


async def test_many_steps_are_folded_and_opened_by_the_address(looks: Looks, clerk: AgentHandle) -> None:
    await started(clerk, MAP, "completed", id="one")
    page = await looks("/runs/one")
    assert "load x10 done" in words(page)
    assert page.count('<tr id="step-') == 1
    opened = await looks("/runs/one?open=load")
    assert opened.count('<tr id="step-') == 10
    assert "load#10" in opened
    assert "Fold the steps named load" in words(opened)
    assert '<tr id="step-0" class="is-chosen">' in await looks("/runs/one?step=load%239")


async def test_a_run_and_the_one_that_it_delegated_lead_to_each_other(
    looks: Looks, clerk: AgentHandle, flow: AgentFlow
) -> None:
    await clerk.register(office.WAITS)
    boss = await flow.agents.create("boss", model=office.MODEL, agents=["*"], review="never")
    run = await started(boss, office.source('return await step.delegate("hand on", "clerk", payload={})'), "waiting")
    [child] = await run.children()
    page = await looks(f"/runs/{run.id}")
    assert f'<a class="button" href="/runs/{child.id}">what was handed to agent clerk</a>' in page
    assert "Handed on clerk@1" in words(page)
    assert f'href="/runs/{run.id}?step=hand%20on%231"' in await looks(f"/runs/{child.id}")


async def test_a_goal_that_was_handed_on_and_has_led_to_no_run_yet_is_linked(
    looks: Looks, flow: AgentFlow, tmp_path: Path
) -> None:
    office.answers(tmp_path, office.fenced(office.READS))
    careful = await flow.agents.create("careful", model=office.MODEL, review="always", tools=["*"])
    boss = await flow.agents.create("boss", model=office.MODEL, agents=["*"], review="never")
    plan = office.source('return await step.delegate("hand on", "careful", goal="Do it.")')
    run = await started(boss, plan, "waiting")
    [goal] = await flow.goals.list(agent=careful.name)
    page = await looks(f"/runs/{run.id}")
    assert f'<a class="button" href="/goals/{goal.id}">what was handed to agent careful</a>' in page


async def test_sensitive_values_are_on_no_page(client: httpx2.AsyncClient, clerk: AgentHandle) -> None:
    await started(clerk, HIDES, "completed", id="one")
    for path in ("/runs/one?step=load%231&history=0", "/runs/one/download"):
        shown = (await client.get(path)).text
        assert '"total"' not in html.unescape(shown)
        assert "[redacted]" in shown


async def test_the_history_is_shown_where_it_is_asked_for_in_parts_and_events_alone(
    looks: Looks, clerk: AgentHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentflow.page.run.ENTRIES", 1)
    run = await started(clerk, office.WAITS, "waiting", id="one")
    await run.send("go", {"n": 5})
    await run.result()
    assert "Show all that was delivered" in words(await looks("/runs/one"))
    page = await looks("/runs/one?history=0")
    assert "1 to 1 of 2" in words(page)
    assert 'href="/runs/one?history=1#history">Later' in page
    assert 'history=0#history">Earlier' in await looks("/runs/one?history=99")
    said = words(await looks("/runs/one?history=events"))
    assert '"n": 5' in said
    assert "1 to 1 of 1" in said
    await started(clerk, office.READS, "completed", {"id": "1"}, id="two")
    assert "Nothing yet." in words(await looks("/runs/two?history=events"))


async def test_a_scheduled_run_names_its_schedule_and_its_payload_is_text(looks: Looks, clerk: AgentHandle) -> None:
    await clerk.register(office.source("return 1"))
    nightly = await clerk.schedule("nightly", cron="0 3 * * *", payload={"a": "<i>"})
    run = await nightly.run_now()
    page = await looks(f"/runs/{run.id}")
    assert 'href="/runs?schedule=nightly"' in page
    assert "&lt;i&gt;" in page


async def test_what_was_undone_and_what_was_not_is_said(looks: Looks, clerk: AgentHandle) -> None:
    plan = office.source('await step.do("tell", tools.mail.send(to="a"), rollback=lambda r: tools.mail.send(to=r))') + (
        '        raise ValueError("over")\n'
    )
    await started(clerk, plan, "failed", id="one")
    said = words(await looks("/runs/one"))
    assert "What it did is undone Undone: tell." in said
    assert "undo tell" in said


async def test_where_the_plan_stood_before_a_step_is_shown_where_it_is_asked_for(
    looks: Looks, clerk: AgentHandle
) -> None:
    await started(clerk, FAILS, "failed", id="one")
    page = await looks("/runs/one?step=pay%231")
    assert 'href="/runs/one?step=pay%231&amp;look=yes" rel="nofollow"' in page
    page = await looks("/runs/one?step=pay%231&look=yes")
    assert "in run , line 12 , which asks for this step order { " in words(page)
    assert "hx-sse:connect" not in page


async def test_where_the_plan_stood_is_said_to_be_unknown_where_it_is(
    looks: Looks, clerk: AgentHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(run: RunHandle, step: str) -> None:
        raise Conflict("its code differs from its history")

    monkeypatch.setattr(RunHandle, "at", lost)
    await started(clerk, office.READS, "completed", {"id": "1"}, id="one")
    assert "its code differs from its history" in words(await looks("/runs/one?step=load%231&look=yes"))


async def test_in_a_sandbox_the_page_says_that_nothing_is_real(client: httpx2.AsyncClient, flow: AgentFlow) -> None:
    await flow.tenants.create("toys", sandbox=True)
    toys = flow.acting_as(Principal("ada", "toys", frozenset(ALL)))
    clerk = await toys.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
    run = await started(clerk, office.READS, "completed", {"id": "1"})
    made = await toys.keys.create("eve", roles=["viewer"])
    await client.post("/login", data={"key": made.secret}, headers={"origin": HOST})
    assert "The tenant is a sandbox" in words((await client.get(f"/runs/{run.id}")).text)


async def test_an_unknown_run_and_another_tenants_are_the_same(looks: Looks) -> None:
    assert "there is no run nothing" in words(await looks("/runs/nothing", 404))


async def test_a_run_that_may_not_go_on_says_why(looks: Looks, clerk: AgentHandle) -> None:
    run = await started(clerk, office.WAITS, "waiting", id="one")
    await clerk.revoke(1)
    await run.send("go")
    await until(lambda: _is(run, "paused"))
    said = words(await looks("/runs/one"))
    assert "Paused:" in said
    assert "revoked" in said
    with pytest.raises(Refused):
        await run.rollback()
