"""The page of a run: why it stands where it stands, its timeline, graph and source, and what somebody chose of them.

All look at the same house, whose runs stand still.
"""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest
import pytest_asyncio

from agentflow.app import AgentFlow
from agentflow.app.runs import RunHandle
from agentflow.errors import Conflict
from agentflow.page import Site
from agentflow.page.run import pace

from ..fakes import office
from .conftest import HOST, Looks, words
from .test_runs import started

pytestmark = pytest.mark.asyncio(loop_scope="module")

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
UNDOES = office.source('await step.do("tell", tools.mail.send(to="a"), rollback=lambda r: tools.mail.send(to=r))') + (
    '        raise ValueError("over")\n'
)
HANDS_ON = office.source('return await step.delegate("hand on", "clerk", payload={})')
GIVES_A_GOAL = office.source('return await step.delegate("hand on", "careful", goal="Do it.")')


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def flow(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AgentFlow]:
    """A house with runs of each kind, which have come to where they stay."""
    folder = tmp_path_factory.mktemp("runs")
    office.answers(folder, office.fenced(office.source("return 1")))
    async with office.house(folder) as flow:
        clerk = await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
        await flow.agents.create("careful", model=office.MODEL, tools=["*"], review="always")
        boss = await flow.agents.create("boss", model=office.MODEL, agents=["*"], review="never")
        await started(clerk, FAILS, "failed", id="failed")
        await started(clerk, office.READS, "completed", {"id": "1"}, id="read")
        await started(clerk, MAP, "completed", id="many")
        await started(clerk, HIDES, "completed", id="hides")
        await started(clerk, UNDOES, "failed", id="undone")
        run = await started(clerk, office.WAITS, "waiting", id="told")
        await run.send("go", {"n": 5})
        await run.result()
        await (await clerk.schedule("nightly", cron="0 3 * * *", payload={"a": "<i>"})).run_now()
        await started(boss, HANDS_ON, "waiting", id="boss")
        await started(boss, GIVES_A_GOAL, "waiting", id="careful")
        [goal] = await flow.goals.list(agent="careful")
        async for _ in (await flow.goals.get(goal.id)).watch():
            continue
        yield flow


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(flow: AgentFlow) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(Site(flow)), base_url=HOST) as client:
        yield client


async def test_why_a_run_failed_is_said_with_step_line_fault_and_what_to_do(looks: Looks) -> None:
    page = await looks("/runs/failed")
    said = words(page)
    assert "Why it failed ValueError: <script>no</script> Step pay , line 12 . The fault is" in said
    assert "What to do:" in said
    assert "attempt 1 failed: ValueError: &lt;script&gt;" in page
    assert "<script>no" not in page
    assert "What the plan said" in said
    assert "begun (50 %)" in said


async def test_what_failed_is_chosen_in_the_timeline_the_graph_the_source_and_beside_them(looks: Looks) -> None:
    """Somebody who opens the page of a failed run has the reason before their eyes."""
    page = await looks("/runs/failed")
    assert '<tr id="step-1" class="is-chosen">' in page
    assert 'class="kind-function is-failed is-chosen"' in page
    assert '<li id="line-12" class="has-number is-marked" aria-current="true">' in page
    assert "pay failed What a function of the plan Where line 12" in words(page)
    assert "Attempts 2 of at most 2" in words(page)


async def test_a_step_is_chosen_by_the_address_wherever_somebody_clicks(looks: Looks) -> None:
    page = await looks("/runs/failed?step=load%231&open=x")
    assert 'href="/runs/failed?step=load%231&amp;open=x" aria-current="true"' in page
    assert 'href="/runs/failed?step=pay%231&amp;open=x#graph"' in page
    assert 'href="/runs/failed?step=pay%231&amp;open=x#line-12"' in page
    said = words(page)
    assert "load done What calls orders.get Where line 9" in said
    assert 'Input { "id": "17" } Output { "id": "17", "total": 120 } What it went through' in said


async def test_a_line_that_the_run_did_not_come_to_can_be_chosen_too(looks: Looks) -> None:
    page = await looks("/runs/failed")
    assert 'href="/runs/failed?line=11#line-11"' in page
    page = await looks("/runs/failed?line=11")
    assert 'is-skipped is-chosen"' in page
    assert "Line 11 The run did not come to a step there." in words(page)
    assert 'href="/runs/failed?step=load%231"' in page  # in the place of the line


async def test_a_step_that_there_is_not_is_said_to_be_none(looks: Looks) -> None:
    assert "No such step This generation has no step of that name" in words(await looks("/runs/read?step=gone%231"))


async def test_a_finished_run_shows_its_result_and_leaves_the_choice_open(looks: Looks) -> None:
    page = await looks("/runs/read")
    assert 'Result { "id": "1", "total": 120 }' in words(page)
    assert "Choose a step" in words(page)
    assert 'href="/agents/clerk/plans/2"' in page
    assert 'id="pulse"' not in page


