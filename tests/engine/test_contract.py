"""What every engine promises to the floors above: run against each rig."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from agentflow.engine import Inheritance, Item, Start, Step, Suspended, claims, embedded, hands, writing
from agentflow.engine.activity import Activity
from agentflow.engine.embedded import EmbeddedEngine, Pace
from agentflow.errors import Conflict, StaleClaim
from agentflow.records import Json
from agentflow.store import Write
from agentflow.store.sqlite import SqliteStore
from tests.engine.rigs import EmbeddedRig, RestateRig, Rig, note, notes, refused
from tests.fakes.waiting import until


@pytest.fixture(params=["embedded", "restate"])
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig[Any]]:
    if request.param == "embedded":
        rig: Rig[Any] = EmbeddedRig(tmp_path)
    else:
        database = request.getfixturevalue("database_server").database()
        rig = RestateRig(request.getfixturevalue("restate_server").engine(), database)
    yield rig
    await rig.close()


embedded_only = pytest.mark.parametrize("rig", ["embedded"], indirect=True)
"""What hangs on a file, or on workers that look for themselves for what is due: Restate hands it to them."""


class Recorder:
    """A handler that notes what it is handed, and finishes when it is told to."""

    def __init__(self, act: Callable[[Step, Item], Awaitable[bool]] | None = None) -> None:
        self.items: list[Item] = []
        self.calls = 0
        self._act = act

    async def __call__(self, id: str, step: Step) -> None:
        self.calls += 1
        while True:
            item = await step.next()
            self.items.append(item)
            if item.kind == "stop" or (self._act and await self._act(step, item)):
                await step.finish([])
                return
            await step.commit([])

    @property
    def kinds(self) -> list[str]:
        return [item.kind for item in self.items]


async def value(body: Json = 1) -> Json:
    return {"ok": body}


async def test_what_is_started_is_handed_the_message_start(rig: Rig[Any]) -> None:
    handler = Recorder()
    engine = await rig.worker({"run": handler})
    await engine.start([Start("a", "run", [])])
    await until(lambda: handler.kinds == ["start"])


async def test_the_callers_writes_are_stored_with_the_start_or_not_at_all(rig: Rig[Any]) -> None:
    engine = await rig.client()
    await engine.start([Start("a", "run", [], [note("mine")])])
    with pytest.raises(Conflict):
        await engine.start([Start("b", "run", [], [note("other"), refused(Conflict("no"))])])
    assert await notes(engine) == ["mine"]


async def test_messages_come_in_the_order_in_which_they_were_posted(rig: Rig[Any]) -> None:
    handler = Recorder()
    engine = await rig.worker({"run": handler})
    await engine.start([Start("a", "run", [])])
    for number in range(20):
        await engine.post("a", rig.message(f"m{number}"))
    await until(lambda: len(handler.items) == 21)
    assert handler.kinds[1:] == [f"m{number}" for number in range(20)]


async def test_what_comes_while_an_id_is_taken_in_hand_is_heard_in_its_order(rig: Rig[Any]) -> None:
    """One is handed out to the others before that, the next is read before it and handed out after."""
    handler = Recorder()
    engine = await rig.worker({"run": handler})
    rows, taken = engine.store.rows, list[str]()

    async def late(name: str, /, **params: Any) -> list[Any]:
        found: list[Any] = await rows(name, **params)
        if name == "messages" and not taken:
            taken.append(params["id"])
            await engine.post("a", rig.message("one"))
            await until(lambda: engine._seen >= found[-1]["seq"] + 1)
            await engine.post("a", rig.message("two"))
            await until(engine._collecting.locked)
        if name == "new_messages" and any(row["kind"] == "two" for row in found):
            await until(lambda: engine._active or engine._collecting._waiters)
        return found

    engine.store.rows = late
    await engine.start([Start("a", "run", [])])
    await until(lambda: handler.kinds == ["start", "one", "two"])


async def test_a_message_posted_before_any_worker_lives_is_kept(rig: Rig[Any]) -> None:
    client = await rig.client()
    await client.start([Start("a", "run", [])])
    await client.post("a", rig.message("early", {"x": 1}))
    handler = Recorder()
    await rig.worker({"run": handler})
    await until(lambda: handler.kinds == ["start", "early"])
    assert handler.items[1].body == {"x": 1}


async def test_an_attempt_starts_only_after_its_commit(rig: Rig[Any]) -> None:
    started: list[str] = []

    async def fn() -> Json:
        started.append("attempt")
        return {"ok": None}

    async def act(step: Step, item: Item) -> bool:
        if item.kind == "start":
            step.do("k:1", fn)
            await asyncio.sleep(0.01)
            started.append("commit")
        return item.kind == "outcome"

    handler = Recorder(act)
    engine = await rig.worker({"run": handler})
    await engine.start([Start("a", "run", [])])
    await until(lambda: handler.kinds == ["start", "outcome"])
    assert started == ["commit", "attempt"]


async def test_a_refused_commit_starts_nothing_and_the_item_comes_again(rig: Rig[Any]) -> None:
    started: list[int] = []
    refusals = [Conflict("somebody was faster")]

    async def fn() -> Json:
        started.append(1)
        return {"ok": None}

    async def handle(id: str, step: Step) -> None:
        item = await step.next()
        while item.kind != "outcome":
            step.do("k:1", fn)
            await step.commit([refused(refusals.pop())] if refusals else [])
            item = await step.next()
        await step.finish([])

    engine = await rig.worker({"run": handle})
    await engine.start([Start("a", "run", [])])
    await until(lambda: started == [1] and not refusals)


async def test_outcomes_of_parallel_attempts_come_once_each(rig: Rig[Any]) -> None:
    async def act(step: Step, item: Item) -> bool:
        if item.kind == "start":
            for number in range(10):
                step.do(f"k{number}:1", lambda number=number: value(number))  # type: ignore[misc]
        return False

    handler = Recorder(act)
    engine = await rig.worker({"run": handler})
    await engine.start([Start("a", "run", [])])
    await until(lambda: len(handler.items) == 11)
    assert sorted(item.body["ok"] for item in handler.items[1:]) == list(range(10))


async def test_a_timer_rings_at_its_time_and_not_before(rig: Rig[Any]) -> None:
    async def act(step: Step, item: Item) -> bool:
        if item.kind == "start":
            step.timer("t", rig.clock.now() + 100)
        return False

    handler = Recorder(act)
    engine = await rig.worker({"run": handler}, linger=1000)
    await engine.start([Start("a", "run", [])])
    await until(lambda: handler.kinds == ["start"])
    rig.tick(99)
    await asyncio.sleep(0.02)
    assert handler.kinds == ["start"]
    await rig.soon(lambda: handler.kinds == ["start", "timer"])
    assert handler.items[1].key == "t"


async def test_what_was_ready_first_comes_first(rig: Rig[Any]) -> None:
    """A timer by when it was due, a message by when it was stored."""
    gate = asyncio.Event()

    async def act(step: Step, item: Item) -> bool:
        if item.kind == "start":
            step.timer("late", rig.clock.now() + 30)
            step.timer("early", rig.clock.now() + 10)
            await gate.wait()
        return False

    handler = Recorder(act)
    engine = await rig.worker({"run": handler}, linger=1000)
    await engine.start([Start("a", "run", [])])
    await until(lambda: handler.calls == 1 and handler.items != [])
    rig.tick(20)
    await engine.post("a", rig.message("between"))
    rig.tick(20)
    await until(lambda: _collected(engine))
    gate.set()
    await until(lambda: len(handler.items) == 4)
    assert [item.key or item.kind for item in handler.items] == ["start", "early", "between", "late"]


def _collected(engine: object) -> bool:
    return bool(engine._seen >= 2)  # type: ignore[attr-defined]


async def test_a_dropped_timer_and_a_dropped_attempt_are_not_heard_of_again(rig: Rig[Any]) -> None:
    cancelled: list[str] = []

    async def slow() -> Json:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append("slow")
            raise
        return {"ok": "too late"}

    async def act(step: Step, item: Item) -> bool:
        if item.kind == "start":
            step.do("k:1", slow)
            step.timer("t", rig.clock.now() + 5)
        if item.kind == "drop":
            step.drop("k:1")
            step.drop("t")
        return False

    handler = Recorder(act)
    engine = await rig.worker({"run": handler}, linger=1000)
    await engine.start([Start("a", "run", [])])
    await until(lambda: handler.kinds == ["start"])
    await engine.post("a", rig.message("drop"))
    await until(lambda: cancelled == ["slow"])
    rig.tick(10)
    await engine.post("a", rig.message("stop"))
    await until(lambda: handler.kinds == ["start", "drop", "stop"])


async def test_a_dropped_attempt_that_will_not_be_cancelled_is_not_heard_either(rig: Rig[Any]) -> None:
    begun, late = asyncio.Event(), asyncio.Event()

    async def stubborn() -> Json:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            late.set()
        return {"ok": "late"}

    async def act(step: Step, item: Item) -> bool:
        if item.kind == "start":
            step.do("k:1", stubborn)
        elif item.kind == "drop":
            step.drop("k:1")
        return False

    handler = Recorder(act)
    engine = await rig.worker({"run": handler}, linger=1000.0)
    await engine.start([Start("a", "run", [])])
    await until(begun.is_set)
    await engine.post("a", rig.message("drop"))
    await until(late.is_set)
    await engine.post("a", rig.message("stop"))
    await until(lambda: "stop" in handler.kinds)
    assert handler.kinds == ["start", "drop", "stop"]

    async def nothing_is_left() -> bool:
        return not await engine.store.rows("messages", id="a")

    await until(nothing_is_left)


async def test_an_idle_handler_is_suspended_and_called_again_for_its_timer(rig: Rig[Any]) -> None:
    due = rig.clock.now() + 1000

    async def handle(id: str, step: Step) -> None:
        calls.append(id)
        step.timer("t", due)
        while (await step.next()).kind != "timer":
            await step.commit([])
        await step.finish([])
        ended.append(id)

    calls: list[str] = []
    ended: list[str] = []
    engine = await rig.worker({"run": handle})
    await engine.start([Start("a", "run", [])])
    await until(lambda: len(calls) == 1 and not engine._active)
    rig.tick(1001)
    await rig.soon(lambda: ended == ["a"])
    assert len(calls) == 2


async def test_a_message_wakes_what_is_suspended(rig: Rig[Any]) -> None:
    handler = Recorder()
    engine = await rig.worker({"run": handler})
    await engine.start([Start("a", "run", [])])
    await until(lambda: handler.kinds == ["start"] and not engine._active)
    await engine.post("a", rig.message("event"))
    await until(lambda: handler.kinds == ["start", "event"])
    assert handler.calls == 2


async def test_a_finished_id_is_not_worked_on_again(rig: Rig[Any]) -> None:
    handler = Recorder()
    engine = await rig.worker({"run": handler})
    await engine.start([Start("a", "run", [])])
    await engine.post("a", rig.message("stop"))
    await until(lambda: "stop" in handler.kinds and not engine._active)
    calls = handler.calls  # two, where it was idle before the second message came
    rig.tick(10_000)
    await asyncio.sleep(0.02)
    assert handler.calls == calls
    assert await engine.store.rows("messages", id="a") == []


async def test_a_worker_that_dies_is_taken_over_and_its_attempt_comes_back_interrupted(rig: Rig[Any]) -> None:
    started = asyncio.Event()

    async def hang() -> Json:
        started.set()
        await asyncio.sleep(60)
        return {"ok": None}

    async def handle(id: str, step: Step) -> None:
        if not items:
            items.append(await step.next())
            step.do("k:1", hang)
            await step.commit([])
            await step.mark("k:1", "payments.refund")
        else:
            step.do("k:1", hang)
        items.append(await step.next())
        await step.finish([])

    items: list[Item] = []
    first = await rig.worker({"run": handle})
    await first.start([Start("a", "run", [])])
    await asyncio.wait_for(started.wait(), 60)
    await until(lambda: _marked(first))
    await rig.die(first)
    await rig.worker({"run": handle})
    await rig.soon(lambda: len(items) == 2)
    assert (items[1].kind, items[1].key, items[1].body) == (
        "outcome",
        "k:1",
        {"interrupted": True, "mark": "payments.refund"},
    )


async def _marked(engine: object) -> bool:
    rows = await engine.store.rows("open_attempts", id="a", generation=1)  # type: ignore[attr-defined]
    return [row["mark"] for row in rows] == ["payments.refund"]


async def test_an_outcome_that_came_while_the_handler_was_busy_survives_its_worker(rig: Rig[Any]) -> None:
    """Stored when it comes: a finished attempt is not run again because its outcome was not delivered yet."""
    ran: list[int] = []
    busy = asyncio.Event()

    async def quick() -> Json:
        ran.append(1)
        return {"ok": "done"}

    async def handle(id: str, step: Step) -> None:
        first = not ran
        step.do("k:1", quick) if not first else None
        item = await step.next()
        if first:
            step.do("k:1", quick)
            await step.commit([])
            busy.set()
            await asyncio.sleep(60)
        items.append(item)
        await step.finish([])

    items: list[Item] = []
    first = await rig.worker({"run": handle})
    await first.start([Start("a", "run", [])])
    await asyncio.wait_for(busy.wait(), 60)
    await until(lambda: _stored(first))
    await rig.die(first)
    await rig.worker({"run": handle})
    await rig.soon(lambda: len(items) == 1)
    assert items[0].body == {"ok": "done"}
    assert ran == [1]


async def _stored(engine: object) -> bool:
    rows = await engine.store.rows("messages", id="a")  # type: ignore[attr-defined]
    return any(row["kind"] == "outcome" for row in rows)


async def test_the_writes_of_a_worker_that_was_overtaken_are_refused(rig: Rig[Any]) -> None:
    """Its claim has another epoch: it stores nothing more, and its handler is unwound."""
    gate, unwound = asyncio.Event(), asyncio.Event()

    async def slow(id: str, step: Step) -> None:
        await step.next()
        try:
            await gate.wait()
            await step.commit([note("late")])
        finally:
            unwound.set()

    handler = Recorder()
    first = await rig.worker({"run": slow})
    await first.start([Start("a", "run", [])])
    await until(lambda: bool(first._active))
    await rig.overtake(first, "a", await rig.worker({"run": handler}))
    await until(lambda: handler.kinds == ["start"])
    gate.set()
    await asyncio.wait_for(unwound.wait(), 60)
    assert "late" not in await notes(first)


async def test_a_claim_that_was_given_back_writes_no_more_though_its_worker_has_the_id_again(rig: Rig[Any]) -> None:
    """Another epoch is another claim: what a handler that was unwound still says is refused."""
    steps: list[Step] = []

    async def handler(id: str, step: Step) -> None:
        steps.append(step)
        if len(steps) == 2:
            step.do("k:1", asyncio.Event().wait)
        while True:
            await step.next()
            await step.commit([])

    engine = await rig.worker({"run": handler})
    await engine.start([Start("a", "run", [])])
    await until(lambda: steps and cast(Activity, steps[0]).released)
    await engine.post("a", rig.message("again"))
    await until(lambda: len(steps) == 2 and cast(Activity, steps[1])._running)
    with pytest.raises(StaleClaim):
        await steps[0].commit([note("late")])
    assert "late" not in await notes(engine)
    await rig.die(engine)  # to close it is to wait for what it runs


async def test_of_two_workers_that_take_one_id_only_the_first_gets_it(rig: Rig[Any]) -> None:
    """Both have seen that it is due."""
    engine = await rig.client()
    await engine.start([Start("a", "run", [])])
    both = claims.Claims(engine.store, None, lambda needs: True)
    assert [row["id"] for row in await both.take("first", ["a"])] == ["a"]
    assert await both.take("second", ["a"]) == []


async def test_a_message_that_nobody_told_of_is_found_when_the_claim_is_given_back(rig: Rig[Any]) -> None:
    """It was stored while its handler went to sleep: no bell that rang for it is remembered."""

    async def act(step: Step, item: Item) -> bool:
        if item.kind == "start":
            await engine.store.write([writing.message("a", rig.message("late"))])
        return False

    handler = Recorder(act)
    engine = await rig.worker({"run": handler})
    await engine.start([Start("a", "run", [])])
    await rig.soon(lambda: handler.kinds == ["start", "late"])


async def test_a_worker_that_ends_lets_attempts_finish_and_gives_its_claims_back(rig: Rig[Any]) -> None:
    release, running = asyncio.Event(), asyncio.Event()

    async def work() -> Json:
        running.set()
        await release.wait()
        return {"ok": "finished"}

    async def handle(id: str, step: Step) -> None:
        step.do("k:1", work)
        while (item := await step.next()).kind != "outcome":
            await step.commit([])
        items.append(item)
        await step.finish([])

    items: list[Item] = []
    first = await rig.worker({"run": handle})
    await first.start([Start("a", "run", [])])
    await asyncio.wait_for(running.wait(), 60)
    closing = asyncio.create_task(first.close())
    await asyncio.sleep(0.02)
    release.set()
    await asyncio.wait_for(closing, 60)
    assert items == []
    await rig.worker({"run": handle})
    await until(lambda: len(items) == 1)
    assert items[0].body == {"ok": "finished"}


@embedded_only
async def test_a_worker_claims_only_what_it_has_the_tools_for(rig: EmbeddedRig) -> None:
    poor, rich = Recorder(), Recorder()
    first = await rig.worker({"run": poor}, tools=["a.b"])
    await first.start([Start("x", "run", ["a.b", "c.d"])])
    await asyncio.sleep(0.02)
    assert poor.items == []
    await rig.worker({"run": rich}, tools=["a.b", "c.d"])
    await until(lambda: rich.kinds == ["start"])
    assert poor.items == []


async def test_what_a_worker_has_no_tools_for_is_done_by_the_one_that_comes_after_it(rig: Rig[Any]) -> None:
    """As when workers are replaced by others that have more tools: until then it waits."""
    poor, rich = Recorder(), Recorder()
    first = await rig.worker({"run": poor}, tools=["a.b"])
    await first.start([Start("x", "run", ["a.b", "c.d"]), Start("y", "run", ["a.b"])])
    await until(lambda: poor.kinds == ["start"])
    await rig.worker({"run": rich}, tools=["a.b", "c.d"])
    await rig.die(first)
    await rig.soon(lambda: rich.kinds == ["start"])
    assert poor.kinds == ["start"]


async def test_a_parked_id_keeps_the_item_and_rests_until_somebody_posts(rig: Rig[Any]) -> None:
    async def handle(id: str, step: Step) -> None:
        seen.append((await step.next()).kind)
        if len(seen) == 1:
            await step.park([note("parked")])
            return
        await step.commit([])
        seen.append((await step.next()).kind)
        await step.finish([])

    seen: list[str] = []
    engine = await rig.worker({"run": handle})
    await engine.start([Start("a", "run", [])])
    await until(lambda: seen == ["start"] and not engine._active)
    rig.tick(1000)
    await asyncio.sleep(0.02)
    assert seen == ["start"]
    await engine.post("a", rig.message("resume"))
    await until(lambda: seen == ["start", "start", "resume"])


async def test_a_message_that_comes_while_an_id_is_parked_is_looked_at(rig: Rig[Any]) -> None:
    async def handle(id: str, step: Step) -> None:
        seen.append((await step.next()).kind)
        if len(seen) == 1:
            await engine.store.write([_note("a", "cancel"), Write("wake", {"id": "a", "at": rig.clock.now()})])
        await step.park([])

    seen: list[str] = []
    engine = await rig.worker({"run": handle})
    await engine.start([Start("a", "run", [])])
    await rig.soon(lambda: len(seen) == 2)
    await rig.soon(lambda: not engine._active)
    assert seen == ["start", "start"]


async def test_restart_begins_anew_with_old_events_unread(rig: Rig[Any]) -> None:
    handler = Recorder()
    engine = await rig.worker({"run": handler})
    await engine.start([Start("a", "run", [])])
    await engine.post("a", rig.message("pause"))
    await engine.post("a", rig.message("event", {"type": "unread"}))
    await until(lambda: len(handler.items) == 3 and not engine._active)
    await engine.post("a", rig.message("event", {"type": "kept"}))
    await until(lambda: len(handler.items) == 4 and not engine._active)
    rig.tick(1)
    await engine.restart("a", 2, [])
    await until(lambda: "start" in handler.kinds[4:])
    assert handler.kinds[4:] == ["start"]


async def test_what_is_deleted_is_let_go_of(rig: Rig[Any]) -> None:
    cancelled = asyncio.Event()

    async def handle(id: str, step: Step) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    engine = await rig.worker({"run": handle})
    await engine.start([Start("a", "run", [])])
    await until(lambda: bool(engine._active))
    await engine.delete("a", [])
    rig.tick(1)
    await asyncio.wait_for(cancelled.wait(), 60)


async def test_an_id_that_is_deleted_and_started_again_at_once_hears_nothing_of_its_past(rig: Rig[Any]) -> None:
    """The old handler still runs: neither its late outcome nor its end may touch the new one."""
    gates = [asyncio.Event(), asyncio.Event()]
    heard: list[list[Item]] = []

    async def handle(id: str, step: Step) -> None:
        mine, items = gates[len(heard)], list[Item]()
        heard.append(items)
        items.append(await step.next())
        step.do("k:1", lambda: _after(mine, len(heard)))
        await step.commit([])
        items.append(await step.next())
        await step.finish([])

    engine = await rig.worker({"run": handle})
    await engine.start([Start("a", "run", [])])
    await until(lambda: bool(engine._active) and bool(engine._active["a"]._running))
    await engine.delete("a", [])
    await engine.start([Start("a", "run", [])])
    gates[0].set()
    await rig.soon(lambda: len(heard) == 2 and heard[1])
    gates[1].set()
    await rig.soon(lambda: len(heard[1]) == 2 and not engine._active)
    assert [(item.kind, item.body) for item in heard[1]] == [("start", None), ("outcome", {"ok": 2})]


async def _after(gate: asyncio.Event, body: Json) -> Json:
    await gate.wait()
    return {"ok": body}


@pytest.mark.parametrize("kind", ["claimed", "started"])
async def test_a_message_that_comes_while_an_id_is_taken_in_hand_is_not_passed_over(
    rig: Rig[Any], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Its first messages are read, a message is stored, another id hears of its own: then the handler begins."""
    ended = asyncio.Event()

    async def act(step: Step, item: Item) -> bool:
        if item.kind == "start":
            step.do("long:1", lambda: _after(ended, None))
        return False

    async def rows(name: str, /, **params: Json) -> list[Json]:
        found = await read(name, **params)
        if name == "messages" and params["id"] == "a":
            monkeypatch.setattr(engine.store, "rows", read)
            await engine.post("a", rig.message("cancel"))
            await engine.post("b", rig.message("hello"))
        return cast("list[Json]", found)

    handler, other = Recorder(act), Recorder()
    engine = await rig.worker({"run": handler, "other": other}, linger=600.0)
    await engine.start([Start("b", "other", [])])
    await until(lambda: other.kinds == ["start"])
    client = await rig.client()
    read = engine.store.rows
    monkeypatch.setattr(engine.store, "rows", rows)
    await (engine if kind == "started" else client).start([Start("a", "run", [])])
    await rig.soon(lambda: other.kinds == ["start", "hello"])
    await rig.soon(lambda: handler.kinds == ["start", "cancel"])
    ended.set()


