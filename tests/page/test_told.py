"""The page of a question says who was told of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from agentflow.settings import NotifySettings, Settings
from agentflow.testing import TestFlow

from ..fakes import office
from ..notices import servers
from .conftest import Does, Looks, words

PEOPLE = ("ada", "bert", "carl")


@pytest.fixture
async def flow() -> AsyncIterator[TestFlow]:
    """Its only round of notices is made: ada may decide, bert may not, and carl has no key."""
    with servers.web() as hook:
        way = NotifySettings(kind="webhook", url=hook.url, secret="HOOK_KEY")
        ways = {"ops": way, **{f"post-{name}": way.model_copy(update={"person": name}) for name in PEOPLE}}
        secrets, settings = {"HOOK_KEY": "a-long-enough-key"}, Settings(notify=ways)
        async with TestFlow(tools=office.tools(), settings=settings, secrets=secrets) as flow:
            for task in flow._aside:
                task.cancel()
            await flow.keys.create("ada", roles=["approver"])
            await flow.keys.create("bert", roles=["viewer"])
            await flow.run(office.REFUNDS, {"id": "17"}, agent=await flow.agent())
            await flow.settle()
            await flow._house.courier.round()
            yield flow


async def test_who_was_told_or_could_not_be_is_shown_and_not_whom_it_is_nothing_for(
    flow: TestFlow, looks: Looks, does: Does
) -> None:
    made = await flow.keys.create("dora", roles=["viewer"])
    await does("/login", key=made.secret)
    page = words(await looks(f"/approvals/{(await flow.question()).id}"))
    told = page.partition("Who was told")[2]
    assert "ops , that it was asked: sent" in told
    assert "ada by post-ada, that it was asked: sent" in told
    assert "carl by post-carl, that it was asked: tried again" in told
    assert "there is no key 'carl', or it is revoked" in told
    assert "bert" not in told


async def test_where_nobody_was_told_nothing_is_said_of_it(flow: TestFlow, looks: Looks, does: Does) -> None:
    later = await flow.run(office.REFUNDS, {"id": "18"}, agent=await flow.agents.get("agent"))
    await flow.settle()
    made = await flow.keys.create("dora", roles=["viewer"])
    await does("/login", key=made.secret)
    [untold] = await flow.approvals.list(run=later.id)
    assert "Who was told" not in await looks(f"/approvals/{untold.id}")
