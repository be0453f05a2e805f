"""`make screens`: pictures of every screen, in docs/screens/, with a page that shows them all."""

from __future__ import annotations

import asyncio
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from playwright.async_api import Browser, FloatRect, Page

from . import seed
from .places import places
from .stage import DARK, DESKTOP, PHONE, STILL, answering, chromium, sign_in, started

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
LOOKS: dict[str, dict[str, Any]] = {"": DESKTOP, "-dark": DESKTOP | DARK, "-phone": PHONE, "-phone-dark": PHONE | DARK}
MORE = {
    "inbox": ("-dark", "-phone"),
    "approval": ("-dark", "-phone", "-phone-dark"),
    "plan-review": ("-dark", "-phone"),
    "run-failed": ("-dark", "-phone"),
    "run-completed": ("-dark",),
}
"""Which screens are shown in which other looks."""
TALL = 1_800
"""Pixels of a page that a picture shows at most."""
COLOURS, WIDE = 256, Image.Quantize.MAXCOVERAGE
"""Of a picture: a third of its size, and nobody sees it; colours that are rare are kept."""


async def main() -> None:
    found = chromium()
    if found is None:
        sys.exit("there is no Chromium on the PATH: apt-get install chromium-headless-shell")
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with TemporaryDirectory(prefix="agentflow-screens-") as folder:
        async with seed.opened(Path(folder)) as shop, answering(shop.flow) as url, started(found) as browser:
            shown = await places(shop)
            for look, options in LOOKS.items():
                wanted = {name: path for name, path in shown.items() if not look or look in MORE.get(name, ())}
                await _taken(browser, url, shop.secrets["anna"], look, options, wanted)
    (FOLDER / "README.md").write_text(_index(list(shown)), "utf-8")


async def _taken(
    browser: Browser, url: str, secret: str, look: str, options: dict[str, Any], wanted: dict[str, str]
) -> None:
    context = await browser.new_context(**{**STILL, **options})
    page = await context.new_page()
    if not look:
        await page.goto(f"{url}/login")
        await _picture(page, "sign-in")
    await sign_in(context, url, secret)
    for name, path in wanted.items():
        await page.goto(url + path)
        await _picture(page, name + look)
    await context.close()


async def _picture(page: Page, name: str) -> None:
    wide, high = await page.evaluate("[window.innerWidth, document.documentElement.scrollHeight]")
    clip: FloatRect = {"x": 0, "y": 0, "width": wide, "height": min(high, TALL)}
    taken = await page.screenshot(full_page=True, clip=clip, animations="disabled")
    few = Image.open(BytesIO(taken)).convert("RGB").quantize(COLOURS, WIDE, dither=Image.Dither.NONE)
    few.save(FOLDER / f"{name}.png", optimize=True)


def _index(names: list[str]) -> str:
    parts = ["# Screens\n\nWritten by `make screens`, of a shop that is made up (`tests/browser/seed.py`).\n"]
    for name in ["sign-in", *names]:
        parts.append(f"## {name}\n\n![{name}]({name}.png)\n")
        parts += [f"![{name}{look}]({name}{look}.png)\n" for look in MORE.get(name, ())]
    return "\n".join(parts)


if __name__ == "__main__":
    asyncio.run(main())
