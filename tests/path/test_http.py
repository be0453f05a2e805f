"""`http.get` and `http.request` in a plan, from its source to a server on this machine and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agentflow.errors import PlanRefused, UsageError
from agentflow.settings import HttpSettings
from agentflow.tools.outbound import Outbound

from ..tools.site import Site, outbound, said
from .harness import Stage, staged

READ = 'return (await step.do("read", tools.http.get(url=event.payload["url"]), retries={"limit": 1}))["body"]'
WRITE = """
answer = await step.do("write", tools.http.request(method="POST", url=event.payload["url"], json={"item": "tea"}))
return answer["status"]
"""


@asynccontextmanager
async def set_up(folder: Path, site: Site, hosts: Sequence[str] | None = None) -> AsyncIterator[Stage]:
    """A stage whose agent may reach the site; this machine counts as public, and the rest is the real way out."""
    async with staged(folder, hosts=[site.place] if hosts is None else hosts, send=outbound().send) as stage:
        yield stage


async def _drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close without a word."""


async def test_a_plan_reads_writes_and_uses_the_answers(tmp_path: Path) -> None:
    body = """
    url = event.payload["url"]
    items = (await step.do("read", tools.http.get(url=url + "items", params={"page": 2})))["body"]
    order = tools.http.request(method="POST", url=url, json={"item": items[0]}, headers={"X-Note": "hello"})
    answer = await step.do("write", order)
    return [answer["status"], answer["headers"]["location"]]
    """
    made = said(status="201 Created", location="/orders/7")
    async with Site(said(b'["tea"]', content_type="application/json"), made) as site, set_up(tmp_path, site) as stage:
        assert await stage.result(await stage.start(body, {"url": site.url})) == [201, "/orders/7"]
    read, written = site.heard
    assert (read.line, written.line, written.body) == (
        "GET /items?page=2 HTTP/1.1",
        "POST / HTTP/1.1",
        b'{"item": "tea"}',
    )
    assert (written.headers["x-note"], len(written.headers["idempotency-key"])) == ("hello", 64)


async def test_reading_that_breaks_is_tried_again(tmp_path: Path) -> None:
    async with Site(_drop, said(b"there")) as site, set_up(tmp_path, site) as stage:
        assert await stage.result(await stage.start(READ, {"url": site.url})) == "there"


async def test_whether_something_was_done_is_asked_of_a_person_where_the_connection_broke(tmp_path: Path) -> None:
    async with Site(_drop, said(status="201 Created")) as site, set_up(tmp_path, site) as stage:
        run = await stage.start(WRITE, {"url": site.url})
        question = await stage.question()
        assert "after the request was sent: it may have been carried out" in question.record.question
        await question.not_happened()
        assert await stage.result(run) == 201
    first, second = (heard.headers["idempotency-key"] for heard in site.heard)
    assert first == second


@pytest.mark.parametrize("hosts", [[], ["example.com"]])
async def test_a_host_that_the_agent_was_not_given_fails_the_step_at_once(tmp_path: Path, hosts: list[str]) -> None:
    async with Site(said()) as site, set_up(tmp_path, site, hosts) as stage:
        error = await stage.error(await stage.start(READ, {"url": site.url}))
    assert (error["type"], error["attempts"], site.heard) == ("ToolError", 1, [])
    assert (
        f"this agent may not send requests to {site.place}: allow it with `agentflow agent create" in error["message"]
    )


async def test_what_the_agent_may_reach_is_what_its_row_says_when_the_step_runs(tmp_path: Path) -> None:
    body = f'await step.sleep("a while", "1 day")\n{READ}'
    async with Site(said(b"there")) as site, set_up(tmp_path, site) as stage:
        run = await stage.start(body, {"url": site.url})
        await stage.reach(run, "sleeping")
        await stage.flow.agents.create("crew", model="offline:./answers", tools=["*"], hosts=[], update=True)
        assert (await stage.error(run))["type"] == "ToolError"
    assert site.heard == []


async def test_the_real_way_out_does_not_reach_this_machine(tmp_path: Path) -> None:
    async with Site(said()) as site:
        here = f"http://localhost:{site.port}"
        async with staged(tmp_path, hosts=[here], send=Outbound().send) as stage:
            error = await stage.error(await stage.start(READ, {"url": f"{here}/"}))
        assert "that is not public (loopback)" in error["message"]
    assert site.heard == []


@pytest.mark.parametrize(
    "call",
    ['tools.http.get(link="https://example.com")', 'tools.http.request(method="LOOK", url="https://example.com")'],
)
async def test_arguments_that_do_not_fit_are_found_before_the_plan_runs(stage: Stage, call: str) -> None:
    with pytest.raises(PlanRefused):
        await stage.start(f'await step.do("call", {call})')


def stored(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


async def test_a_key_that_is_bound_to_a_host_is_sent_there_and_seen_nowhere_else(tmp_path: Path) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said(site.heard[-1].headers["authorization"].encode(), x_note="Bearer sesame-4711"))

    body = 'return await step.do("r", tools.http.get(url=event.payload["url"], headers={"authorization": "mine"}))'
    async with Site(echo) as site:
        http = {site.place: HttpSettings(headers={"Authorization": "Bearer {API_TOKEN}"})}
        secrets = {"API_TOKEN": "sesame-4711"}
        send = outbound().send
        async with staged(tmp_path, hosts=[site.place], send=send, http=http, secrets=secrets) as stage:
            answer = await stage.result(await stage.start(body, {"url": site.url}))
    assert site.heard[0].headers["authorization"] == "Bearer sesame-4711"
    assert (answer["body"], answer["headers"]["x-note"]) == ("Bearer [secret API_TOKEN]",) * 2
    assert not [file.name for file in stored(tmp_path) if b"sesame" in file.read_bytes()]


async def test_a_host_that_cannot_be_bound_is_told_when_the_house_opens(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r'\[http."\*.com"\]: \'\*.com\' is not a host: write api'):
        async with staged(tmp_path, http={"*.com": HttpSettings()}):
            raise AssertionError("it opened")
