"""One browser for all tests, a context of its own for each of them, and the shop to look at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from agentflow.app import AgentFlow
from agentflow.settings import Settings

from . import seed, shop
from .stage import STILL, answering, chromium, sign_in, started
from .watch import TELL, Watch

SECONDS = 20
"""How long a page may take for what a test waits for."""


class Served(NamedTuple):
    """The shop, and where its page is."""

    shop: seed.Shop
    url: str


class Tab(NamedTuple):
    """A page, and what is heard of it."""

    page: Page
    watch: Watch


class Enter(Protocol):
    """`await enter(url, "/runs", key=secret, color_scheme="dark")`: a page of a new context at this address."""

    def __call__(self, url: str, path: str = "/", *, key: str | None = None, **options: Any) -> Awaitable[Tab]: ...


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    found = chromium()
    if found is None:
        pytest.skip("there is no Chromium on the PATH: apt-get install chromium-headless-shell")
    expect.set_options(timeout=SECONDS * 1000)
    async with started(found) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def enter(browser: Browser) -> AsyncIterator[Enter]:
    """Opens pages; at the end none of them may have complained."""
    watches = list[Watch]()
    async with AsyncExitStack() as stack:

        async def entered(url: str, path: str = "/", *, key: str | None = None, **options: Any) -> Tab:
            context = await browser.new_context(**{**STILL, **options})
            stack.push_async_callback(context.close)
            context.set_default_timeout(SECONDS * 1000)
            if key is not None:
                await sign_in(context, url, key)
            watches.append(Watch(context, url))
            await context.add_init_script(TELL)
            page = await context.new_page()
            await page.goto(url + path)
            return Tab(page, watches[-1])

        yield entered
    assert [told for watch in watches for told in watch.complaints] == []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def seeded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """The shop as it stands after three days: to be looked at, and not to be changed."""
    async with seed.opened(tmp_path_factory.mktemp("shop")) as made, answering(made.flow) as url:
        yield Served(made, url)


@pytest_asyncio.fixture(loop_scope="session")
async def flow(tmp_path: Path) -> AsyncIterator[AgentFlow]:
    """A shop that has just been opened, in which time goes on; there is no key yet."""
    shop.answers(tmp_path)
    async with AgentFlow(tools=shop.tools(), settings=Settings(folder=tmp_path)) as flow:
        yield flow


@pytest_asyncio.fixture(loop_scope="session")
async def url(flow: AgentFlow) -> AsyncIterator[str]:
    async with answering(flow) as url:
        yield url