async def test_a_handler_that_stumbles_is_called_again_later_and_nothing_is_lost(
    rig: Rig[Any], caplog: pytest.LogCaptureFixture
) -> None:
    async def handle(id: str, step: Step) -> None:
        seen.append((await step.next()).kind)
        if len(seen) < 3:
            raise RuntimeError("a defect of the host")
        await step.finish([])

    seen: list[str] = []
    engine = await rig.worker({"run": handle})
    await engine.start([Start("a", "run", [])])
    for count in (1, 2):
        await until(lambda count=count: len(seen) == count and not engine._active)  # type: ignore[misc]
        rig.tick(5)
    await until(lambda: seen == ["start"] * 3)
    assert "stumbled for the 2. time" in caplog.text


async def test_a_handler_that_is_refused_again_and_again_is_called_later_each_time(rig: Rig[Any]) -> None:
    """Once at once: somebody was faster. Then it may be a defect, which shall not keep a processor busy for ever."""

    async def handle(id: str, step: Step) -> None:
        calls.append((await step.next()).kind)
        await step.finish([refused(Conflict("never"))] if len(calls) < 4 else [])

    calls: list[str] = []
    engine = await rig.worker({"run": handle})
    await engine.start([Start("a", "run", [])])
    await until(lambda: len(calls) >= 2 and not engine._active)
    await asyncio.sleep(0.1)
    assert len(calls) == 2
    await rig.soon(lambda: len(calls) == 4)


