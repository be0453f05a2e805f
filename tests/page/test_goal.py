"""A goal in a browser: how it is planned while that happens, what came of it, and the decision on its plan."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from agentflow.app import AgentFlow, GoalHandle
from agentflow.app.doors import Doors
from agentflow.page import Site
from agentflow.page.live import CHANGED, STILL
from agentflow.page.planning import Now, now
from agentflow.records import Review
from agentflow.store import Write

from ..fakes import office
from ..fakes.slow import Slow
from ..fakes.waiting import until
from .conftest import HOST, Does, Looks, listening, words

GOAL = "Pay </p><script>order 17</script> back."
LATER = office.REFUNDS.replace("        return", '        await step.sleep("a while", "1 day")\n        return')


async def submitted(flow: AgentFlow, *answers: str, review: Review = "risky", **options: bool) -> GoalHandle:
    """A goal to an agent whose model answers this, once it is planned or has come to nothing."""
    office.answers(flow._house.settings.folder, *answers)
    agent = await flow.agents.create(
        "clerk", model=office.MODEL, tools=["orders.*", "payments.*"], review=review, repairs=1
    )
    goal = await agent.submit(GOAL, {"id": "17"}, **options)
    async for _ in goal.watch():
        continue
    return goal


async def reviewed(flow: AgentFlow) -> GoalHandle:
    return await submitted(flow, office.fenced(office.REFUNDS), office.fenced(LATER))


# while it is planned


async def test_an_answer_is_shown_while_it_is_written_and_without_a_secret(flow: AgentFlow, looks: Looks) -> None:
    model = Slow(flow)
    flow._house.redact.learn("KEY", "hunter22")
    agent = await flow.agents.create("clerk", model="offline:slow", tools=["*"], review="always")
    goal = await agent.submit(GOAL, {"id": "17"})
    assert "Answer 1 is asked for" in words(await looks(f"/goals/{goal.id}"))
    model.say("<b>Here</b> hunter22 ", "it is: hunt")

    async def shown() -> bool:
        page = words(await looks(f"/goals/{goal.id}"))
        return "Answer 1 is being written 32 characters so far <b>Here</b> [secret KEY] it is:" in page

    await until(shown)
    assert "hunt" not in await looks(f"/goals/{goal.id}")
    model.say("\n" + office.fenced(office.BROKEN))
    model.end()

    async def mended() -> bool:
        page = words(await looks(f"/goals/{goal.id}"))
        return "Answer 2 is asked for" in page and "the agent has no tool 'orders.fetch'" in page

    await until(mended)
    assert "1,200 + 345 tokens" in words(await looks(f"/goals/{goal.id}"))
    model.say(office.fenced(office.READS))
    model.end()
    await goal.plan()
    assert "Answer 2 accepted" in words(await looks(f"/goals/{goal.id}"))


@pytest.fixture
async def quiet(tmp_path: Path) -> AsyncIterator[GoalHandle]:
    """A goal in a house where nobody works."""
    async with office.house(tmp_path, worker=False) as flow:
        agent = await flow.agents.create("clerk", model=office.MODEL)
        yield await agent.submit(GOAL)


def noted(progress: str, goal: GoalHandle) -> Write:
    return Write("goal_progress", {"id": goal.id, "progress": progress})


async def test_the_stream_of_a_goal_calls_when_there_is_more_of_its_answer(quiet: GoalHandle) -> None:
    ending = asyncio.Event()
    said, ended = listening(Doors(quiet._house), ending, f"draft:{quiet.id}")
    await until(lambda: any(STILL in one for one in said))
    await quiet._house.store.write([noted('{"attempt": 1, "characters": 1, "line": "a"}', quiet)])
    await until(lambda: any(CHANGED in one for one in said))
    ending.set()
    await ended


async def test_where_nobody_works_that_is_said_and_a_goal_can_be_given_up(quiet: GoalHandle) -> None:
    transport = httpx2.ASGITransport(Site(Doors(quiet._house)))
    async with httpx2.AsyncClient(transport=transport, base_url=HOST) as client:
        page = words((await client.get(f"/goals/{quiet.id}")).text)
        assert "Nothing happens: no worker is running Start one with agentflow worker" in page
        assert "Give this goal up?" in page
        await client.post(f"/goals/{quiet.id}/cancel", headers={"origin": HOST})
        page = words((await client.get(f"/goals/{quiet.id}")).text)
    assert "It was given up cancelled by local" in page
    assert "Give this goal up?" not in page


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        ('{"attempt": 1, "characters": 1234, "line": "async def run("}',
         ("Answer 1 is being written", "1,234 characters so far", "async def run(")),
        ('{"attempt": 0, "characters": 1234, "line": "of an answer before"}',
         ("Answer 1 is asked for", "What the model says is shown here as it comes.", "")),
        ("the tenant default is suspended", ("It waits", "the tenant default is suspended", "")),
    ],
)  # fmt: skip
async def test_of_an_answer_that_another_process_has_written_there_is_the_last_line(
    quiet: GoalHandle, progress: str, said: tuple[str, str, str]
) -> None:
    await quiet._house.store.write([noted(progress, quiet)])
    await quiet.refresh()
    assert now(quiet, idle=False) == Now(*said)


# what came of it


async def test_of_a_goal_without_a_plan_the_page_says_why_line_by_line(flow: AgentFlow, looks: Looks) -> None:
    goal = await submitted(flow, "I <b>cannot</b>.", office.fenced(office.BROKEN))
    assert goal.status == "refused"
    page = await looks(f"/goals/{goal.id}")
    said = words(page)
    assert "There is no plan for it 1 finding remains after 2 attempts" in said
    assert "Answer 1 no plan" in said
    assert "there is no Python code in it" in said
    assert "error line 8 : the agent has no tool 'orders.fetch'; did you mean 'orders.get'? use one of:" in said
    assert "<script>order" not in page
    assert "<b>cannot" not in page
    assert f"/goals/new?again={goal.id}" in page


async def test_of_a_goal_that_failed_the_page_says_why(flow: AgentFlow, looks: Looks) -> None:
    agent = await flow.agents.create("clerk", model="offline:./none")
    goal = await agent.submit(GOAL)
    async for _ in goal.watch():
        continue
    page = words(await looks(f"/goals/{goal.id}"))
    assert "It could not be planned" in page
    assert "no stored plans in" in page


async def test_a_goal_that_runs_leads_to_its_run_and_its_plan_can_be_read(flow: AgentFlow, looks: Looks) -> None:
    goal = await submitted(flow, office.fenced(office.READS))
    run = await goal.run()
    await run.result()
    page = await looks(f"/goals/{goal.id}")
    assert f'href="/runs/{run.id}"' in page
    assert f"It is done Run {run.id} completed" in words(page)
    assert "The plan clerk@1 by model:offline" in words(page)
    agent = await flow.agents.get("clerk")
    again = await agent.submit(GOAL, {"id": "18"})
    assert f"goal {goal.id} : no model was asked" in words(await looks(f"/goals/{again.id}"))


# the decision


async def test_a_plan_is_shown_with_what_it_can_do_and_a_line_that_is_chosen_is_marked_in_both(
    flow: AgentFlow, looks: Looks
) -> None:
    goal = await reviewed(flow)
    page = await looks(f"/goals/{goal.id}")
    said = words(page)
    assert "A person must read the plan before it runs" in said
    assert "It calls payments.refund (high risk): at most once; a person must agree to each call." in said
    assert "payments.refund high risk acts once a person agrees to each call" in said
    assert "Trial tried on" in said
    assert "is-chosen" not in page
    found = re.search(r'<a href="([^"#]+)#line-8"', page)
    assert found is not None
    chosen = await looks(found[1].replace("&amp;", "&"))
    assert chosen.count("is-chosen") == 1
    assert re.search(r'id="line-8" class="has-number is-marked', chosen)
    assert 'id="line-1" class="has-number is-marked' in await looks(f"/goals/{goal.id}?line=1")
    await looks(f"/goals/{goal.id}?line=x")


async def test_an_approved_plan_runs(flow: AgentFlow, looks: Looks, does: Does) -> None:
    goal = await reviewed(flow)
    page = await looks(f"/goals/{goal.id}")
    assert 'name="version" value="1"' in page
    answer = await does(f"/goals/{goal.id}/approve", version="1")
    assert answer.headers["location"] == f"/goals/{goal.id}"
    assert (await goal.refresh()).status == "started"
    assert "It is under way" in words(await looks(f"/goals/{goal.id}"))
    run = goal.record.run
    await does(f"/goals/{goal.id}/approve", version="1")
    assert (await goal.refresh()).run == run


async def test_a_rejected_plan_does_not_and_the_reason_is_kept(flow: AgentFlow, looks: Looks, does: Does) -> None:
    goal = await reviewed(flow)
    await does(f"/goals/{goal.id}/reject", comment="<i>No</i>")
    page = await looks(f"/goals/{goal.id}")
    assert "There is no plan for it rejected by local: <i>No</i>" in words(page)
    assert "<i>No" not in page


async def test_the_model_is_told_what_to_change_and_what_is_new_is_shown(
    flow: AgentFlow, looks: Looks, does: Does
) -> None:
    """A plan that was seen before that cannot be approved any more."""
    goal = await reviewed(flow)
    refused = await does(f"/goals/{goal.id}/changes", 422, comment="  ")
    assert "the comment is empty" in words(refused.text)
    assert 'hx-get="/goals/' + goal.id + '"' in refused.text
    await does(f"/goals/{goal.id}/changes", comment="Wait a day.")
    await goal.plan()
    page = words(await looks(f"/goals/{goal.id}"))
    assert "What is new since clerk@1 Now it sleeps at most " in page
    assert "local asked for changes" in page
    assert ": Wait a day." in page
    stale = await does(f"/goals/{goal.id}/approve", 409, version="1")
    assert "the plan is another one than you have seen" in words(stale.text)
    assert (await goal.refresh()).status == "review"


async def test_who_may_not_decide_reads_the_plan_and_is_told_who_does(
    flow: AgentFlow, client: httpx2.AsyncClient
) -> None:
    goal = await submitted(flow, office.fenced(office.READS), plan_only=True)
    made = await flow.keys.create("vera", roles=["viewer"])
    await client.post("/login", data={"key": made.secret}, headers={"origin": HOST})
    page = words((await client.get(f"/goals/{goal.id}")).text)
    assert "The plan is ready, and starts when you say so" in page
    assert "Someone with the role approver decides on it." in page
    assert "Approve and run" not in page
    answer = await client.post(f"/goals/{goal.id}/approve", data={"version": "1"}, headers={"origin": HOST})
    assert answer.status_code == 403


# edited


def field(page: str) -> str:
    """What stands in the field for the source."""
    return html.unescape(page.partition('id="source"')[2].partition(">")[2].partition("</textarea>")[0]).removeprefix(
        "\n"
    )


async def test_a_plan_is_edited_checked_and_put_in_the_place_of_the_one_that_waits(
    flow: AgentFlow, looks: Looks, does: Does
) -> None:
    """Nothing is stored before it is saved; what is saved waits for the same review, with what is new in it."""
    goal = await reviewed(flow)
    edit = f"/goals/{goal.id}/edit"
    assert f'href="{edit}"' in await looks(f"/goals/{goal.id}")
    assert field(await looks(edit)) == office.REFUNDS
    broken = (await does(edit, 200, version="1", do="check", source=office.BROKEN.replace("\n", "\r\n"))).text
    assert field(broken) == office.BROKEN
    assert "1 error" in words(broken)
    assert "error AF201 : the agent has no tool 'orders.fetch'" in words(broken)
    refused = (await does(edit, 422, version="1", do="save", source=office.BROKEN)).text
    assert "error AF201 : the agent has no tool" in words(refused)
    fine = words((await does(edit, 200, version="1", do="check", source=LATER)).text)
    assert "What the checks say no findings" in fine
    assert "It sleeps at most 1 day at a time" in fine
    assert "tried on" in fine
    assert '+ await step.sleep ( "a while" , "1 day" )' in fine
    assert len(await (await flow.agents.get("clerk")).plans()) == 1
    await does(edit, version="1", do="save", source=LATER)
    page = words(await looks(f"/goals/{goal.id}"))
    assert "A person must read the plan before it runs" in page
    assert "What is new since clerk@1 Now it sleeps at most " in page
    assert "The plan clerk@2 by local" in page


async def test_an_edited_plan_is_started_at_once_where_that_is_wished(flow: AgentFlow, does: Does) -> None:
    goal = await reviewed(flow)
    await does(f"/goals/{goal.id}/edit", version="1", do="run", source=LATER)
    run = await goal.run()
    assert (goal.status, goal.record.version, (await run.plan()).source) == ("started", 2, LATER)
    assert "its plan can be edited while" in words((await does(f"/goals/{goal.id}/edit", 409)).text)


async def test_nothing_that_was_typed_is_lost_where_it_cannot_be_saved(flow: AgentFlow, does: Does) -> None:
    goal = await reviewed(flow)
    flow._house.redact.learn("KEY", "hunter22")
    typed = office.REFUNDS + "# </textarea> hunter22\n"
    secret = (await does(f"/goals/{goal.id}/edit", 422, version="1", do="save", source=typed)).text
    assert "the plan tells the secret KEY" in words(secret)
    assert field(secret) == typed
    await goal.edit(LATER)
    stale = (await does(f"/goals/{goal.id}/edit", 409, version="1", do="save", source=office.REFUNDS)).text
    assert "the plan is version 2 by now, and you edited another one" in words(stale)
    assert '- await step.sleep ( "a while" , "1 day" )' in words(stale)
    assert field(stale) == office.REFUNDS
