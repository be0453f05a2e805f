"""Whoever lays hands on Restate's calls, by its own means, while ids are worked on: nothing is lost or done twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from agentflow.engine import Start, Step
from agentflow.engine.admin import named
from agentflow.engine.restate import RestateEngine
from tests.engine.rigs import RestateRig
from tests.fakes import postgres, restate
from tests.fakes.waiting import until

IDS = [f"id{number}" for number in range(6)]
"""Of so many, some are called again on the other worker."""


class Held:
    """A handler that holds an id until its gate opens, and then waits for a moment."""

    def __init__(self, rig: RestateRig) -> None:
        self.seen = Counter[tuple[str, str]]()
        self.gate = asyncio.Event()
        self._due = rig.clock.now() + 100

    async def __call__(self, id: str, step: Step) -> None:
        step.timer("t", self._due)
        while (item := await step.next()).kind == "start":
            self.seen[id, item.kind] += 1
            await self.gate.wait()
            await step.commit([])
        self.seen[id, item.kind] += 1
        await step.finish([])

    def all(self, *kinds: str) -> bool:
        """Whether each id has seen these once."""
        return self.seen == Counter((id, kind) for id in IDS for kind in kinds)


class Admin:
    """Restate's own means."""

    def __init__(self, url: str, service: str) -> None:
        self._url, self._service = url, service

    async def calls(self, status: str) -> list[str]:
        """Those of our workers that stand so."""
        query = f"SELECT id FROM sys_invocation WHERE target_service_name = '{self._service}' AND status = '{status}'"
        async with httpx2.AsyncClient() as client:
            answer = await client.post(
                f"{self._url}/query", json={"query": query}, headers={"accept": "application/json"}
            )
            return [row["id"] for row in answer.json()["rows"]]

    async def all(self, verb: str, status: str = "running") -> None:
        """Do this to all calls that stand so."""
        async with httpx2.AsyncClient() as client:
            for call in await self.calls(status):
                assert (await client.patch(f"{self._url}/invocations/{call}/{verb}")).is_success


@pytest.fixture
async def rig(restate_server: restate.Server, database_server: postgres.Server) -> AsyncIterator[RestateRig]:
    rig = RestateRig(restate_server.engine(), database_server.database())
    yield rig
    await rig.close()


@pytest.fixture
def admin(restate_server: restate.Server, rig: RestateRig) -> Admin:
    return Admin(restate_server.admin_url, rig.service)


@pytest.fixture
def held(rig: RestateRig) -> Held:
    return Held(rig)


@pytest.fixture
async def engine(rig: RestateRig, held: Held) -> RestateEngine:
    """One of two workers, which hold all ids."""
    engine, _ = await rig.worker({"run": held}), await rig.worker({"run": held})
    assert isinstance(engine, RestateEngine)
    await engine.start([Start(id, "run", []) for id in IDS])
    await until(lambda: held.all("start"))
    return engine


@pytest.mark.parametrize("verb", ["kill", "cancel"])
@pytest.mark.usefixtures("engine")
async def test_calls_are_ended_while_they_go_on(rig: RestateRig, admin: Admin, held: Held, verb: str) -> None:
    """Then nobody asks for the next time: whoever looks around finds what is overdue."""
    await admin.all(verb)

    async def ended() -> bool:
        return not await admin.calls("running")

    await until(ended)
    held.gate.set()
    await rig.soon(lambda: held.all("start", "timer"))


async def test_calls_that_are_paused_hold_their_ids_and_who_looks_after_it_is_told(
    rig: RestateRig, admin: Admin, held: Held, engine: RestateEngine
) -> None:
    await admin.all("pause")
    held.gate.set()

    async def paused() -> bool:
        rig.tick(20)
        return len(await admin.calls("paused")) == len(IDS)

    await until(paused)
    [told] = await engine.faults()
    assert f" has {len(IDS)} paused calls, whose runs stand still: resume each" in told
    await admin.all("resume", "paused")
    await rig.soon(lambda: held.all("start", "timer"))


async def test_a_server_that_is_started_anew_calls_again_and_nobody_loses_what_is_in_hand(
    rig: RestateRig, restate_server: restate.Server, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    called, drive = Counter[str](), RestateEngine._drive

    async def noted(self: RestateEngine, id: str) -> Any:
        called[id] += 1
        return await drive(self, id)

    monkeypatch.setattr(RestateEngine, "_drive", noted)
    one, _ = await rig.worker({"run": held}), await rig.worker({"run": held})
    await one.start([Start(id, "run", []) for id in IDS])
    await until(lambda: held.all("start"))
    before = called.copy()
    restate_server.kill()
    restate_server.start()
    await until(lambda: all(called[id] > before[id] for id in IDS))
    held.gate.set()
    await rig.soon(lambda: held.all("start", "timer"))


async def test_workers_are_made_known_again_and_again_while_they_work(
    rig: RestateRig, held: Held, engine: RestateEngine
) -> None:
    assert engine._admin is not None
    for _ in range(3):
        assert await engine._admin.register(engine._reach.reached, await named(engine.store)) is None
    held.gate.set()
    await rig.soon(lambda: held.all("start", "timer"))
