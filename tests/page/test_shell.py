"""The frame of the page: signing in, where forms may come from, files, errors, and that it is live."""

from __future__ import annotations

import html
import re

import httpx2
import pytest

from agentflow.app import AgentFlow
from agentflow.page import HEADERS, Site, live
from agentflow.page.live import CHANGED
from agentflow.page.shell import templates
from agentflow.settings import ServeSettings

from ..fakes import office
from ..fakes.waiting import until
from .conftest import HOST, Looks, listening, words


async def signed_in(client: httpx2.AsyncClient, secret: str, onward: str = "") -> httpx2.Response:
    return await client.post(f"/login?next={onward}", data={"key": secret}, headers={"origin": HOST})


async def test_without_a_key_in_the_house_the_person_at_this_machine_is_let_in(looks: Looks) -> None:
    assert "local" in await looks("/nowhere", 404)


async def test_once_there_is_a_key_a_stranger_is_sent_to_sign_in_and_then_goes_on(
    client: httpx2.AsyncClient, flow: AgentFlow
) -> None:
    made = await flow.keys.create("ada", roles=["viewer"])
    sent = await client.get("/nowhere")
    assert (sent.status_code, sent.headers["location"]) == (303, "/login?next=/nowhere")
    sent = await client.get("/runs?status=failed&text=a%20b")
    assert sent.headers["location"] == "/login?next=/runs%3Fstatus%3Dfailed%26text%3Da%2520b"
    assert 'action="/login?next=/runs%3Fstatus%3Dfailed' in (await client.get(sent.headers["location"])).text
    let_in = await signed_in(client, made.secret, "/nowhere")
    assert (let_in.status_code, let_in.headers["location"]) == (303, "/nowhere")
    assert "ada" in (await client.get("/nowhere")).text
    cookie = let_in.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=lax", "path=/"))
    assert made.secret not in cookie


async def test_a_wrong_key_is_refused_on_the_page_and_lets_nobody_in(
    client: httpx2.AsyncClient, flow: AgentFlow
) -> None:
    await flow.keys.create("ada", roles=["viewer"])
    answer = await signed_in(client, "af_12345678_" + "x" * 43)
    assert answer.status_code == 401
    assert "this is no key of this house" in words(answer.text)
    assert (await client.get("/nowhere")).status_code == 303


async def test_a_revoked_key_ends_its_sessions_at_once(client: httpx2.AsyncClient, flow: AgentFlow) -> None:
    made = await flow.keys.create("ada", roles=["viewer"])
    await signed_in(client, made.secret)
    assert (await client.get("/nowhere")).status_code == 404
    await flow.keys.revoke("ada")
    assert (await client.get("/nowhere")).status_code == 303
    live = await client.get("/live/stream", headers={"hx-request": "true"})
    assert (live.status_code, live.headers["hx-redirect"]) == (401, "/login?next=/")
    shown = {"hx-request": "true", "hx-current-url": f"{HOST}/runs/one?step=a%231"}
    live = await client.get("/live/stream", headers=shown)
    assert live.headers["hx-redirect"] == "/login?next=/runs/one%3Fstep%3Da%25231"


async def test_what_is_sent_after_a_session_has_ended_is_kept_to_be_sent_again(
    client: httpx2.AsyncClient, flow: AgentFlow
) -> None:
    made = await flow.keys.create("ada", roles=["operator"])
    typed = {"agent": "clerk", "goal": 'Say "hello"\r\n\r\nto <b>', "empty": ""}
    late = await client.post("/goals/new?a=1", data=typed, headers={"origin": HOST})
    assert late.status_code == 401
    assert "Nothing was done yet" in words(late.text)
    assert '<form method="post" action="/goals/new?a=1">' in late.text
    shown = re.findall('<input type="hidden" name="([^"]*)" value="([^"]*)">', late.text)
    assert {name: html.unescape(text) for name, text in shown} == typed
    await signed_in(client, made.secret)
    again = await client.post("/goals/new?a=1", data=typed, headers={"origin": HOST})
    assert "there is no agent 'clerk'" in words(again.text)


@pytest.mark.parametrize("body", [b"", b"a=%ff", b"a=" + b"x" * 300_000])
async def test_what_nobody_can_have_typed_is_not_kept(client: httpx2.AsyncClient, flow: AgentFlow, body: bytes) -> None:
    await flow.keys.create("ada", roles=["operator"])
    late = await client.post("/goals/new", content=body, headers={"origin": HOST})
    assert (late.status_code, late.headers["location"]) == (303, "/login?next=/")
    assert (
        await client.post("/goals/new", content=b"a=b", headers={"origin": "https://evil.example"})
    ).status_code == 403


