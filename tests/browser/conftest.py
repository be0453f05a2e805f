"""One browser for all tests, and a context of its own for each of them."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from .watch import TELL, Watch

NAMES = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 10
"""How long a page may take for what a test waits for."""

Enter = Callable[..., Any]
"""`await enter(url, color_scheme="dark")`: a page of a new context at this address."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("there is no Chromium on the PATH: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def enter(browser: Browser) -> AsyncIterator[Enter]:
    """Opens pages; at the end none of them may have complained."""
    watches = list[Watch]()
    async with AsyncExitStack() as stack:

        async def entered(url: str, **options: Any) -> tuple[Page, Watch]:
            context = await browser.new_context(**{"reduced_motion": "reduce", "locale": "en-GB", **options})
            stack.push_async_callback(context.close)
            context.set_default_timeout(SECONDS * 1000)
            watches.append(Watch(context, url))
            await context.add_init_script(TELL)
            page = await context.new_page()
            await page.goto(url)
            return page, watches[-1]

        yield entered
    assert [told for watch in watches for told in watch.complaints] == []