async def test_no_more_than_the_agreed_number_is_in_memory(rig: Rig[Any]) -> None:
    release = asyncio.Event()
    active: list[str] = []

    async def handle(id: str, step: Step) -> None:
        active.append(id)
        await release.wait()
        await step.finish([])

    engine = await rig.worker({"run": handle}, concurrent=2)
    for number in range(5):
        await engine.start([Start(f"r{number}", "run", [])])
    await until(lambda: len(active) == 2)
    await asyncio.sleep(0.02)
    assert len(active) == 2
    release.set()
    await rig.soon(lambda: len(active) == 5)


async def test_what_it_lacks_the_tools_for_does_not_stand_in_the_way_of_the_rest(
    rig: Rig[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "PAGE", 2)
    client = await rig.client()
    for number in range(5):
        await client.start([Start(f"foreign{number}", "run", ["c.d"])])
    rig.tick(1)
    await client.start([Start("mine", "run", ["a.b"])])
    handler = Recorder()
    await rig.worker({"run": handler}, tools=["a.b"])
    await until(lambda: handler.kinds == ["start"])


@embedded_only
async def test_nothing_is_lost_while_the_disk_is_full(rig: EmbeddedRig, caplog: pytest.LogCaptureFixture) -> None:
    """An outcome that cannot be stored when it comes is stored with its delivery; its attempt is not run again."""
    ran: list[int] = []
    busy, full = asyncio.Event(), asyncio.Event()

    async def quick() -> Json:
        await full.wait()
        ran.append(1)
        return {"ok": "x" * 10_000}

    async def handle(id: str, step: Step) -> None:
        await step.next()
        step.do("k:1", quick)
        await step.commit([])
        busy.set()
        await until(lambda: "is not stored yet" in caplog.text)
        await _pages(engine, 1_000_000)
        items.append(await step.next())
        await step.finish([])

    items: list[Item] = []
    engine = await rig.worker({"run": handle})
    await engine.start([Start("a", "run", [])])
    await asyncio.wait_for(busy.wait(), 60)
    await _pages(engine, 1)
    full.set()
    await until(lambda: len(items) == 1 and not engine._active)
    assert (ran, len(items[0].body["ok"])) == ([1], 10_000)


@embedded_only
async def test_a_claim_that_could_not_be_given_back_is_freed_once_the_database_can_be_written(
    rig: EmbeddedRig, caplog: pytest.LogCaptureFixture
) -> None:
    """Another program holds the write lock longer than we wait for it."""
    lock = sqlite3.connect(rig.path, isolation_level=None)

    async def handle(id: str, step: Step) -> None:
        seen.append((await step.next()).kind)
        if len(seen) == 1:
            engine.store.patience = 0.001
            lock.execute("BEGIN IMMEDIATE")
        await step.finish([])

    seen: list[str] = []
    engine = await rig.worker({"run": handle})
    await engine.start([Start("a", "run", [])])
    await until(lambda: "could not be given back" in caplog.text and not engine._active)
    lock.execute("ROLLBACK")
    lock.close()
    await rig.soon(lambda: seen == ["start", "start"])


@embedded_only
async def test_a_worker_that_stumbles_over_its_database_goes_on(
    rig: EmbeddedRig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(embedded, "LOOK", 0.01)
    lock = sqlite3.connect(rig.path, isolation_level=None)
    handler = Recorder()
    engine = await rig.worker({"run": handler})
    client = await rig.client()
    engine.store.patience = 0.001
    await client.start([Start("a", "run", [])])
    lock.execute("BEGIN IMMEDIATE")
    await rig.soon(lambda: "stumbled and goes on" in caplog.text or handler.items)
    lock.execute("ROLLBACK")
    lock.close()
    await rig.soon(lambda: handler.kinds == ["start"])


@pytest.mark.parametrize("error", [ValueError("a defect"), asyncio.CancelledError()])
async def test_an_attempt_that_raises_unwinds_its_handler_and_comes_back_interrupted(
    rig: Rig[Any], error: BaseException
) -> None:
    async def broken() -> Json:
        raise error

    async def handle(id: str, step: Step) -> None:
        if items:
            step.do("k:1", broken)
        items.append(await step.next())
        if len(items) == 1:
            step.do("k:1", broken)
            await step.commit([])
            await step.next()
        await step.finish([])

    items: list[Item] = []
    engine = await rig.worker({"run": handle})
    await engine.start([Start("a", "run", [])])
    await until(lambda: len(items) == 1 and not engine._active)
    await rig.soon(lambda: len(items) == 2)
    assert items[1].body == {"interrupted": True, "mark": None}


async def test_an_outcome_that_comes_while_the_worker_ends_is_stored_at_once(rig: Rig[Any]) -> None:
    """Another attempt that takes longer than the worker has time for does not take it along."""
    quick, long = asyncio.Event(), asyncio.Event()

    async def act(step: Step, item: Item) -> bool:
        if item.kind == "start":
            step.do("quick:1", lambda: _after(quick, "quick"))
            step.do("long:1", lambda: _after(long, "long"))
        return False

    engine = await rig.worker({"run": Recorder(act)})
    await engine.start([Start("a", "run", [])])
    await until(lambda: "a" in engine._active and len(engine._active["a"]._running) == 2)
    closing = asyncio.create_task(engine.close())
    await until(lambda: engine.draining)
    quick.set()
    await until(lambda: _stored(engine))
    assert [row["key"] for row in await engine.store.rows("messages", id="a")] == ["quick:1"]
    long.set()
    await asyncio.wait_for(closing, 60)


async def test_a_worker_that_ends_gives_up_what_takes_longer_than_it_has_time_for(
    rig: Rig[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hands, "GRACE", 0.01)
    cancelled = asyncio.Event()

    async def endless() -> Json:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return None

    async def act(step: Step, item: Item) -> bool:
        step.do("endless:1", endless)
        return False

    engine = await rig.worker({"run": Recorder(act)})
    await engine.start([Start("a", "run", [])])
    await until(lambda: "a" in engine._active and engine._active["a"]._running)
    await asyncio.wait_for(engine.close(), 60)
    await until(cancelled.is_set)
    assert await engine.store.rows("messages", id="a") == []


async def test_events_are_unread_again_in_the_order_in_which_they_came(rig: Rig[Any]) -> None:
    handler = Recorder()
    engine = await rig.worker({"run": handler})
    await engine.start([Start("a", "run", [])])
    history = Write(
        "insert_history",
        {"run": "a", "generation": 1, "n": 1, "at": 0.0, "kind": "event", "key": "", "body": '"first"'},
    )
    await engine.store.write([history])
    await engine.post("a", rig.message("stop"))
    await until(lambda: not engine._active and "stop" in handler.kinds)
    await engine.post("a", rig.message("event", "second"))
    await until(lambda: handler.kinds[-1] == "event" and not engine._active)
    await engine.store.write([_event("a", "second")])
    await engine.restart("a", 2, [])
    await until(lambda: len(handler.items) >= 6)
    assert [item.body for item in handler.items[-2:]] == ["first", "second"]


def _event(id: str, body: str) -> Write:
    return Write("insert_message", {"id": id, "at": 0.0, "kind": "event", "key": "", "body": f'"{body}"'})


async def test_an_event_that_was_never_delivered_outlives_the_end_and_a_restart(rig: Rig[Any]) -> None:
    async def act(step: Step, item: Item) -> bool:
        if item.kind == "start" and len(handler.items) == 1:
            await engine.store.write([_event("a", "unread")])
            return True
        return False

    handler = Recorder(act)
    engine = await rig.worker({"run": handler})
    await engine.start([Start("a", "run", [])])
    await until(lambda: handler.items != [] and not engine._active)
    await engine.restart("a", 2, [])
    await until(lambda: handler.kinds == ["start", "start", "event"])


async def test_a_stopped_id_is_left_alone(rig: Rig[Any]) -> None:
    handler = Recorder()
    engine = await rig.worker({"run": handler}, linger=1000)
    await engine.start([Start("a", "run", [])])
    await until(lambda: handler.kinds == ["start"])
    await engine.stop("a", [note("mine")])
    await rig.soon(lambda: not engine._active)
    rig.tick(1000)
    await asyncio.sleep(0.02)
    assert handler.calls == 1


async def test_messages_keep_their_order_when_the_clock_is_put_back(rig: Rig[Any]) -> None:
    client = await rig.client()
    await client.start([Start("a", "run", [])])
    await client.post("a", rig.message("first"))
    rig.tick(-3600)
    await client.post("a", rig.message("second"))
    handler = Recorder()
    await rig.worker({"run": handler})
    await until(lambda: handler.kinds == ["start", "first", "second"])


@embedded_only
async def test_a_clock_that_is_put_back_delays_no_message(rig: EmbeddedRig) -> None:
    handler = Recorder()
    engine = await rig.worker({"run": handler}, concurrent=1)
    await engine.start([Start("a", "run", [])])
    await until(lambda: handler.kinds == ["start"] and not engine._active)
    rig.tick(3600)
    engine._bell.set()
    await until(lambda: engine._looked_at == rig.clock.now())
    await engine.store.write([Write("wake", {"id": "a", "at": rig.clock.now()}), _event("a", "x")])
    rig.tick(-3600)
    engine._bell.set()  # the fake clock's waits are for a moment, the machine's for a length: it looks by itself
    await until(lambda: handler.kinds == ["start", "event"])


@embedded_only
async def test_a_database_that_is_reached_by_a_link_has_the_same_workers(rig: EmbeddedRig, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    link = tmp_path / "other" / "link.db"
    first = await rig.worker({})
    link.symlink_to(rig.path)
    store = await SqliteStore.opened(link)
    second = EmbeddedEngine(store, rig.clock, Pace(10, 0.0))
    await second.work({}, [], lambda needs: True)
    for _ in range(3):
        rig.tick(1)
        await asyncio.sleep(0.01)
    assert {row["id"] for row in await second.alive()} == {first.worker, second.worker}
    await second.close()
    await store.close()


async def _pages(engine: object, most: int) -> None:
    """Let the database grow to so many pages, and no further: what a full disk does to SQLite."""
    await engine.store._writer.execute(f"PRAGMA max_page_count = {most}")  # type: ignore[attr-defined]


@embedded_only
async def test_who_has_given_an_id_back_and_not_heard_of_it_is_not_taken_for_overtaken(rig: EmbeddedRig) -> None:
    """Hands and rows are compared between his commit and his next moment: he comes to his end all the same."""
    ended: list[str] = []

    async def handle(id: str, step: Step) -> None:
        await step.next()
        await step.finish([])
        ended.append(id)

    def compare(writes: Sequence[Write]) -> None:
        if any(write.name == "release" for write in writes):
            looks.append(asyncio.create_task(engine._compare()))

    looks: list[asyncio.Task[None]] = []
    engine = await rig.worker({"run": handle})
    engine.store._breath = float("inf")
    engine.store.heard = compare
    await engine.start([Start("a", "run", [])])
    await until(lambda: looks and looks[0].done() and not engine._active)
    assert ended == ["a"]


# batches


async def test_a_batch_of_starts_is_stored_whole_or_not_at_all(rig: Rig[Any]) -> None:
    handler = Recorder()
    engine = await rig.worker({"run": handler})
    with pytest.raises(Conflict):
        await engine.start([Start("a", "run", [], [note("a")]), Start("b", "run", [], [refused(Conflict("no"))])])
    await engine.start([Start("c", "run", [], [note("c")]), Start("d", "run", [])])
    await until(lambda: handler.kinds == ["start", "start"])
    assert await notes(engine) == ["c"]


# limits


class Crowd:
    """A handler that notes how many of a lane are worked on at a time, each until it is let go."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self.ended: list[str] = []
        self.release = asyncio.Event()

    async def __call__(self, id: str, step: Step) -> None:
        await step.next()
        self.inside.append(id)
        try:
            await self.release.wait()
        finally:
            self.inside.remove(id)
        self.ended.append(id)
        await step.finish([])


async def test_of_one_lane_only_so_many_are_worked_on_by_all_workers_together(rig: Rig[Any]) -> None:
    crowd = Crowd()
    client = await rig.client()
    lanes = ["x"] * 6 + ["y"] * 2 + [None] * 2
    await client.start([Start(f"{lane}{number}", "run", [], lane=lane) for number, lane in enumerate(lanes)])
    for _ in range(2):
        await rig.worker({"run": crowd}, per_lane=2)
    await rig.soon(lambda: len(crowd.inside) == 6)
    for _ in range(3):
        rig.tick()
        await asyncio.sleep(0.01)
    assert sorted(id[0] for id in crowd.inside) == ["N", "N", "x", "x", "y", "y"]
    crowd.release.set()
    await rig.soon(lambda: len(crowd.ended) == 10)


@embedded_only
async def test_the_long_queue_of_a_full_lane_does_not_stand_in_the_way_of_others(
    rig: EmbeddedRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "PAGE", 2)
    crowd = Crowd()
    client = await rig.client()
    await client.start([Start(f"x{number}", "run", [], lane="x") for number in range(9)])
    rig.tick()
    await client.start([Start("late", "run", [], lane="y"), Start("foreign", "run", ["c.d"], lane="z")])
    await client.start([Start(f"alone{number}", "run", []) for number in range(3)])
    await rig.worker({"run": crowd}, per_lane=1)
    await rig.soon(lambda: len(crowd.inside) == 5)
    assert sorted(crowd.inside) == ["alone0", "alone1", "alone2", "late", "x0"]
    crowd.release.set()
    await rig.soon(lambda: len(crowd.ended) == 13)


@pytest.mark.parametrize("limit", ["per_lane", "concurrent"])
async def test_what_only_waits_takes_no_place_that_others_need(rig: Rig[Any], limit: str) -> None:
    """It would stay in memory for an hour; the next one of its lane needs the place now."""
    handler = Recorder()
    pace: dict[str, float] = {"linger": 3600, limit: 1}
    engine = await rig.worker({"run": handler}, (), **pace)
    await engine.start([Start("a", "run", [], lane="x")])
    await until(lambda: handler.kinds == ["start"])
    await engine.start([Start("b", "run", [], lane="x")])
    await rig.soon(lambda: handler.kinds == ["start", "start"])
    await engine.post("a", rig.message("hello"))
    await rig.soon(lambda: handler.kinds == ["start", "start", "hello"])


# restart with an inheritance


async def test_an_inheritance_comes_first_and_the_unread_events_after_it(rig: Rig[Any]) -> None:
    client = await rig.client()
    await client.start([Start("a", "run", [])])
    await client.post("a", rig.message("event", "unread"))
    await client.post("a", rig.message("pause"))
    inbox = [rig.message("start"), Item("outcome", "k:1", {"ok": 1}, 0.0), Item("timer", "t", None, 1.0)]
    await client.restart("a", 2, [note("mine")], Inheritance(inbox, []))
    handler = Recorder()
    await rig.worker({"run": handler})
    await until(lambda: handler.kinds == ["start", "outcome", "timer", "event"])
    assert (handler.items[:3], handler.items[3].body) == (inbox, "unread")


async def test_inherited_attempts_come_back_as_interrupted_unless_their_outcome_is_known(rig: Rig[Any]) -> None:
    """`told`: its outcome is inherited. `kept`: stored, and not yet delivered. `open`: begun. `left`: not inherited."""
    ran: list[str] = []
    keys = ("told:1", "kept:1", "open:1", "left:1", "new:1")

    def noting(key: str) -> Callable[[], Awaitable[Json]]:
        async def fn() -> Json:
            ran.append(key)
            return {"ok": "again"}

        return fn

    async def act(step: Step, item: Item) -> bool:
        if item.kind == "start":
            for key in keys:
                step.do(key, noting(key))
        return False

    client = await rig.client()
    await client.start([Start("a", "run", [])])
    await client.store.write([_begun(rig, key) for key in keys[:4]])
    mark = {"id": "a", "generation": 1, "key": "open:1", "mark": "mail.send"}
    await client.store.write([Write("mark_attempt", mark)])
    await client.post("a", Item("outcome", "kept:1", {"ok": "kept"}, 0.0))
    inbox = [rig.message("start"), Item("outcome", "told:1", {"ok": "told"}, 0.0)]
    await client.restart("a", 2, [], Inheritance(inbox, ["told:1", "kept:1", "open:1"]))
    handler = Recorder(act)
    engine = await rig.worker({"run": handler})
    await rig.soon(lambda: len(handler.items) == 6 and not engine._active)
    outcomes = {item.key: item.body for item in handler.items[1:]}
    assert outcomes == {
        "told:1": {"ok": "told"},
        "kept:1": {"ok": "kept"},
        "open:1": {"interrupted": True, "mark": "mail.send"},
        "left:1": {"ok": "again"},
        "new:1": {"ok": "again"},
    }
    assert sorted(ran) == ["left:1", "new:1"]

    async def stored() -> bool:  # what was delivered last is noted before its commit
        return not await client.store.rows("open_attempts", id="a", generation=2)

    await until(stored)


def _begun(rig: Rig[Any], key: str) -> Write:
    attempt = {"id": "a", "generation": 1, "key": key, "worker": "w", "started_at": rig.clock.now()}
    return Write("insert_attempt", attempt)


# messages from a handler


async def test_a_handlers_message_to_another_id_is_stored_with_its_commit_and_wakes_it(rig: Rig[Any]) -> None:
    gate = asyncio.Event()

    async def act(step: Step, item: Item) -> bool:
        if item.kind == "start":
            step.post("b", rig.message("hello", {"from": "a"}))
            step.post("nobody", rig.message("hello"))
            await gate.wait()
        return False

    speaker, listener = Recorder(act), Recorder()
    engine = await rig.worker({"run": speaker, "other": listener})
    await engine.start([Start("b", "other", [])])
    await until(lambda: listener.kinds == ["start"] and not engine._active)
    await engine.start([Start("a", "run", [])])
    await until(lambda: speaker.kinds == ["start"])
    await asyncio.sleep(0.02)
    assert listener.kinds == ["start"]
    gate.set()
    await until(lambda: listener.kinds == ["start", "hello"])
    assert listener.items[1].body == {"from": "a"}
    assert await engine.store.rows("messages", id="nobody") == []


async def test_a_handlers_last_word_goes_out_with_its_end(rig: Rig[Any]) -> None:
    async def act(step: Step, item: Item) -> bool:
        step.post("b", rig.message("done"))
        return True

    listener = Recorder()
    engine = await rig.worker({"run": Recorder(act), "other": listener})
    await engine.start([Start("b", "other", []), Start("a", "run", [])])
    await until(lambda: listener.kinds == ["start", "done"])


async def test_a_message_of_a_refused_commit_is_not_stored(rig: Rig[Any]) -> None:
    refusals = [Conflict("somebody was faster")]

    async def handle(id: str, step: Step) -> None:
        await step.next()
        step.post("b", rig.message("hello"))
        await step.finish([refused(refusals.pop())] if refusals else [])

    listener = Recorder()
    engine = await rig.worker({"run": handle, "other": listener})
    await engine.start([Start("b", "other", []), Start("a", "run", [])])
    await until(lambda: "hello" in listener.kinds and not engine._active)
    assert listener.kinds == ["start", "hello"]


# continuing as new


async def test_a_renewed_id_begins_anew_with_what_is_unread(rig: Rig[Any]) -> None:
    """First the start, then what the handler hands on, then what it had not seen: events, and what people want of it.

    Answers to steps are forgotten: there are no such steps any more.
    """
    generations: list[int] = []

    async def act(step: Step, item: Item) -> bool:
        generations.append(step.generation)
        if item.kind == "event" and step.generation == 1:
            step.do("slow:1", lambda: value("never heard"))
            for write in (_event("a", "third"), _note("a", "child", "s#1"), _note("a", "pause"), _event("a", "fourth")):
                await engine.store.write([write])
            step.post("b", rig.message("renewed"))
            await step.renew([rig.message("event", "first"), rig.message("event", "second")], [note("mine")], 0.0)
            raise Suspended
        return False

    handler, listener = Recorder(act), Recorder()
    engine = await rig.worker({"run": handler, "other": listener})
    await engine.start([Start("b", "other", []), Start("a", "run", [])])
    await engine.post("a", rig.message("event", "zeroth"))
    await until(lambda: len(handler.items) == 8)
    said = [item.body or item.kind for item in handler.items]
    assert said == ["start", "zeroth", "pause", "start", "first", "second", "third", "fourth"]
    assert generations == [1, 1, 2, 2, 2, 2, 2, 2]
    await until(lambda: listener.kinds == ["start", "renewed"])
    assert "mine" in await notes(engine)


def _note(id: str, kind: str, key: str = "") -> Write:
    return Write("insert_message", {"id": id, "at": 0.0, "kind": kind, "key": key, "body": None})


async def test_a_renewed_id_has_forgotten_its_attempts_and_their_late_outcome_is_not_heard(rig: Rig[Any]) -> None:
    hanging = asyncio.Event()

    async def hang() -> Json:
        hanging.set()
        await asyncio.sleep(3600)
        return None

    async def handle(id: str, step: Step) -> None:
        items.append((step.generation, await step.next()))
        if step.generation == 1 and items[-1][1].kind == "start":
            step.do("k:1", hang)
            await step.commit([])
            items.append((step.generation, await step.next()))
            await step.renew([], [], 0.0)
        else:
            step.do("k:1", value)
            await step.commit([])
            items.append((step.generation, await step.next()))
            await step.finish([])

    items: list[tuple[int, Item]] = []
    engine = await rig.worker({"run": handle})
    await engine.start([Start("a", "run", [])])
    await asyncio.wait_for(hanging.wait(), 60)
    await engine.post("a", rig.message("go"))
    await until(lambda: len(items) == 4)
    assert [(generation, item.kind) for generation, item in items] == [
        (1, "start"),
        (1, "go"),
        (2, "start"),
        (2, "outcome"),
    ]
    assert items[-1][1].body == {"ok": 1}


async def test_a_worker_that_was_overtaken_renews_nothing(rig: Rig[Any]) -> None:
    gate, unwound = asyncio.Event(), asyncio.Event()

    async def slow(id: str, step: Step) -> None:
        await step.next()
        try:
            await gate.wait()
            await step.renew([rig.message("event")], [note("late")], 0.0)
        finally:
            unwound.set()

    handler = Recorder()
    first = await rig.worker({"run": slow})
    await first.start([Start("a", "run", [])])
    await until(lambda: bool(first._active))
    await rig.overtake(first, "a", await rig.worker({"run": handler}))
    await until(lambda: handler.kinds == ["start"])
    gate.set()
    await asyncio.wait_for(unwound.wait(), 60)
    assert "late" not in await notes(first)
    assert await first.store.rows("messages", id="a") == []


# what comes is taken at once by the worker that it comes through


@embedded_only
async def test_what_is_started_or_posted_to_here_is_taken_in_the_same_commit(rig: EmbeddedRig) -> None:
    handler = Recorder()
    engine = await rig.worker({"run": handler})
    await engine.start([Start("a", "run", [])])
    assert "a" in engine._active
    await until(lambda: handler.kinds == ["start"] and not engine._active)
    await engine.post("a", rig.message("event"))
    assert "a" in engine._active
    await until(lambda: handler.kinds == ["start", "event"])


@embedded_only
async def test_nobody_takes_what_he_has_no_tools_or_no_place_for(rig: EmbeddedRig) -> None:
    handler = Recorder()
    engine = await rig.worker({"run": handler}, tools=["a.b"], linger=3600, concurrent=1)
    await engine.start([Start("foreign", "run", ["c.d"])])
    await engine.post("foreign", rig.message("event"))
    assert not engine._active
    gate = asyncio.Event()

    async def busy(id: str, step: Step) -> None:
        await gate.wait()
        await step.finish([])

    other = await rig.worker({"run": busy}, tools=["c.d"], concurrent=1)
    await rig.soon(lambda: "foreign" in other._active)
    await other.start([Start("second", "run", ["c.d"]), Start("mine", "run", ["a.b"])])
    await other.post("second", rig.message("event"))
    assert set(other._active) == {"foreign"}
    await rig.soon(lambda: handler.kinds == ["start"])
    gate.set()


async def test_a_restart_while_the_old_generation_is_let_go_is_worked_on(rig: Rig[Any]) -> None:
    """The handler has finished, and is still cleaning up when the next generation is due."""
    gate = asyncio.Event()
    generations: list[int] = []

    async def handle(id: str, step: Step) -> None:
        generations.append(step.generation)
        await step.next()
        await step.finish([])
        if step.generation == 1:
            await gate.wait()

    engine = await rig.worker({"run": handle})
    await engine.start([Start("a", "run", [])])
    await until(lambda: generations == [1] and engine._active["a"].released)
    await engine.restart("a", 2, [])
    await asyncio.sleep(0.01)
    gate.set()
    await until(lambda: generations == [1, 2])
