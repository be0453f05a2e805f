"""`http.get` and `http.request`: what a plan writes, and what becomes of it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from agentflow.errors import ToolError
from agentflow.tools import Tool, Toolbox, ToolContext
from agentflow.tools.http import http_tools, shown
from agentflow.tools.order import Answer, Order

CONTEXT = ToolContext(agent="ada", hosts=("example.com",), idempotency_key="k1")


class Way:
    """Keeps what it was to send, and answers."""

    def __init__(self) -> None:
        self.orders: list[Order] = []

    async def send(self, order: Order) -> Answer:
        self.orders.append(order)
        return Answer(200, {"x": "y"}, [1], "https://example.com/")


def tools(way: Way) -> tuple[Tool, Tool]:
    return http_tools(way.send)


def test_reading_may_be_repeated_and_anything_else_is_done_once() -> None:
    get, request = http_tools()
    assert (get.spec.name, get.spec.effect, get.spec.risk) == ("http.get", "read", "low")
    assert (request.spec.name, request.spec.effect, request.spec.risk) == ("http.request", "once", "medium")
    assert "untrusted" in get.spec.description


async def test_get_sends_what_it_was_given_and_the_answer_is_a_dict() -> None:
    way = Way()
    get, _ = tools(way)
    given = {"url": "https://example.com/", "headers": {"X-Note": "a"}, "params": {"n": 1}, "timeout": 2}
    assert await get.call(given, CONTEXT) == {
        "status": 200,
        "headers": {"x": "y"},
        "body": [1],
        "url": "https://example.com/",
    }
    headers = {"accept": "*/*", "user-agent": "agentflow", "x-note": "a"}
    assert way.orders == [
        Order(
            "GET", "https://example.com/", ("example.com",), {"n": 1}, headers, b"", timeout=2.0, agent="ada", bound=[]
        )
    ]


async def test_request_sends_json_and_the_key_of_its_step() -> None:
    way = Way()
    _, request = tools(way)
    await request.call({"method": "POST", "url": "https://example.com/", "json": {"a": None}}, CONTEXT)
    (order,) = way.orders
    assert (order.method, order.content, order.timeout) == ("POST", b'{"a": null}', 30.0)
    assert (order.headers["content-type"], order.headers["idempotency-key"]) == ("application/json", "k1")


@pytest.mark.parametrize(
    ("given", "headers"),
    [
        ({"method": "POST", "headers": {"Idempotency-Key": "mine"}}, {"idempotency-key": "mine"}),
        ({"method": "DELETE"}, {"idempotency-key": "k1"}),
        ({"method": "GET"}, {}),
        ({"method": "HEAD"}, {}),
        (
            {"method": "PUT", "body": "a=b", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
            {"content-type": "application/x-www-form-urlencoded", "idempotency-key": "k1"},
        ),
        ({"method": "PATCH", "body": b"x"}, {"content-type": "application/octet-stream", "idempotency-key": "k1"}),
    ],
)
async def test_what_the_plan_says_of_the_headers_wins(given: dict[str, Any], headers: dict[str, str]) -> None:
    way = Way()
    _, request = tools(way)
    await request.call({"url": "https://example.com/", **given}, CONTEXT)
    assert way.orders[0].headers == {"accept": "*/*", "user-agent": "agentflow", **headers}


async def test_without_a_step_there_is_no_key() -> None:
    way = Way()
    _, request = tools(way)
    await request.call({"method": "POST", "url": "https://example.com/"}, ToolContext())
    assert "idempotency-key" not in way.orders[0].headers


@pytest.mark.parametrize(
    ("name", "given", "cause"),
    [
        ("http.get", {"headers": {"Host": "evil.org"}}, "tool http.get: the header Host is set by agentflow"),
        ("http.request", {"method": "POST", "json": 1, "body": "1"}, "tool http.request: give json or body, not both"),
        ("http.request", {"method": "POST", "headers": {"a": "\n"}}, "tool http.request: the header a may hold only"),
        ("http.get", {"timeout": 0}, "tool http.get: argument timeout: Input should be greater than 0"),
        ("http.get", {"timeout": 301}, "tool http.get: argument timeout: Input should be less than or equal to 300"),
        ("http.request", {"method": "CONNECT"}, "tool http.request: argument method: Input should be 'GET', 'HEAD'"),
        ("http.request", {"method": "get"}, "tool http.request: argument method: Input should be 'GET', 'HEAD'"),
    ],
)
async def test_what_cannot_be_sent_is_not_sent(name: str, given: dict[str, Any], cause: str) -> None:
    way = Way()
    box = Toolbox(tools(way))
    with pytest.raises(ToolError, match=cause):
        await box.get(name).call({"url": "https://example.com/", **given}, CONTEXT)
    assert way.orders == []


async def test_the_real_way_out_asks_the_agents_list_first() -> None:
    get, request = http_tools()
    for tool, given in ((get, {}), (request, {"method": "POST"})):
        for _ in range(2):
            with pytest.raises(ToolError, match="this agent may not send requests to example"):
                await tool.call({"url": "https://example.org/", **given}, CONTEXT)


def test_what_sending_needs_is_imported_with_the_first_request() -> None:
    code = "import agentflow.tools.http, sys; print('httpx2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


def test_a_model_reads_which_hosts_its_agent_can_reach_and_nothing_of_http_where_there_are_none() -> None:
    box = Toolbox([*http_tools(), other])
    everything = box.granted(["*"])
    assert [spec.name for spec in shown(everything, ())] == ["local.other"]
    get, request, same = shown(everything, ("example.com", "*.example.org"))
    assert [spec.description.rpartition("\n\n")[2] for spec in (get, request)] == [
        "The hosts that can be reached: example.com, *.example.org"
    ] * 2
    assert same == everything[2]


def other() -> None:
    """Something else."""
