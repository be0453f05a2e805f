"""Whatever a page must not do fails the test that looks at it: here pages do it on purpose."""

from __future__ import annotations

import asyncio

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.async_api import Browser

from agentflow.cli.listening import listen
from agentflow.web.server import serving

from .stage import IN_A_BROWSER
from .watch import TELL, Watch

pytestmark = IN_A_BROWSER


POLICY = "default-src 'none'; script-src 'nonce-x'; img-src * data:"
EVIL = """
<script>alert("inline")</script>
<p style="color: red">x</p>
<img src="http://[::1]:9/">
<script nonce=x>console.error("bad")</script>
<script nonce=x>alert("run")</script>
<script nonce=x>throw new Error("no")</script>
"""
SAID = {
    "CSP refused inline by script-src-elem",
    "CSP refused inline by style-src-attr",
    "asked elsewhere: http://[::1]:9/",
    "failed: http://[::1]:9/: net::ERR_UNSAFE_PORT",
    "console: bad",
    "dialog: run",
    "uncaught: no",
}


async def complaints(browser: Browser, body: str, then: str, *expected: int) -> str:
    """What is said of a page with this body under a strict policy, and of another address that is asked for then."""
    app = FastAPI()
    app.state.ending = asyncio.Event()

    @app.get("/")
    async def page() -> HTMLResponse:
        return HTMLResponse(f"<link rel=icon href='data:,'>{body}", headers={"content-security-policy": POLICY})

    with listen("127.0.0.1", 0) as listener:
        async with serving(app, asyncio.Event(), listener), await browser.new_context() as context:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            watch = Watch(context, url)
            await context.add_init_script(TELL)
            tab = await context.new_page()
            await tab.goto(url)
            with watch.expecting(*expected):
                await tab.goto(url + then)
    return "\n".join(watch.complaints)


async def test_what_a_page_must_not_do_is_a_complaint(browser: Browser) -> None:
    told = await complaints(browser, EVIL, "gone")
    assert {said for said in SAID if said not in told} == set()
    assert "dialog: inline" not in told
    assert "status 404: GET http://127.0.0.1" in told


async def test_a_page_that_does_nothing_of_it_is_none(browser: Browser) -> None:
    assert await complaints(browser, "<p>fine</p>", "gone", 404) == ""
