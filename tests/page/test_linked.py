"""What a link of a notice lets do: one question, as one person, and only a POST decides."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from agentflow.app.reaching import LINK, PATH
from agentflow.app.seals import Seals
from agentflow.notices.subjects import Asked
from agentflow.page import HEADERS, Site
from agentflow.records import Principal
from agentflow.settings import NotifySettings, ServeSettings, Settings
from agentflow.testing import TestFlow

from ..fakes import office
from .conftest import HOST, Does, Looks, words

PAYS = office.source("""refund = tools.payments.refund(id=event.payload["id"])
        said = await step.wait_for_approval("agree", "Pay <b>17</b> back?", call=refund)
        return await step.do("refund", said.call)""")
ADA = Principal("ada")


@pytest.fixture
async def flow() -> AsyncIterator[TestFlow]:
    async with TestFlow(tools=office.tools(), settings=Settings(serve=ServeSettings(url=HOST))) as flow:
        for name in ("ada", "bert"):
            await flow.keys.create(name, roles=["approver", "operator"])
        await flow.run(PAYS, {"id": "17"}, agent=await flow.agent())
        await flow.settle()
        yield flow


async def link(flow: TestFlow, name: str = "ada", tenant: str = "default") -> str:
    """The path of the link that this person is sent."""
    row = await flow._house.store.row("asked_question", id=(await flow.question()).id)
    assert row is not None
    way = NotifySettings(kind="slack", secret="S", person=name, tenant=tenant)
    entrance = await flow._house.courier.admit(way, Asked.of(row), "asked")
    assert entrance.kind == "signed"
    return str(entrance.url).removeprefix(HOST)


async def said(flow: TestFlow, action: str = "approve", **more: str) -> dict[str, str]:
    """A form as the page has it now."""
    return {"action": action, "digest": (await flow.question()).record.digest, **more}


async def refused(looks: Looks, does: Does, path: str, status: int, why: str) -> None:
    """Looking and deciding answer alike, and say the same."""
    assert why in words(await looks(path, status))
    assert why in words((await does(path, status, action="approve", digest="x")).text)


async def test_a_link_shows_its_question_to_its_person_and_a_post_decides_it(
    flow: TestFlow, looks: Looks, does: Does
) -> None:
    path, id = await link(flow), (await flow.question()).id
    for _ in range(3):  # as the scanner of a mail server does
        page = await looks(path)
    assert "Pay <b>17</b> back?" in words(page)
    assert "A link for" in page
    assert "ada" in page
    assert (await flow.approvals.get(id)).record.status == "pending"
    form = await said(flow, comment="fine")
    answer = await does(path, 303, **form)
    assert answer.headers["location"] == path
    decided = (await flow.approvals.get(id)).record
    assert (decided.status, decided.decided_by) == ("approved", "ada")
    [verdict] = (await (await flow.approvals.get(id)).case()).verdicts
    assert (verdict.channel, verdict.comment) == ("link", "fine")
    [act] = await flow.audit.list(verb="approvals.decide")
    assert (act.who, act.channel) == ("ada", "link")
    after = await looks(path)
    assert "Approved by ada" in words(after)
    assert "<form" not in after
    await does(path, 303, **form)  # sent once more, it changes nothing
    assert len((await (await flow.approvals.get(id)).case()).verdicts) == 1


async def test_nothing_leads_from_it_to_other_pages_and_it_listens_to_nothing(flow: TestFlow, looks: Looks) -> None:
    page = await looks(await link(flow))
    inside = page.partition("<body")[2]
    assert 'href="/' not in inside
    assert "hx-sse:connect" not in inside
    assert "<nav" not in inside
    assert "Request changes" not in inside  # that writes plans, which is for those who sign in


async def test_who_has_a_link_can_do_nothing_but_decide(flow: TestFlow, does: Does, client: httpx2.AsyncClient) -> None:
    """Not even what its person may do otherwise, by the same form or another path."""
    path = await link(flow)
    answer = await does(path, 403, **await said(flow, "revise", comment="otherwise"))
    assert "ada may not use approvals.revise: that needs the role operator" in words(answer.text)
    for other in (f"{path}/x", f"{path}/../../runs", f"{path}?next=/runs", "/runs", "/live/stream"):
        assert "refund 17" not in (await client.get(other, follow_redirects=True)).text
    assert (await client.get("/runs", headers={"referer": f"{HOST}{path}"})).status_code == 303
    assert "set-cookie" not in (await client.get(path)).headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_it_knows_no_other_methods(flow: TestFlow, client: httpx2.AsyncClient, method: str) -> None:
    answer = await client.request(method, await link(flow), headers={"origin": HOST})
    assert answer.status_code == 405


async def test_a_forged_or_altered_link_is_none(flow: TestFlow, looks: Looks, does: Does) -> None:
    path = await link(flow)
    session = await Seals(flow._house).seal("session", {"key": "x", "approval": "y"}, flow.now() + 60)
    for forged in (
        PATH,
        f"{PATH}x",
        f"{path[:-9]}{'A' if path[-9] != 'A' else 'B'}{path[-8:]}",
        f"{path}.x",
        f"{PATH}{session}",
        f"{PATH}é",
    ):
        await refused(looks, does, forged, 404, "this is no link that was given out here")
    assert (await flow.question()).record.status == "pending"


async def test_a_link_is_over_when_its_question_is(flow: TestFlow, looks: Looks, does: Does) -> None:
    path = await link(flow)
    await flow.expire_wait("agree")
    await refused(looks, does, path, 410, "this link has expired: sign in to see what became of the question")


async def test_what_its_person_may_is_looked_up_each_time(flow: TestFlow, looks: Looks, does: Does) -> None:
    """Another key of the same name is another person's, as far as anybody knows."""
    path = await link(flow)
    await flow.keys.revoke("ada")
    await refused(looks, does, path, 403, "this link does not open any more: key ada was revoked")
    await flow.keys.create("ada", roles=["approver"])
    await refused(looks, does, path, 403, "key ada was revoked")


