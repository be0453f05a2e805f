"""Every screen, as somebody sees it who needs more of it than most."""

from __future__ import annotations

import os
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from .conftest import Enter, Served
from .places import places
from .stage import DARK, DESKTOP, IN_A_BROWSER, PHONE

pytestmark = IN_A_BROWSER

GRAVE = {"serious", "critical"}
FOUND = "axe.run({resultTypes: ['violations']}).then((told) => told.violations)"
"""All that axe tells takes as long to bring here as it took to find."""
LOOKS = [DESKTOP, PHONE | DARK]
NIGHTLY = os.environ.get("AGENTFLOW_HYPOTHESIS") == "nightly"
"""`make test` looks at each screen in one of the two ways, one after the other; `make nightly` in both."""


async def found(page: Page) -> list[str]:
    """What axe holds against a page, if it keeps people out."""
    await page.evaluate(Axe().axe_script)
    return [
        f"{one['id']}: {node['target']}: {node['failureSummary']}"
        for one in await page.evaluate(FOUND)
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("turn", [0, 1], ids=["desktop-light", "phone-dark"])
async def test_axe_finds_nothing_grave_and_no_screen_goes_sideways(enter: Enter, seeded: Served, turn: int) -> None:
    look: dict[str, Any] = LOOKS[turn]
    told = {"sign-in": await found((await enter(seeded.url, "/login", **look)).page)}
    page, watch = await enter(seeded.url, key=seeded.shop.secrets["anna"], **look)
    screens = list((await places(seeded.shop)).items())
    with watch.expecting(404):
        for name, path in screens if NIGHTLY else screens[turn :: len(LOOKS)]:
            answer = await page.goto(seeded.url + path)
            assert answer is not None
            assert answer.status == (404 if name == "not-here" else 200), path
            told[name] = await found(page)
            wide, seen = await page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
            told[name] += [f"{wide} px wide, of which {seen} are seen"] if wide > seen else []
    assert {name: grave for name, grave in told.items() if grave} == {}
