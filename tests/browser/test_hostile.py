"""What models, tools and people have written does nothing in a browser: it is shown as the text that it is."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from . import evil
from .conftest import Enter
from .crawl import crawled
from .stage import IN_A_BROWSER, answering

pytestmark = IN_A_BROWSER

SCREENS = {"", "approvals", "goals", "runs", "agents", "tools", "schedules", "audit"}
"""Where such texts must have been seen, or else this test has not looked."""


async def test_no_text_of_anybody_becomes_a_part_of_a_page(enter: Enter, tmp_path: Path) -> None:
    """Scripts would run, pictures be asked for elsewhere, and the policy be broken: each fails the test by itself."""
    shown = set[str]()
    async with evil.opened(tmp_path) as (flow, secret), answering(flow) as url:
        page = (await enter(url, key=secret)).page
        async for here in crawled(page, f"{url}/"):
            assert await page.evaluate(evil.HARM) == [], here
            if "hacked()" in (await page.text_content("main") or ""):
                shown.add(urlsplit(here).path.split("/")[1])
        await page.context.close()
    assert shown >= SCREENS
