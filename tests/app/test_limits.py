"""Limits are said when something is written, by whoever writes it, in words that say which limit and what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agentflow.app import AgentFlow, AgentHandle, RunHandle, measures
from agentflow.errors import Conflict
from agentflow.settings import Limits, Settings

from ..fakes.office import MODEL, WAITS, source, tools
from ..fakes.waiting import until
from .test_pages import plan_of

EVENT = 100
"""Bytes that an event has beside its payload."""
Opens = Callable[..., AbstractAsyncContextManager[AgentHandle]]
TWICE = source(
    'first = (await step.wait_for_event("one", "go")).payload\n'
    '        await step.do("look", tools.orders.get(id="x" * 1000))\n'
    '        return [first, (await step.wait_for_event("two", "go")).payload]'
)


@pytest.fixture
def house(tmp_path: Path) -> Opens:
    """Opens a house with these limits and one agent."""

    @asynccontextmanager
    async def opened(*, worker: bool = True, **limits: Any) -> AsyncIterator[AgentHandle]:
        settings = Settings(folder=tmp_path, limits=Limits(**limits))
        async with AgentFlow(tools=tools(), settings=settings, worker=worker) as flow:
            yield await flow.agents.create("clerk", model=MODEL, tools=["*"], review="never", update=True)

    return opened


async def waits_for(run: RunHandle, step: str) -> None:
    async def reached() -> bool:
        waits = (await run.refresh()).reason
        return bool(waits) and waits["waits"][0]["step"] == step

    await until(reached)


async def test_a_run_takes_events_until_its_state_is_full(house: Opens) -> None:
    async with house(worker=False, state_bytes=4_000) as clerk:
        await clerk.register(WAITS)
        run = await clerk.start({"n": "x" * 1_000})
        await run.send("go", "y" * 1_000)
        await run.send("go", "z" * (4_000 - 2_000 - 4 * EVENT))
        with pytest.raises(
            Conflict, match=rf"^run {run.id} would hold 4\d\d\d bytes with this event, the limit is 4000: let"
        ):
            await run.send("go", "!" * 4 * EVENT)
        await run.send("go", "?")


async def test_what_was_delivered_and_asked_for_counts_with_what_is_unread(house: Opens) -> None:
    async with house(state_bytes=8_000, linger_seconds=0) as clerk:
        await clerk.register(TWICE)
        run = await clerk.start()
        await waits_for(run, "one#1")
        before = await run._house.measures.size(run.record)
        await run.send("go", "y" * 1_000)
        await waits_for(run, "two#1")
        counted = await run._house.measures.size(run.record)
        assert 3_000 < counted - before < 3_000 + 10 * EVENT  # the event, the step's argument, its result
        assert counted == await measures.Measures(run._house.store).size(run.record)
        with pytest.raises(Conflict, match=r"the limit is 8000: let its plan continue as new"):
            await run.send("go", "y" * 7_000)
        await run.send("go", "fine")
        assert (await run.result())[1] == "fine"


async def test_a_new_generation_is_counted_anew(house: Opens) -> None:
    async with house() as clerk:
        await clerk.register(TWICE)
        run = await clerk.start()
        await run.send("go", 1)
        await waits_for(run, "two#1")
        before = await run._house.measures.size(run.record)
        await run.cancel()
        await until(lambda: _ended(run))
        await run.restart()
        await waits_for(run, "two#1")
        assert abs(await run._house.measures.size(run.record) - before) < 10


async def _ended(run: RunHandle) -> bool:
    return (await run.refresh()).status == "cancelled"


async def test_only_so_many_measures_are_kept(house: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "KEPT", 2)
    async with house(worker=False) as clerk:
        await clerk.register(WAITS)
        runs = [await clerk.start() for _ in range(3)]
        for run in runs:
            assert await run._house.measures.size(run.record) == len("{}")
        assert list(runs[0]._house.measures._known) == [run.id for run in runs[1:]]


async def test_a_start_is_refused_where_too_many_wait_for_a_worker(house: Opens) -> None:
    async with house(worker=False, queued=2) as clerk:
        await clerk.register(WAITS)
        await clerk.start(id="one")
        await clerk.start()
        with pytest.raises(
            Conflict, match=r"^2 runs and goals wait for a worker, and with this one there would be more than the 2"
        ):
            await clerk.start()
    async with house(queued=2) as clerk:
        run = await clerk._house.control.run("one")
        await until(lambda: _status(clerk, "one", "waiting"))
        assert run.id == "one"
        await clerk.start()


async def test_a_long_queue_is_not_counted_for_every_start(house: Opens) -> None:
    async with house(worker=False, queued=100) as clerk:
        await clerk.register(WAITS)
        queue = clerk._house.queue
        rooms = []
        for _ in range(12):
            await clerk.start()
            rooms.append(queue._free)
        assert rooms == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 8, 7]


async def _status(clerk: AgentHandle, id: str, status: str) -> bool:
    return (await clerk._house.control.run(id)).status == status


async def test_what_waits_for_a_worker_is_counted_along_an_index(tmp_path: Path) -> None:
    [found] = [line for line in await plan_of(tmp_path, "queued", deep=True) if "work" in line]
    assert found.startswith("SEARCH work USING INDEX work_due (wake_at>? AND wake_at<?)")


async def test_what_is_stored_of_a_run_is_counted_along_its_keys(tmp_path: Path) -> None:
    found = [line for line in await plan_of(tmp_path, "size_since", deep=True) if line.startswith(("SEARCH", "SCAN"))]
    assert [line for line in found if line.startswith("SCAN") and line not in ("SCAN delivered", "SCAN asked")] == []
