"""Goes wherever a page leads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urldefrag, urlsplit

from playwright.async_api import Page

MOST = 150
"""Pages that are looked at."""
FILES = (".csv", ".json", "/download")
"""Links to what a browser saves."""


async def crawled(page: Page, url: str) -> AsyncIterator[str]:
    """Every page that links lead to from this one on, each address once; those of one path with other queries count as
    others, a few of each."""
    seen, waiting, of_path = {url}, [url], dict[str, int]()
    while waiting and len(seen) < MOST:
        here = waiting.pop(0)
        await page.goto(here)
        yield here
        for link in await page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)"):
            to = urldefrag(link).url
            path = urlsplit(to).path
            ours = urlsplit(to).netloc == urlsplit(url).netloc and not path.endswith(FILES)
            if ours and to not in seen and of_path.get(path, 0) < 3:
                of_path[path] = of_path.get(path, 0) + 1
                seen.add(to)
                waiting.append(to)
