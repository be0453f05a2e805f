"""The stored notebooks as pages, as a forge or a colleague shows them: nothing is missing, nothing sticks out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from nbconvert import HTMLExporter
from playwright.async_api import Browser

from ..notebooks.running import NOTEBOOKS, code, read
from .stage import IN_A_BROWSER, STILL

pytestmark = IN_A_BROWSER

NO_SERVER = {"mathjax_url": "", "require_js_url": "", "jquery_url": "", "mermaid_js_url": "data:text/javascript,"}
"""What a page of nbconvert would fetch, and does not need here."""
WIDTHS = (1000, 500)
DRAWN = {"text/html", "text/markdown"}
PARTS = {
    "02_reading_a_plan": {"svg": 3, "table": 1, "pre": 4},
    "03_approvals": {"svg": 1, "table": 3, "pre": 2},
    "04_crash_sleep_resume": {"svg": 2, "table": 3, "details": 2},
    "05_a_plan_that_went_wrong": {"svg": 2, "table": 2},
    "06_your_own_tools": {"svg": 1, "table": 2, "pre": 2},
    "07_evals": {"table": 1},
}
"""What must be seen at least in the objects of a notebook."""

STICKING_OUT = """() => {
  const slides = (element, output) =>
    element !== output && (getComputedStyle(element).overflowX !== "visible" || slides(element.parentElement, output));
  return [...document.querySelectorAll(".jp-OutputArea-output")].flatMap((output) => {
    const over = (one) => one.getBoundingClientRect().right - output.getBoundingClientRect().right;
    return [...output.querySelectorAll("*")]
      .filter((one) => one.checkVisibility() && over(one) > 1 && !slides(one.parentElement, output))
      .map((one) => `${one.outerHTML.slice(0, 80)}: ${over(one)} px`);
  });
}"""
SEEN = """() => [...document.querySelectorAll(".jp-RenderedHTMLCommon.jp-OutputArea-output")].map((output) =>
  [...output.querySelectorAll("*"), output].filter((one) => {
    const { width, height } = one.getBoundingClientRect();
    return width && height && (one.textContent.trim() || one.querySelector("path, rect"));
  }).map((one) => one.tagName.toLowerCase()))"""


@pytest.fixture(scope="module")
def exporter() -> HTMLExporter:
    return HTMLExporter(**NO_SERVER)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
async def test_a_notebook_shows_all_of_its_outputs_and_none_is_wider_than_its_place(
    browser: Browser, exporter: HTMLExporter, path: Path, tmp_path: Path
) -> None:
    page_of_it = tmp_path / f"{path.stem}.html"
    page_of_it.write_text(exporter.from_filename(str(path))[0], "utf-8")
    asked_for = list[str]()
    async with await browser.new_context(**STILL) as context:
        context.on("request", lambda request: asked_for.append(request.url))
        page = await context.new_page()
        await page.goto(page_of_it.as_uri())
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            assert await page.evaluate(STICKING_OUT) == []
        seen = await page.evaluate(SEEN)
    assert not [url for url in asked_for if url.startswith("http")]
    outputs = [output.get("data", {}) for cell in code(read(path)) for output in cell.outputs]
    assert len(seen) == sum(not DRAWN.isdisjoint(output) for output in outputs)
    assert all(seen), "an output shows nothing"
    counted = Counter(tag for tags in seen for tag in tags)
    least = PARTS.get(path.stem, {})
    assert {tag: counted[tag] for tag in least if counted[tag] < least[tag]} == {}, f"there should be {least}"