async def test_many_steps_are_folded_and_opened_by_the_address(looks: Looks) -> None:
    page = await looks("/runs/many")
    assert "load x10 done" in words(page)
    assert page.count('<tr id="step-') == 1
    opened = await looks("/runs/many?open=load")
    assert opened.count('<tr id="step-') == 10
    assert "load#10" in opened
    assert "Fold the steps named load" in words(opened)
    assert '<tr id="step-0" class="is-chosen">' in await looks("/runs/many?step=load%239")


async def test_a_run_and_the_one_that_it_delegated_lead_to_each_other(looks: Looks, flow: AgentFlow) -> None:
    run = await flow.runs.get("boss")
    [child] = await run.children()
    page = await looks(f"/runs/{run.id}")
    assert f'<a class="button" href="/runs/{child.id}">what was handed to agent clerk</a>' in page
    assert "Handed on clerk@6" in words(page)
    assert f'href="/runs/{run.id}?step=hand%20on%231"' in await looks(f"/runs/{child.id}")


async def test_a_goal_that_was_handed_on_and_has_led_to_no_run_yet_is_linked(looks: Looks, flow: AgentFlow) -> None:
    run = await flow.runs.get("careful")
    [goal] = await flow.goals.list(agent="careful")
    assert goal.status == "review"
    page = await looks(f"/runs/{run.id}")
    assert f'<a class="button" href="/goals/{goal.id}">what was handed to agent careful</a>' in page


async def test_sensitive_values_are_on_no_page(client: httpx2.AsyncClient) -> None:
    for path, instead in (
        ("/runs/hides?step=load%231&history=0", "[redacted]"),
        ("/runs/hides/download", "[sensitive 1]"),
    ):
        shown = (await client.get(path)).text
        assert '"total"' not in html.unescape(shown)
        assert instead in shown


async def test_the_history_is_shown_where_it_is_asked_for_in_parts_and_events_alone(
    looks: Looks, flow: AgentFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentflow.page.run.ENTRIES", 1)
    assert "Show all that was delivered" in words(await looks("/runs/told"))
    page = await looks("/runs/told?history=0")
    assert "1 to 1 of 2" in words(page)
    assert 'href="/runs/told?history=1#history">Later' in page
    assert 'history=0#history">Earlier' in await looks("/runs/told?history=99")
    said = words(await looks("/runs/told?history=events"))
    assert '"n": 5' in said
    assert "1 to 1 of 1" in said
    assert "Nothing yet." in words(await looks("/runs/read?history=events"))


async def test_a_scheduled_run_names_its_schedule_and_its_payload_is_text(looks: Looks, flow: AgentFlow) -> None:
    [run] = await flow.runs.list(schedule="nightly")
    page = await looks(f"/runs/{run.id}")
    assert 'href="/runs?schedule=nightly"' in page
    assert "&lt;i&gt;" in page


async def test_what_was_undone_and_what_was_not_is_said(looks: Looks) -> None:
    said = words(await looks("/runs/undone"))
    assert "What it did is undone Undone: tell." in said
    assert "undo tell" in said


async def test_where_the_plan_stood_before_a_step_is_shown_where_it_is_asked_for(looks: Looks) -> None:
    page = await looks("/runs/failed?step=pay%231")
    assert 'href="/runs/failed?step=pay%231&amp;look=yes" rel="nofollow"' in page
    page = await looks("/runs/failed?step=pay%231&look=yes")
    assert "in run , line 12 , which asks for this step order { " in words(page)
    assert "hx-sse:connect" not in page


async def test_where_the_plan_stood_is_said_to_be_unknown_where_it_is(
    looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(run: RunHandle, step: str) -> None:
        raise Conflict("its code differs from its history")

    monkeypatch.setattr(RunHandle, "at", lost)
    assert "its code differs from its history" in words(await looks("/runs/read?step=load%231&look=yes"))


async def test_an_unknown_run_and_another_tenants_are_the_same(looks: Looks) -> None:
    assert "there is no run nothing" in words(await looks("/runs/nothing", 404))


async def test_a_page_of_many_steps_is_loaded_again_after_a_while_and_not_at_each_change(
    looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "hx-sse:connect" in await looks("/runs/boss")
    monkeypatch.setattr("agentflow.page.run.MANY", 0)
    page = await looks("/runs/boss")
    assert "hx-sse:connect" not in page
    assert 'id="pulse"' in page
    assert 'hx-trigger="every 15s"' in page
    assert 'id="pulse"' not in await looks("/runs/many")


async def test_the_axis_of_what_is_at_work_grows_by_itself(flow: AgentFlow) -> None:
    at_rest = (await flow.runs.get("boss")).record
    assert pace(at_rest, ()) is None
    assert pace(replace(at_rest, status="running"), ()) == "3s"


async def test_a_run_whose_plan_cannot_be_drawn_has_a_page_all_the_same(
    looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(run: RunHandle) -> None:
        return None

    monkeypatch.setattr(RunHandle, "graph", none)
    said = words(await looks("/runs/read?step=load%231"))
    assert "There is no picture" in said
    assert "load done What calls orders.get" in said
