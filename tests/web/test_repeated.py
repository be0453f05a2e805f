"""A request that is sent again with the same key is answered as before, and acts once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx2
import pytest

from agentflow.app import AgentFlow
from agentflow.app.repeats import DAY, LOST, Answer, Repeats
from agentflow.errors import Conflict, UsageError

from ..fakes.clock import FakeClock
from ..fakes.office import WAITS
from .conftest import Asks

KEY = {"idempotency-key": "a-key"}


async def test_what_is_asked_twice_happens_once(asks: Asks, client: httpx2.AsyncClient, clerk: str) -> None:
    await asks("POST", f"/v1/agents/{clerk}/plans", 201, {"source": WAITS})
    first = await asks("POST", "/v1/runs", 201, {"agent": clerk}, headers=KEY)
    again = await client.post("/v1/runs", json={"agent": clerk}, headers=KEY)
    assert (again.status_code, again.json()) == (201, first)
    assert again.headers["idempotency-replayed"] == "true"
    assert len((await asks("GET", "/v1/runs", 200))["items"]) == 1
    told = await asks("POST", "/v1/runs", 422, {"agent": clerk, "payload": {"n": 1}}, headers=KEY)
    assert "was used for another request" in told["detail"]


async def test_a_refusal_is_repeated_too_but_not_one_of_the_moment(asks: Asks, clerk: str) -> None:
    missing = await asks("POST", "/v1/runs", 404, {"agent": "nobody"}, headers=KEY)
    await asks("POST", "/v1/agents", 201, {"name": "nobody", "model": "offline:demo"})
    assert await asks("POST", "/v1/runs", 404, {"agent": "nobody"}, headers=KEY) == missing


async def test_a_request_that_failed_by_our_fault_may_be_sent_again(
    asks: Asks, flow: AgentFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_: object) -> None:
        raise RuntimeError("no")

    body = {"name": "clerk", "model": "offline:demo"}
    with monkeypatch.context() as patched:
        patched.setattr("agentflow.app.names.agent_name", bug)
        await asks("POST", "/v1/agents", 500, body, headers=KEY)
    await asks("POST", "/v1/agents", 201, body, headers=KEY)


async def test_a_request_that_acted_and_then_failed_does_not_act_again(
    asks: Asks, flow: AgentFlow, clerk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it acted is stored with the act: its answer may be lost, by a bug of ours or the end of the service."""
    await asks("POST", f"/v1/agents/{clerk}/plans", 201, {"source": WAITS})

    async def lost(*_: object) -> None:
        raise RuntimeError("no")

    with monkeypatch.context() as patched:
        patched.setattr("agentflow.app.runs.Runs.get", lost)
        await asks("POST", "/v1/runs", 500, {"agent": clerk}, headers=KEY)
    told = await asks("POST", "/v1/runs", 409, {"agent": clerk}, headers=KEY)
    assert told["detail"] == "the request with the key 'a-key' has acted, but its answer is lost: look what came of it"
    assert len(await flow.runs.list()) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "\x7f"])
async def test_a_key_that_is_none_is_refused(asks: Asks, key: str) -> None:
    assert "random" in (await asks("POST", "/v1/runs", 422, {"agent": "a"}, headers={"idempotency-key": key}))["detail"]


async def test_the_secret_of_a_key_is_kept_nowhere(asks: Asks, flow: AgentFlow) -> None:
    made = await asks("POST", "/v1/keys", 201, {"name": "ada", "roles": ["admin"]}, headers=KEY)
    await asks(
        "POST",
        "/v1/keys",
        409,
        {"name": "ada", "roles": ["admin"]},
        headers={**KEY, "authorization": f"Bearer {made['secret']}"},
    )
    assert await flow._house.store.row("answer", tenant="default", key="a-key") is None


async def test_while_the_first_is_under_way_the_second_is_refused(flow: AgentFlow) -> None:
    repeats = Repeats(flow._house)
    taken = await asyncio.gather(*(repeats.begin("t", "k", "d") for _ in range(3)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in taken) == ["Conflict", "Conflict", "NoneType"]
    with pytest.raises(UsageError):
        await repeats.begin("t", "k", "another")
    assert await repeats.begin("other", "k", "d") is None
    await repeats.keep("t", "k", Answer(201, "text/plain", "done"))
    assert await repeats.begin("t", "k", "d") == Answer(201, "text/plain", "done")


async def test_answers_are_kept_for_a_day_and_those_of_a_service_that_died_are_let_go_soon(tmp_path: Path) -> None:
    clock = FakeClock()
    async with AgentFlow(tmp_path / "repeats.db", worker=False, clock=clock) as flow:
        dead, alive = Repeats(flow._house), Repeats(flow._house)
        await dead.begin("t", "lost", "d")
        await dead.begin("t", "acted", "d")
        with dead.acting("t", "acted"):
            await flow.keys.create("ada", roles=["viewer"])
        await dead.begin("t", "kept", "d")
        await dead.keep("t", "kept", Answer(200, "text/plain", ""))
        with pytest.raises(Conflict, match="is under way"):
            await alive.begin("t", "lost", "d")
        clock.advance(LOST + 1)
        assert await alive.begin("t", "lost", "d") is None
        assert await alive.begin("t", "kept", "d") is not None
        with pytest.raises(Conflict, match="has acted, but its answer is lost"):
            await alive.begin("t", "acted", "d")
        clock.advance(DAY)
        assert await alive.begin("t", "kept", "d") is None
        assert await alive.begin("t", "acted", "d") is None