async def test_the_link_of_a_key_that_has_expired_opens_nothing(flow: TestFlow, looks: Looks, does: Does) -> None:
    await flow.keys.create("carl", roles=["approver"], expires="1 hour")
    path = await link(flow, "carl")
    flow.clock.advance(3600)
    await refused(looks, does, path, 403, "key carl has expired")


async def test_who_is_not_asked_any_more_sees_it_and_decides_nothing(flow: TestFlow, looks: Looks, does: Does) -> None:
    path, form = await link(flow), await said(flow)
    await flow.agent(approvals={"approvers": ["bert"]})
    assert "that is for bert" in words(await looks(path))
    assert "that is for bert" in words((await does(path, 403, **form)).text)


async def test_whose_key_decides_nothing_may_look_as_ever(flow: TestFlow, looks: Looks, does: Does) -> None:
    made = await flow.keys.create("dora", roles=["operator"])
    until, id = flow.now() + 60, (await flow.question()).id
    path = PATH + await Seals(flow._house).seal(LINK, {"approval": id, "key": made.record.id}, until)
    assert "dora may not decide" in words(await looks(path)).replace("it:", f"{id}:")
    assert "that needs the role approver" in words((await does(path, 403, **await said(flow))).text)


async def test_of_a_suspended_tenant_or_an_archived_agent_nothing_is_decided(
    flow: TestFlow, looks: Looks, does: Does
) -> None:
    path, form = await link(flow), await said(flow)
    await flow.agents.archive("agent")
    assert "agent agent is archived: sign in to decide" in words((await does(path, 403, **form)).text)
    assert (await flow.question()).record.status == "pending"
    await flow.tenants.create("shop")
    shop = flow.acting_as(Principal("local", "shop"))
    made = await shop.keys.create("eve", roles=["approver"])
    sealed = await Seals(flow._house).seal(
        LINK, {"approval": (await flow.question()).id, "key": made.record.id}, flow.now() + 60
    )
    await refused(looks, does, PATH + sealed, 404, "there is no approval")  # another tenant's, as one that nobody has
    await flow.tenants.suspend("shop")
    await refused(looks, does, PATH + sealed, 403, "the tenant shop is suspended")


async def test_of_two_with_links_the_second_hears_who_was_first(flow: TestFlow, looks: Looks, does: Does) -> None:
    ada, bert, form = await link(flow), await link(flow, "bert"), await said(flow)
    assert "Approve" in await looks(ada)
    assert "Approve" in await looks(bert)
    await does(bert, 303, **{**form, "action": "reject", "comment": "no"})
    late = await does(ada, 409, **form)
    assert "is already rejected by bert: a question is decided once" in words(late.text)
    assert "Rejected by bert" in words(await looks(ada))


async def test_what_was_edited_meanwhile_is_looked_at_again(flow: TestFlow, looks: Looks, does: Does) -> None:
    await flow.agent(approvals={"quorum": 2})
    path, form = await link(flow), await said(flow)
    bert = flow.acting_as(Principal("bert"))
    await (await bert.approvals.get((await flow.question()).id)).approve(args={"id": "18"})
    late = await does(path, 412, **form)
    assert "now asks about something else" in words(late.text)
    assert (await flow.question()).record.status == "pending"
    assert "18" in words(await looks(path))


async def test_a_decision_comes_from_the_page_itself(flow: TestFlow, client: httpx2.AsyncClient) -> None:
    path, form = await link(flow), await said(flow)
    for headers in ({}, {"origin": "http://evil.example"}, {"origin": "null"}):
        answer = await client.post(path, data=form, headers=headers)
        assert answer.status_code == 403
    assert (await client.get(path, headers={"host": "evil.example"})).status_code == 421
    assert (await flow.question()).record.status == "pending"


async def test_where_others_reach_the_service_it_opens_under_any_name_of_its(flow: TestFlow) -> None:
    there = httpx2.ASGITransport(Site(flow, local=False))
    async with httpx2.AsyncClient(transport=there, base_url="http://flow.example") as client:
        assert (await client.get(await link(flow))).status_code == 200


async def test_the_link_is_in_no_log_and_in_no_page_that_says_what_went_wrong(
    flow: TestFlow,
    site: Site,
    client: httpx2.AsyncClient,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    path = await link(flow)
    sealed = path.removeprefix(PATH)
    headers = {"origin": HOST}
    await client.get(path)
    await client.post(path, data={"action": "x", "digest": "x"}, headers=headers)
    for answer in (
        await client.get(f"{path}x"),
        await client.request("PUT", path, headers=headers),
        await client.post(path, content=b"x" * 3_000_000, headers=headers),
    ):
        assert answer.status_code >= 400
        assert sealed not in answer.text

    async def broken(*args: Any, **more: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("agentflow.page.linked.decision_page", broken)
    answer = await client.get(path)
    assert (answer.status_code, sealed in answer.text) == (500, False)
    ours = "\n".join(one.getMessage() for one in caplog.records if one.name.startswith("agentflow"))
    assert "GET /a/ 200" in ours
    assert "GET /a/ failed" in ours
    assert sealed not in ours


async def test_its_pages_are_as_strict_as_all_others(flow: TestFlow, client: httpx2.AsyncClient) -> None:
    answer = await client.get(await link(flow))
    for name, value in HEADERS:
        assert answer.headers[name.decode()] == value.decode()
    assert "<script>" not in answer.text
    assert "//" not in answer.text.replace(HOST, "").partition("<body")[2]  # nothing of another address
