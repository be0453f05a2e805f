"""A channel that reaches one person tells what that person could decide, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_string
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from agentflow.app import AgentFlow
from agentflow.app.goals import GoalHandle
from agentflow.app.reaching import LINK, LONGEST, PATH
from agentflow.app.seals import Seals
from agentflow.errors import Expired, NotFound, ProviderError
from agentflow.notices import Channel, planned, reviewed
from agentflow.notices.subjects import LONGEST as LINE
from agentflow.notices.subjects import Asked, line
from agentflow.records import Principal
from agentflow.settings import NotifySettings, ServeSettings, Settings
from agentflow.testing import TestFlow

from ..fakes import office
from . import servers
from .servers import Inbox

URL = "https://flow.example"
PEOPLE = ("ada", "bert", "carl")


def ways(hook: Inbox) -> dict[str, NotifySettings]:
    """A webhook for everything, and one for each of these people; dora is of another tenant."""
    way = NotifySettings(kind="webhook", url=hook.url, secret="HOOK_KEY")
    people = {name: way.model_copy(update={"person": name}) for name in PEOPLE}
    return {"ops": way, **people, "dora": way.model_copy(update={"person": "dora", "tenant": "shop"})}


@pytest.fixture
async def flow(hook: Inbox, tmp_path: Path) -> AsyncIterator[TestFlow]:
    office.answers(tmp_path, office.fenced(office.READS), office.fenced(office.READS.replace('"load"', '"read"')))
    settings = Settings(notify=ways(hook), serve=ServeSettings(url=URL), folder=tmp_path)
    async with TestFlow(tools=office.tools(), settings=settings, secrets={"HOOK_KEY": "a-long-enough-key"}) as flow:
        for task in flow._aside:  # the rounds are made by the tests
            task.cancel()
        for name in PEOPLE:
            await flow.keys.create(name, roles=["approver"])
        yield flow


async def asks(flow: TestFlow, by: str = "local", **policy: Any) -> str:
    """A question of a run that this person has started."""
    agent = await flow.agent(approvals=policy)
    await agent.register(office.REFUNDS)
    theirs = flow.acting_as(Principal(by))
    await (await theirs.agents.get(agent.name)).start({"id": "17"})
    await flow.settle()
    return (await flow.question()).id


async def told(flow: AgentFlow, hook: Inbox) -> dict[str, Any]:
    """Whom the notices reach that are due now, with their links."""
    before = len(hook.came)
    while await flow._open().courier.round():
        continue
    return {one["person"] or "all": one["url"] for one in hook.documents[before:]}


async def why(flow: TestFlow, person: str, kind: str = "asked") -> str | None:
    found = await flow.notices.list()
    return next(one.error for one in found if (one.person, one.kind) == (person, kind))


async def test_each_person_gets_a_link_of_their_own_and_all_others_sign_in(flow: TestFlow, hook: Inbox) -> None:
    id = await asks(flow)
    links = await told(flow, hook)
    assert links.pop("all") == f"{URL}/approvals/{id}"
    assert links.keys() == set(PEOPLE)
    for name, link in links.items():
        said = await Seals(flow._open()).opened(LINK, link.removeprefix(f"{URL}{PATH}"))
        assert said == {"approval": id, "key": (await flow._open().store.rows("keys", tenant="default", revoked=0))[
            PEOPLE.index(name)]["id"]}  # fmt: skip
    kinds = {one.channel: (one.person, one.link) for one in await flow.notices.list(state="sent")}
    assert kinds == {"ops": (None, "plain"), **{name: (name, "signed") for name in PEOPLE}}


async def test_a_link_lasts_as_long_as_its_question_and_a_week_at_most(flow: TestFlow, hook: Inbox) -> None:
    await asks(flow)
    sealed = (await told(flow, hook))["ada"].removeprefix(f"{URL}{PATH}")
    flow.clock.advance(LONGEST - 1)
    assert await Seals(flow._open()).opened(LINK, sealed)
    flow.clock.advance(1)
    with pytest.raises(Expired):
        await Seals(flow._open()).opened(LINK, sealed)


async def test_who_may_not_decide_by_the_policy_or_for_want_of_the_role_hears_nothing(
    flow: TestFlow, hook: Inbox
) -> None:
    await flow.keys.revoke("bert")
    await flow.keys.create("bert", roles=["operator"])
    id = await asks(flow, approvers=["ada", "bert"])
    assert (await told(flow, hook)).keys() == {"all", "ada"}
    assert await why(flow, "bert") == f"bert may not decide {id}: that needs the role approver"
    assert await why(flow, "carl") == f"carl may not decide {id}: that is for ada or bert"


async def test_who_asked_for_it_or_has_agreed_hears_nothing_more(flow: TestFlow, hook: Inbox) -> None:
    id = await asks(flow, by="carl", quorum=2, due="1 hour")
    assert (await told(flow, hook)).keys() == {"all", "ada", "bert"}
    assert await why(flow, "carl") == f"carl may not approve {id}, having asked for it: somebody else has to agree"
    theirs = flow.acting_as(Principal("ada", roles=frozenset({"approver"})))
    [question] = await theirs.approvals.pending()
    await question.approve()
    await flow.skip("1 hour")
    assert (await told(flow, hook)).keys() == {"all", "bert"}
    assert await why(flow, "ada", "due") == "ada has agreed already"


async def test_an_escalation_reaches_those_whom_it_names(flow: TestFlow, hook: Inbox) -> None:
    await asks(flow, approvers=["ada"], escalate={"after": "1 hour", "to": ["bert"]})
    assert (await told(flow, hook)).keys() == {"all", "ada"}
    await flow.skip("1 hour")
    assert (await told(flow, hook)).keys() == {"all", "bert"}
    assert await why(flow, "ada", "escalated") == "it is not escalated to ada"


async def test_an_expiry_is_told_without_a_link_that_lets_in(flow: TestFlow, hook: Inbox) -> None:
    id = await asks(flow, approvers=["ada"])
    await flow.expire_wait("refund")
    assert await told(flow, hook) == {"all": f"{URL}/approvals/{id}", "ada": f"{URL}/approvals/{id}"}


async def test_a_person_without_a_good_key_is_tried_again_and_seen(flow: TestFlow, hook: Inbox) -> None:
    """An admin may mend that. What is tried by hand says it, too."""
    await flow.keys.revoke("ada")
    await asks(flow)
    assert (await told(flow, hook)).keys() == {"all", "bert", "carl"}
    [notice] = [one for one in await flow.notices.list() if (one.person, one.kind) == ("ada", "asked")]
    assert (notice.state, notice.tries, notice.link) == ("waiting", 1, None)
    assert "ada of the tenant default cannot be told: there is no key 'ada', or it is revoked" in str(notice.error)
    with pytest.raises(ProviderError, match="ada did not take it: ada of the tenant default cannot be told"):
        await flow.notices.test("ada")
    await flow.keys.create("ada", roles=["approver"])
    await flow.skip("10 seconds")
    assert (await told(flow, hook)).keys() == {"ada"}


async def test_people_of_another_tenant_hear_nothing_and_are_not_known(flow: TestFlow, hook: Inbox) -> None:
    await asks(flow)
    assert {one.channel for one in await flow.notices.list()} == {"ops", *PEOPLE}
    assert flow.notices.channels() == ["ops", *PEOPLE]
    with pytest.raises(NotFound, match="there is no channel 'dora'"):
        await flow.notices.test("dora")
    await flow.tenants.create("shop")
    shop = flow.acting_as(Principal("local", "shop"))
    await shop.keys.create("dora", roles=["approver"])
    assert shop.notices.channels() == ["ops", "dora"]
    assert await shop.notices.test("dora")
    assert hook.documents[-1]["person"] == "dora"


async def test_a_channel_that_was_given_to_somebody_of_another_tenant_meanwhile_tells_nothing(
    flow: TestFlow, hook: Inbox
) -> None:
    await asks(flow)
    await flow.tenants.create("shop")
    await flow.acting_as(Principal("local", "shop")).keys.create("dora", roles=["approver"])
    courier = flow._open().courier
    later = replace(courier, ways={"ada": courier.ways["dora"]})  # a start later, with other settings
    await later.round()
    assert hook.came == []
    assert await why(flow, "ada") == "dora is of the tenant shop"


async def test_what_was_told_stands_with_the_question(flow: TestFlow, hook: Inbox) -> None:
    await asks(flow)
    hook.answers = [500]
    await told(flow, hook)
    sight = await (await flow.question()).sight()
    states = {(one.kind, one.channel): one.state for one in sight.notices}
    assert len(states) == 8
    assert sorted(state for (kind, _), state in states.items() if kind == "asked") == [
        "sent",
        "sent",
        "sent",
        "waiting",
    ]


async def test_without_an_address_of_the_service_there_is_no_link(hook: Inbox) -> None:
    settings = Settings(notify=ways(hook))
    async with TestFlow(tools=office.tools(), settings=settings, secrets={"HOOK_KEY": "a-long-enough-key"}) as flow:
        await flow.keys.create("ada", roles=["approver"])
        await asks(flow)
        links = await told(flow, hook)
        assert (links["all"], links["ada"]) == (None, None)


async def test_a_question_that_is_deleted_under_way_is_dropped(flow: TestFlow, hook: Inbox) -> None:
    id = await asks(flow)
    courier = flow._open().courier
    row = await flow._open().store.row("asked_question", id=id)
    assert row is not None
    run = await flow.runs.get(row["run"])
    await run.cancel()
    await flow.settle()
    await run.delete()
    gone = await courier._outcome({"about": id, "kind": "asked", "channel": "ada", "tries": 0})
    assert (gone.state, gone.error) == ("dropped", None)
    with pytest.raises(Exception, match="there is no approval"):
        await courier.admit(courier.ways["ada"], Asked.of(row), "asked")


# plans


async def in_review(flow: TestFlow, **policy: Any) -> GoalHandle:
    """A goal whose plan waits for a review."""
    agent = await flow.agent("careful", model=office.MODEL, review="always", approvals=policy)
    goal = await agent.submit("Load\r\norder 17", {"id": "17"})
    await goal.plan()
    return goal


async def test_a_plan_in_review_is_told_to_those_who_may_approve_it(flow: TestFlow, hook: Inbox) -> None:
    """The link to it needs signing in: a signed one names a question."""
    await flow.keys.revoke("bert")
    await flow.keys.create("bert", roles=["viewer"])
    goal = await in_review(flow, approvers=["ada", "bert"])
    assert await told(flow, hook) == dict.fromkeys(("all", "ada"), f"{URL}/goals/{goal.id}")
    [said] = [one for one in hook.documents if one["person"] == "ada"]
    assert (said["kind"], said["goal"]["text"], said["goal"]["version"]) == ("goal.review", "Load\r\norder 17", 1)
    notices = await flow.notices.list(goal=goal.id)
    assert {(one.goal, one.approval, one.kind) for one in notices} == {(goal.id, None, "review")}
    assert {one.person: one.error for one in notices if one.state == "dropped"} == {
        "bert": f"bert may not approve goal {goal.id}: that needs the role approver",
        "carl": f"carl may not approve goal {goal.id}: that is for ada or bert",
    }


async def test_a_plan_that_was_changed_is_told_again_and_not_once_it_is_decided(flow: TestFlow, hook: Inbox) -> None:
    goal = await in_review(flow)
    assert len(await told(flow, hook)) == 4
    await goal.ask_changes("Say read.")
    await goal.plan()
    assert len(await told(flow, hook)) == 4
    ids = {headers["Agentflow-Delivery"] for headers, _ in hook.came}
    assert {f"{goal.id}.1/review/ops", f"{goal.id}.2/review/ops"} < ids
    await goal.reject("no")
    again = await (await flow.agents.get("careful")).submit("Load\r\norder 17", {"id": "17"})
    await again.plan()
    await again.reject("no")
    assert await told(flow, hook) == {}
    assert {one.state for one in await flow.notices.list(goal=again.id)} == {"dropped"}


async def test_a_plan_that_is_taken_again_is_told_where_nobody_has_read_it(flow: TestFlow, hook: Inbox) -> None:
    agent = await flow.agent("careful", model=office.MODEL)
    await (await (await agent.submit("Load order 17", {"id": "17"})).run()).result()
    agent = await flow.agent("careful", model=office.MODEL, review="always")
    goal = await agent.submit("Load order 17", {"id": "17"})
    assert (goal.status, goal.record.reused is None) == ("review", False)
    assert len(await told(flow, hook)) == 4


def test_a_plan_that_waits_again_is_told_anew() -> None:
    [write] = reviewed("goal_1", "default", [Channel("ops", 60.0), Channel("dora", 0.0, "dora", "shop")], 5.0)
    assert (write.name, write.params["due_at"], write.params["about"]) == ("insert_review_notice", 65.0, "goal_1")


def test_a_question_is_planned_for_people_of_its_tenant_alone() -> None:
    channels = [Channel("ops"), Channel("ada", 0.0, "ada", "default"), Channel("dora", 0.0, "dora", "shop")]
    made = [write.params["channel"] for write in planned("approval_1", "a", "shop", channels, 0.0, None)]
    assert set(made) == {"ops", "dora"}


# texts of others


def test_a_text_is_told_in_one_line_of_letters_that_are_seen() -> None:
    assert line("Pay?\r\nBcc: eve@evil.example\x00\u202e gnp") == "Pay? Bcc: eve@evil.example gnp"
    assert len(line("x" * 1000)) == LINE


async def test_texts_of_others_make_no_headers_no_lines_and_no_links_of_their_own(flow: TestFlow, hook: Inbox) -> None:
    evil = "Pay?\r\nBcc: eve@evil.example\r\n\r\nAll is fine: <http://evil.example|click> <!channel> & more"
    plan = office.source(f"return await step.ask('x', {evil!r}, ['yes', 'no'])")
    await flow.run(plan, {}, agent=await flow.agent())
    await flow.settle()
    with servers.mail() as (port, letters):
        letter = NotifySettings(
            kind="mail", server="127.0.0.1", port=port, tls=False, sender="flow@example.com", to=["ada@example.com"]
        )
        flow._open().world.secrets._values["CHAT_URL"] = hook.url
        slack = NotifySettings(kind="slack", secret="CHAT_URL")
        courier = replace(flow._open().courier, ways={"ops": letter, "ada": slack})
        await courier.round()
    letter_read = message_from_string(letters[0], policy=default)
    assert letter_read.keys() == [
        "From",
        "To",
        "Subject",
        "Message-ID",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    ]
    first, second, *_ = letter_read.get_content().splitlines()
    assert "Pay? Bcc: eve@evil.example All is fine" in first
    assert second.startswith(f"{URL}/approvals/")
    first, second = hook.documents[0]["text"].splitlines()
    assert "&lt;!channel&gt; &amp; more" in first
    assert second.startswith(f"{URL}/approvals/")
