"""Tools: what they take, how dangerous they are, which secrets they lack, and whose plans may call them."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from agentflow.app import AgentFlow
from agentflow.page import Site
from agentflow.page import tools as screen
from agentflow.settings import Settings
from agentflow.tools import ToolContext, tool

from ..fakes import office
from .conftest import HOST, Looks, words


async def test_a_tool_is_told_with_its_signature_risk_and_effect_and_who_has_it(looks: Looks, flow: AgentFlow) -> None:
    await flow.agents.create("clerk", model=office.MODEL, tools=["orders.*", "payments.refund"])
    page = await looks("/tools")
    shown = words(page)
    for said in (
        "payments.refund high risk once agrees to each call clerk",
        "orders.get low risk read is not asked clerk",
        "mail.send low risk once is not asked nobody",
        "orders.get(id: str) -> dict[str, Any]",
        "The order with this id.",
        "a person agrees to each call",
    ):
        assert said in shown
    assert 'href="/agents/clerk"' in page
    assert "Secrets" not in shown


async def test_of_a_secret_is_shown_whether_it_is_here_and_never_what_it_is(tmp_path: Path) -> None:
    @tool(namespace="post", secrets=["HERE", "GONE"])
    async def send(ctx: ToolContext) -> str:
        """Send <it>."""
        return ctx.secrets["HERE"]

    flow = AgentFlow(tools=[send], settings=Settings(folder=tmp_path), secrets={"HERE": "hush-hush-hush"}, worker=False)
    async with flow, httpx2.AsyncClient(transport=httpx2.ASGITransport(Site(flow)), base_url=HOST) as client:
        page = (await client.get("/tools")).text
    shown = words(page)
    assert "HERE is here GONE is missing here" in shown
    assert "post.send lacks a secret" in shown
    assert "hush" not in page
    assert "Send &lt;it&gt;." in page


async def test_many_tools_are_folded_by_namespace(looks: Looks, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link to a tool leads into its fold, which a browser opens then."""
    assert '<details class="group" id="all-orders" open>' in await looks("/tools")
    monkeypatch.setattr(screen, "MANY", 2)
    page = await looks("/tools")
    assert '<details class="group" id="all-orders"><summary>' in page
    inside = page.partition('id="all-payments"')[2].partition('class="group"')[0]
    assert 'id="payments.refund"' in inside
    assert "orders.get" not in inside


async def test_where_there_are_no_tools_the_page_says_where_they_come_from(tmp_path: Path) -> None:
    async with AgentFlow(settings=Settings(folder=tmp_path), worker=False) as flow:
        flow._house.tools._tools.clear()
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(Site(flow)), base_url=HOST) as client:
            assert "This process has no tools" in words((await client.get("/tools")).text)
