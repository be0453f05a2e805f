"""Coming in and leaving, by hand."""

from __future__ import annotations

from agentflow.app import AgentFlow

from .conftest import Enter
from .stage import IN_A_BROWSER

pytestmark = IN_A_BROWSER


async def test_somebody_signs_in_with_the_keyboard_alone_and_comes_to_where_they_wanted(
    flow: AgentFlow, url: str, enter: Enter
) -> None:
    key = await flow.keys.create("ada", roles=["viewer", "admin"])
    tab = await enter(url, "/agents")
    page = tab.page
    assert page.url == f"{url}/login?next=/agents"
    with tab.watch.expecting(401):
        await page.keyboard.type("af_12345678_nokey")
        await page.keyboard.press("Enter")
        await page.get_by_role("alert").get_by_text("this is no key of this house").wait_for()
    await page.keyboard.type(key.secret)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{url}/agents")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    assert await page.evaluate("document.activeElement.id") == "main"
    await page.get_by_role("button", name="Sign out").press("Enter")
    await page.wait_for_url(f"{url}/login")
    await page.goto(f"{url}/agents")
    assert page.url == f"{url}/login?next=/agents"
