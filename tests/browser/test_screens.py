"""Every screen, as somebody sees it who needs more of it than most."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from .conftest import Enter, Served
from .places import places
from .stage import DARK, DESKTOP, IN_A_BROWSER, PHONE

pytestmark = IN_A_BROWSER

GRAVE = {"serious", "critical"}


async def found(page: Page) -> list[str]:
    """What axe holds against a page, if it keeps people out."""
    told = await Axe().run(page, options={"resultTypes": ["violations"]})
    return [
        f"{one['id']}: {node['target']}: {node['failureSummary']}"
        for one in told.response["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("look", [DESKTOP, PHONE | DARK], ids=["desktop-light", "phone-dark"])
async def test_axe_finds_nothing_grave_and_no_screen_goes_sideways(
    enter: Enter, seeded: Served, look: dict[str, Any]
) -> None:
    told = {"sign-in": await found((await enter(seeded.url, "/login", **look)).page)}
    page, watch = await enter(seeded.url, key=seeded.shop.secrets["anna"], **look)
    with watch.expecting(404):
        for name, path in (await places(seeded.shop)).items():
            answer = await page.goto(seeded.url + path)
            assert answer is not None
            assert answer.status == (404 if name == "not-here" else 200), path
            told[name] = await found(page)
            wide, seen = await page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
            told[name] += [f"{wide} px wide, of which {seen} are seen"] if wide > seen else []
    assert {name: grave for name, grave in told.items() if grave} == {}