async def test_who_signs_out_is_a_stranger_again(client: httpx2.AsyncClient, flow: AgentFlow) -> None:
    await signed_in(client, (await flow.keys.create("ada", roles=["viewer"])).secret)
    left = await client.post("/logout", headers={"origin": HOST})
    assert (left.status_code, left.headers["location"]) == (303, "/login")
    assert (await client.get("/nowhere")).status_code == 303


@pytest.mark.parametrize("forged", ["", "x", "WzEsIHsia2V5IjogImtleS0xIn1d.x", "é"])
async def test_a_forged_cookie_is_nobodys(client: httpx2.AsyncClient, flow: AgentFlow, forged: str) -> None:
    await flow.keys.create("ada", roles=["viewer"])
    answer = await client.get("/nowhere", headers=[(b"cookie", f"agentflow={forged}".encode())])
    assert answer.status_code == 303


@pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example", "/\\evil.example", "/a%0d%0ab", "evil"])
async def test_signing_in_leads_nowhere_else(client: httpx2.AsyncClient, flow: AgentFlow, onward: str) -> None:
    made = await flow.keys.create("ada", roles=["viewer"])
    assert (await signed_in(client, made.secret, onward)).headers["location"] == "/"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "http://evil.example"},
        {"origin": "http://["},
        {"origin": HOST, "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
async def test_what_changes_something_comes_from_the_page_itself(
    client: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.post("/logout", headers=headers)
    assert answer.status_code == 403
    assert "from a page of another address" in words(answer.text)


async def test_through_a_proxy_forms_come_from_where_people_reach_it(flow: AgentFlow) -> None:
    """Whether the proxy tells the house that name, or that of this machine."""
    there = httpx2.ASGITransport(Site(flow, ServeSettings(url="https://flow.example")))
    async with httpx2.AsyncClient(transport=there, base_url=HOST) as client:
        for host in ("flow.example", "127.0.0.1"):
            for origin, status in (("https://flow.example", 303), ("https://evil.example", 403)):
                answer = await client.post("/logout", headers={"host": host, "origin": origin})
                assert answer.status_code == status


async def test_other_names_of_this_machine_are_refused(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/", headers={"host": "evil.example"})).status_code == 421


async def test_every_page_has_the_strict_headers_and_no_script_of_its_own(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/login")
    for name, value in HEADERS:
        assert answer.headers[name.decode()] == value.decode()
    assert "<script>" not in answer.text
    assert "style=" not in answer.text


async def test_files_are_kept_by_browsers_and_nothing_else_is_served(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/login")).text
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    style = await client.get(address)
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in style.headers["cache-control"]
    for path in ("/static/..%2f__init__.py", "/static/assets.py", "/static/", "/static/../shell.py"):
        assert (await client.get(path)).status_code == 404, path


async def test_the_api_keeps_its_problems_and_the_page_its_pages(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/v1/nothing")).headers["content-type"] == "application/problem+json"
    assert (await client.get("/nothing")).headers["content-type"] == "text/html; charset=utf-8"
    assert (await client.get("/logout")).status_code == 405


async def test_a_body_that_is_too_large_is_refused_before_anybody_is_known(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/login", content=b"x" * 3_000_000, headers={"origin": HOST})
    assert answer.status_code == 413


async def test_a_form_of_bytes_that_are_no_text_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/login", content=b"key=\xff", headers={"origin": HOST})
    assert answer.status_code == 422
    assert "this form cannot be read" in words(answer.text)


async def test_the_stream_calls_once_for_many_changes_and_ends_with_the_service(
    flow: AgentFlow, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of another run than the one that a page is about, it says nothing."""
    monkeypatch.setattr(live, "PACE", 60.0)  # however slow the machine is: what comes in it is one call
    agent = await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
    await agent.register(office.WAITS)
    run = await agent.start({})
    said, ended = listening(flow.acting_as(flow.principal), site.ending, f"run:{run.id}")
    await until(lambda: said)
    await agent.start({})
    for _ in range(5):
        await run.send("other", {})
    await run.cancel()
    await until(lambda: any(CHANGED in one for one in said))
    site.ending.set()
    await ended
    assert sum(CHANGED in one for one in said) == 1


def test_a_moment_is_told_as_people_say_it_and_exactly() -> None:
    asked = templates().from_string('{% from "_time.html" import when with context %}{{ when(0.0) }}')
    said = asked.render(asked_at=2 * 86_400.0)
    assert said.startswith('<time datetime="1970-01-01T00:00:00Z" title="1970-01-01 00:00:00 UTC">')
    assert said.endswith(">2 days ago</time>")
