"""Goes wherever a page leads."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urldefrag, urlsplit

from playwright.async_api import Page

ALIKE, CHOSEN = 8, 1
"""Addresses of one form (as many parts, the same names in their query) that are looked at: without a query, and
with one."""
FILES = (".csv", ".json")
"""What a browser saves and does not show."""


async def crawled(page: Page, url: str) -> AsyncIterator[str]:
    """Every page that links lead to from this one on."""
    seen, waiting, alike = {url}, [url], Counter[tuple[str, ...]]()
    while waiting:
        here = waiting.pop(0)
        await page.goto(here, wait_until="domcontentloaded")
        yield here
        for link in await page.eval_on_selector_all("a[href]:not([download])", "links => links.map(link => link.href)"):
            to = urldefrag(link).url
            if to not in seen and _is_page_of(to, url) and alike[_form(to)] < (CHOSEN if "?" in to else ALIKE):
                alike[_form(to)] += 1
                seen.add(to)
                waiting.append(to)


def _is_page_of(address: str, home: str) -> bool:
    asked = urlsplit(address)
    return asked.netloc == urlsplit(home).netloc and not asked.path.endswith(FILES)


def _form(address: str) -> tuple[str, ...]:
    asked = urlsplit(address)
    parts = asked.path.split("/")
    return (parts[1], str(len(parts)), *sorted(parse_qs(asked.query)))
