"""The whole service on a free port of this process, and a browser that comes in."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, async_playwright

from agentflow.app import AgentFlow
from agentflow.cli.listening import listen
from agentflow.page import Site
from agentflow.web.server import serving

IN_A_BROWSER = [pytest.mark.xdist_group("browser"), pytest.mark.asyncio(loop_scope="session")]
"""Of each file with tests for the browser: one process starts it, and all of them share its loop."""
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DARK: dict[str, Any] = {"color_scheme": "dark"}
STILL: dict[str, Any] = {"reduced_motion": "reduce", "locale": "en-GB", "timezone_id": "UTC"}
"""What every page is told, so that two pictures of it are the same."""
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first has no windows that nobody sees, and so takes half as long for a page."""


def chromium() -> str | None:
    """Where this machine has Chromium; Playwright's own would have to be fetched."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@asynccontextmanager
async def started(chromium: str) -> AsyncIterator[Browser]:
    """A browser without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        await browser.close()


@asynccontextmanager
async def answering(flow: AgentFlow) -> AsyncIterator[str]:
    """Where an open house shows its page."""
    with listen("127.0.0.1", 0) as listener:
        site = Site(flow)
        async with serving(site, site.ending, listener):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"


async def sign_in(context: BrowserContext, url: str, secret: str) -> None:
    """Let a context be somebody's whose key this is."""
    answer = await context.request.post(f"{url}/login", form={"key": secret}, headers={"origin": url}, max_redirects=0)
    assert answer.status == 303, await answer.text()
