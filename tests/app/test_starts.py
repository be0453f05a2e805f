"""Starting runs: once for each id, however often it is asked for; and many in one transaction."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agentflow.app import AgentFlow, AgentHandle
from agentflow.errors import Conflict, NotFound, UsageError
from agentflow.records import Principal
from agentflow.settings import Limits

from ..fakes import office
from ..fakes.afar import everywhere
from ..fakes.office import MODEL, WAITS, source


@pytest.fixture
async def flow(tmp_path: Path) -> AsyncIterator[AgentFlow]:
    async with office.house(tmp_path, worker=False, limits=Limits(queued=2_500)) as flow:
        yield flow


@pytest.fixture
async def clerk(flow: AgentFlow) -> AgentHandle:
    clerk = await flow.agents.create("clerk", model=MODEL, tools=["*"], review="never")
    await clerk.register(WAITS)
    return clerk


async def count(flow: AgentFlow) -> int:
    return len(await flow.runs.list(most=10_000))


# one, by its id


@everywhere
async def test_the_same_start_again_is_the_run_that_is_there(clerk: AgentHandle, flow: AgentFlow) -> None:
    first = await clerk.start({"n": 1, "deep": [{"a": 1, "b": 2}]}, id="one")
    again = await clerk.start({"deep": [{"b": 2, "a": 1}], "n": 1}, id="one")
    named = await clerk.start({"n": 1, "deep": [{"a": 1, "b": 2}]}, id="one", version=1)
    assert first.record == again.record == named.record
    assert await count(flow) == 1


async def test_it_is_the_run_that_is_there_whatever_has_become_of_it(tmp_path: Path) -> None:
    async with office.house(tmp_path) as flow:
        clerk = await flow.agents.create("clerk", model=MODEL, tools=["*"])
        await clerk.register(source("return 1"))
        assert await (await clerk.start(id="one")).result() == 1
        await clerk.register(WAITS)  # a newer version is not asked for: the run stays what it is
        again = await clerk.start(id="one")
        assert (again.status, again.record.version) == ("completed", 1)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"payload": {"n": 2}}, "there is a run one already, with another payload: choose another id"),
        ({"payload": {"n": 1.0}}, "with another payload"),
        ({"payload": {"n": 1}, "version": 2}, "there is a run one already, of version 1: choose"),
        ({"version": 2}, "of version 1 and with another payload: choose another id, or look at it with `agentflow run"),
    ],
)
async def test_another_run_under_the_same_id_is_a_conflict_that_says_what_differs(
    clerk: AgentHandle, flow: AgentFlow, asked: dict[str, Any], words: str
) -> None:
    await clerk.start({"n": 1}, id="one")
    await clerk.register(source("return 2"))
    with pytest.raises(Conflict, match=words):
        await clerk.start(**asked, id="one")
    assert [run.payload for run in await flow.runs.list()] == [{"n": 1}]


async def test_an_id_of_another_agents_run_is_a_conflict(clerk: AgentHandle, flow: AgentFlow) -> None:
    await clerk.start(id="one")
    other = await flow.agents.create("other", model=MODEL)
    await other.register(WAITS)
    with pytest.raises(Conflict, match="there is a run one already, of another agent: choose another id"):
        await other.start(id="one")


async def test_each_tenant_has_all_ids_for_itself(clerk: AgentHandle, flow: AgentFlow, tmp_path: Path) -> None:
    await clerk.start({"n": 1}, id="one")
    await flow.tenants.create("theirs")
    async with office.house(tmp_path, worker=False, principal=Principal(tenant="theirs")) as theirs:
        other = await theirs.agents.create("clerk", model=MODEL, tools=["*"])
        await other.register(WAITS)
        with pytest.raises(NotFound):
            await theirs.runs.get("one")
        run = await other.start({"n": 2}, id="one")
        assert (run.id, (await theirs.runs.get("one")).id) == ("theirs.one", "theirs.one")
        assert {(await other.start({"n": 2}, id=id)).id for id in ("one", "theirs.one")} == {"theirs.one"}
        with pytest.raises(Conflict, match=r"there is a run theirs\.one already, with another payload"):
            await other.start({"n": 3}, id="one")
        assert [one.id for one in await other.start_many([{"id": "one"}, {"id": "two"}])] == ["theirs.two"]
        with pytest.raises(UsageError, match=r"'mine\.one' is not a run id"):
            await other.start(id="mine.one")
    assert (await flow.runs.get("one")).record.payload == {"n": 1}
    with pytest.raises(NotFound):
        await flow.runs.get("theirs.one")
    with pytest.raises(UsageError, match=r"'theirs\.one' is not a run id"):
        await clerk.start(id="theirs.one")


async def test_starts_at_the_same_moment_are_one_run(clerk: AgentHandle, flow: AgentFlow) -> None:
    runs = await asyncio.gather(*(clerk.start({"n": 1}, id="one") for _ in range(10)))
    assert {run.id for run in runs} == {"one"}
    assert await count(flow) == 1
    both = await asyncio.gather(*(clerk.start({"n": n}, id="two") for n in (1, 2)), return_exceptions=True)
    assert {type(one).__name__ for one in both} == {"RunHandle", "Conflict"}


async def test_continuing_as_new_does_not_make_it_another_run(tmp_path: Path) -> None:
    async with office.house(tmp_path) as flow:
        clerk = await flow.agents.create("clerk", model=MODEL, tools=["*"])
        again = "if event.payload['n'] == 1: await step.continue_as_new({'n': 2})"
        await clerk.register(source(f"{again}\n        return event.payload['n']"))
        run = await clerk.start({"n": 1}, id="one")
        assert await run.result() == 2
        assert (await clerk.start({"n": 1}, id="one")).record.generation == 2


# many


@everywhere
async def test_a_batch_starts_all_its_runs(clerk: AgentHandle, flow: AgentFlow) -> None:
    started = await clerk.start_many([{"id": "a", "payload": {"n": 1}}, {"payload": {"n": 2}}, {"id": "c"}, {}])
    assert [run.record.payload for run in started] == [{"n": 1}, {"n": 2}, {}, {}]
    assert [run.id for run in started][::2] == ["a", "c"]
    assert sorted((run.record for run in started), key=lambda run: run.id, reverse=True) == await flow.runs.list()


async def test_runs_of_a_batch_run(tmp_path: Path) -> None:
    async with office.house(tmp_path) as flow:
        clerk = await flow.agents.create("clerk", model=MODEL, tools=["*"])
        await clerk.register(source("return event.payload['n']"))
        await clerk.register(WAITS)
        started = await clerk.start_many([{"payload": {"n": n}} for n in range(5)], version=1)
        assert [await run.result() for run in started] == [0, 1, 2, 3, 4]


@everywhere
async def test_ids_that_are_taken_are_passed_over(clerk: AgentHandle, flow: AgentFlow) -> None:
    await clerk.start({"n": 1}, id="a")
    started = await clerk.start_many([{"id": "a", "payload": {"n": 2}}, {"id": "b"}])
    assert [run.id for run in started] == ["b"]
    assert await clerk.start_many([{"id": "a"}, {"id": "b"}]) == []
    assert (await flow.runs.get("a")).record.payload == {"n": 1}


async def test_batches_at_the_same_moment_start_each_id_once(clerk: AgentHandle, flow: AgentFlow) -> None:
    batch = [{"id": f"r{n}"} for n in range(20)]
    started = await asyncio.gather(*(clerk.start_many(part) for part in (batch, batch[::-1], batch[5:])))
    assert sorted(run.id for part in started for run in part) == sorted(entry["id"] for entry in batch)
    assert await count(flow) == 20


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        ([], "a batch of 0 runs cannot be started: it has 1 to 1,000"),
        ([{}] * 1_001, "a batch of 1001 runs cannot be started"),
        ([{"id": "a"}, {}, {"id": "a"}], "entry 3 of the batch has the id a of an entry before: ids differ"),
        ([{"id": "a b"}], "entry 1 of the batch: 'a b' is not a run id"),
        ([{"id": 7}], "entry 1 of the batch: 7 is not a run id"),
        ([{}, {"payload": [1]}], "entry 2 of the batch: the payload must be a JSON object"),
        ([{"payload": {"n": math.nan}}], "entry 1 of the batch: the payload is not JSON"),
        ([{"paylaod": {}}], 'entry 1 of the batch is not {"id": ..., "payload": ...}'),
        (["a"], "entry 1 of the batch is not"),
    ],
)
async def test_a_batch_with_one_wrong_entry_starts_nothing(
    clerk: AgentHandle, flow: AgentFlow, batch: list[Any], words: str
) -> None:
    with pytest.raises(UsageError, match=words.replace("{", r"\{").replace(".", r"\.")):
        await clerk.start_many(batch)
    assert await count(flow) == 0


async def test_a_batch_for_which_the_queue_has_no_room_starts_nothing(clerk: AgentHandle, flow: AgentFlow) -> None:
    for _ in range(2):
        assert len(await clerk.start_many([{}] * 1_000)) == 1_000
    with pytest.raises(
        Conflict, match="2000 runs and goals wait for a worker, and with these 1000 there would be more"
    ):
        await clerk.start_many([{}] * 1_000)
    assert await count(flow) == 2_000


async def test_a_batch_needs_a_plan_that_may_run(flow: AgentFlow) -> None:
    other = await flow.agents.create("other", model=MODEL)
    with pytest.raises(NotFound, match="other has no plan that may run"):
        await other.start_many([{}])
    await other.register(WAITS)
    await flow.agents.archive("other")
    with pytest.raises(Conflict, match="agent other is archived"):
        await (await flow.agents.get("other")).start_many([{}])
