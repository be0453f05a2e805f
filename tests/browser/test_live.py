"""A page moves by itself, and nothing is missed: neither before it listens nor while it does not."""

from __future__ import annotations

import asyncio

from playwright.async_api import Page, Route, expect

from agentflow.app import AgentFlow

from .conftest import Enter
from .stage import IN_A_BROWSER

pytestmark = IN_A_BROWSER

HIDDEN = """(hidden) => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


async def rows(page: Page, count: int) -> None:
    await expect(page.locator("main tbody tr")).to_have_count(count)


async def test_what_happens_while_a_page_is_in_the_background_is_seen_when_it_comes_back(
    flow: AgentFlow, url: str, enter: Enter
) -> None:
    agent = await flow.agents.create("refunds", model="offline:./quick", tools=["*"], review="always")
    page = (await enter(url, "/goals")).page
    async with page.expect_response(lambda answer: answer.url.endswith("/goals")):
        await agent.submit("Refund order 17.", {"order_id": "17"})
    await rows(page, 1)
    await page.evaluate(HIDDEN, True)
    await agent.submit("Refund order 42.", {"order_id": "42"})
    await page.evaluate(HIDDEN, False)
    await rows(page, 2)


async def test_a_page_is_live_however_late_its_scripts_come(flow: AgentFlow, url: str, enter: Enter) -> None:
    page = (await enter(url, "/login")).page

    async def late(route: Route) -> None:
        await asyncio.sleep(0.2)
        await route.continue_()

    await page.route("**/static/hx-sse*", late)
    async with page.expect_request("**/live/stream*"):
        await page.goto(f"{url}/goals")


async def test_what_happens_before_a_page_listens_is_seen_once_it_does(flow: AgentFlow, url: str, enter: Enter) -> None:
    agent = await flow.agents.create("refunds", model="offline:./quick", tools=["*"], review="always")
    page = (await enter(url, "/login")).page

    async def late(route: Route) -> None:
        await (await agent.submit("Refund order 17.", {"order_id": "17"}, plan_only=True)).plan()  # to the last change
        await route.continue_()

    await page.route("**/live/stream*", late, times=1)
    await page.goto(f"{url}/goals")
    await rows(page, 1)
