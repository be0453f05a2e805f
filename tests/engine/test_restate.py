"""What the engine on Restate does that the other one need not."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator
from functools import partial
from itertools import count

import httpx2
import pytest

from agentflow.engine import Start, Step
from agentflow.engine.beats import Beats
from agentflow.engine.claims import PAGE
from agentflow.engine.restate import BEAT, BUSY, ELSEWHERE, RestateEngine
from agentflow.errors import StorageError, UsageError
from agentflow.store import Write
from tests.engine.rigs import RestateRig
from tests.fakes import postgres, restate
from tests.fakes.waiting import until


class Noted:
    """A handler that notes whom it was called for, and works on it until its gate opens."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.gate = asyncio.Event()

    async def __call__(self, id: str, step: Step) -> None:
        self.seen.append((await step.next()).kind)
        await self.gate.wait()
        await step.finish([])


@pytest.fixture
async def rig(restate_server: restate.Server, database_server: postgres.Server) -> AsyncIterator[RestateRig]:
    rig = RestateRig(restate_server.engine(), database_server.database())
    yield rig
    await rig.close()


@pytest.fixture
def quick() -> Noted:
    """It never waits."""
    noted = Noted()
    noted.gate.set()
    return noted


async def test_a_server_that_knows_the_workers_no_more_is_told_again(
    rig: RestateRig, restate_server: restate.Server, quick: Noted
) -> None:
    """As one whose disk was lost, or another one at the same address."""
    engine = await rig.worker({"run": quick})
    await until(lambda: _ours(restate_server, rig))
    for deployment in _ours(restate_server, rig):
        httpx2.delete(f"{restate_server.admin_url}/deployments/{deployment}", params={"force": "true"}, timeout=60)
    await engine.start([Start("a", "run", [])])
    await rig.soon(lambda: quick.seen == ["start"])


async def test_whoever_posts_does_not_wait_for_a_server_that_is_away_and_workers_make_it_good(
    rig: RestateRig, quick: Noted, caplog: pytest.LogCaptureFixture
) -> None:
    client = await rig.deaf()
    await client.start([Start(f"a{number}", "run", []) for number in range(40)])
    await until(lambda: "cannot be reached" in caplog.text)
    await rig.worker({"run": quick})
    await rig.soon(lambda: quick.seen == ["start"] * 40)
    assert caplog.text.count("cannot be reached") == 1


async def test_each_bell_that_is_lost_is_made_good(rig: RestateRig, quick: Noted) -> None:
    """Also another one of the same id: that Restate was told once, and did it, is no answer to the second time."""
    engine = await rig.worker({"run": quick})
    client = await rig.deaf()
    await client.start([Start("a", "run", [])])
    await until(lambda: quick.seen == ["start"] and not engine._active)
    await client.post("a", rig.message("word"))
    await until(lambda: quick.seen == ["start", "word"])


async def test_a_call_that_is_not_the_last_one_any_more_leaves_the_id_to_the_other(rig: RestateRig) -> None:
    """Its worker lives, and hears late that another one works on the id: it does not take it back."""
    slow, other = Noted(), Noted()
    first = await rig.worker({"run": slow}, overdue=3600)
    await first.start([Start("a", "run", [])])
    await until(lambda: slow.seen == ["start"])
    second = await rig.worker({"run": other})
    await rig.overtake(first, "a", second)
    await until(lambda: other.seen == ["start"])
    [seized] = await second.store.rows("work_of", worker=second.worker)
    slow.gate.set()
    await until(lambda: not first._active)
    assert await second.store.rows("work_of", worker=second.worker) == [seized]
    other.gate.set()
    await until(lambda: not second._active)
    assert (slow.seen, other.seen) == (["start"], ["start"])


async def test_an_id_is_not_taken_from_a_worker_that_lives_though_its_call_is_over(rig: RestateRig) -> None:
    """As after an operator has killed the call, or Restate was started anew; once the worker is dead, it is."""
    slow, other = Noted(), Noted()
    other.gate.set()
    first, second = await rig.worker({"run": slow}), await rig.worker({"run": other})
    assert isinstance(second, RestateEngine)
    client = await rig.deaf()
    await client.start([Start("a", "run", [])])
    call = asyncio.create_task(first._drive("a"))  # type: ignore[attr-defined]
    await until(lambda: slow.seen == ["start"])
    call.cancel()
    again = rig.clock.now() // BUSY * BUSY + BUSY
    assert await second._drive("a") == (again, again - rig.clock.now())
    second._beats = Beats(60.0, 60.0)
    for moment in (0.0, 2 * BEAT + 1):
        second._beats.silent({first.worker: 1.0}, moment)
    assert not await second._goes_on(first.worker)
    second._beats = Beats(60.0, 60.0)
    await rig.die(first)
    assert await second._drive("a") is None
    assert other.seen == ["start"]


async def test_who_lives_hangs_on_no_clock(rig: RestateRig, quick: Noted) -> None:
    """Or `doctor --repair` on a machine whose clock is wrong would take from the living what they have in hand."""
    engine, client = await rig.worker({"run": quick}), await rig.client()
    await client.store.write([Write("beat", {"id": engine.worker, "now": 1.0})])
    assert [row["id"] for row in await client.alive()] == [engine.worker]
    await rig.die(engine)

    async def gone() -> bool:
        return await client.alive() == [] != await client.store.rows("workers")

    await until(gone)


async def test_what_a_dead_worker_held_and_nobody_calls_for_is_freed(rig: RestateRig, quick: Noted) -> None:
    """As when Restate has forgotten its call, too."""
    client = await rig.deaf()
    await client.start([Start("a", "run", [])])
    dead = {"id": "dead", "pid": 1, "tools": "[]", "started_at": 0.0}
    seized = Write("seize", {"id": "a", "worker": "dead", "most": None})
    await client.store.write([Write("insert_worker", dead), Write("beat", {"id": "dead", "now": 1.0}), seized])
    assert await client.alive() == []
    engine = await rig.worker({"run": quick})
    assert isinstance(engine, RestateEngine)
    engine._beats = Beats(0.0, 100 * BEAT)
    for _ in range(2):
        engine._beaten -= BEAT
        await engine._live()
    await rig.soon(lambda: quick.seen == ["start"])
    assert [row["id"] for row in await engine.store.rows("workers")] == [engine.worker]


async def test_a_worker_that_was_taken_for_dead_says_again_that_it_lives(rig: RestateRig, quick: Noted) -> None:
    engine = await rig.worker({"run": quick})
    assert isinstance(engine, RestateEngine)
    await until(lambda: engine._beats._looked_at > 0)
    await engine.store.write([Write("delete_worker", {"id": engine.worker})])
    assert await engine.alive() == []
    await engine._live()
    assert await engine.alive() == []
    engine._beaten -= BEAT
    await engine._live()
    assert [row["id"] for row in await engine.alive()] == [engine.worker]


async def test_a_call_does_not_wait_for_long_at_a_full_worker(rig: RestateRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one may have a place: it is made again soon, and then finds either."""
    monkeypatch.setattr("agentflow.engine.restate.FULL", 0.05)
    slow = Noted()
    engine = await rig.worker({"run": slow}, concurrent=1)
    assert isinstance(engine, RestateEngine)
    await engine.start([Start("a", "run", [])])
    await until(lambda: slow.seen == ["start"])
    client = await rig.deaf()
    await client.start([Start("b", "run", [])])
    assert await engine._drive("b") == (rig.clock.now(), ELSEWHERE)
    slow.gate.set()
    await rig.soon(lambda: slow.seen == ["start", "start"])


async def test_a_call_that_comes_early_waits_for_its_time(rig: RestateRig) -> None:
    """Restate's clock may be a little ahead; far ahead, and it is made again then."""
    due, seen = rig.clock.now() + 60, list[str]()

    async def handler(id: str, step: Step) -> None:
        step.timer("t", due)
        seen.append((await step.next()).kind)
        await step.finish([])

    engine = await rig.worker({"run": handler}, overdue=3600)
    assert isinstance(engine, RestateEngine)
    work = {"id": "a", "kind": "run", "needs": "[]", "lane": None, "epoch": 0, "wake_at": due}
    await engine.store.write([Write("insert_work", work)])
    assert await engine._drive("a") == (due, 60.0)
    rig.clock.advance(58.5)
    early = asyncio.create_task(engine._drive("a"))
    await asyncio.wait([early], timeout=0.1)
    assert not early.done()
    rig.clock.advance(1.5)
    assert await early is None
    assert seen == ["timer"]


async def test_what_stumbles_has_its_time_though_bells_ring_and_its_inbox_is_unread(rig: RestateRig) -> None:
    """As when much was said to it before it stumbled first: each of that rings for it."""
    tried: list[str] = []

    async def poison(id: str, step: Step) -> None:
        tried.append(id)
        raise RuntimeError("it cannot be read")

    engine = await rig.worker({"run": poison})
    assert isinstance(engine, RestateEngine)
    engine._stumbles["a"] = 8
    await engine.start([Start("a", "run", [])])
    await until(lambda: tried == ["a"] and not engine._active)
    assert await engine._drive("a") == pytest.approx((rig.clock.now() + 51.2, 51.2))
    assert tried == ["a"]
    rig.clock.advance(60)
    await until(lambda: tried == ["a", "a"])


async def test_a_call_that_comes_early_by_a_clock_that_stands_leaves_the_id_to_others(rig: RestateRig) -> None:
    """Who has it in hand keeps away all that is said to it meanwhile."""
    engine = await rig.client()
    work = {"id": "a", "kind": "run", "needs": "[]", "lane": None, "epoch": 0, "wake_at": rig.clock.now() + 0.01}
    await engine.store.write([Write("insert_work", work)])
    assert await engine._drive("a") == pytest.approx((rig.clock.now() + 0.01, 0.01))


async def test_an_address_that_somebody_else_has_is_said_and_no_worker_is_left(rig: RestateRig, quick: Noted) -> None:
    host, _, port = rig.listen.rpartition(":")
    taken = pytest.raises(StorageError, match=f"no worker can listen on {rig.listen}: ")
    with socket.create_server((host, int(port))), taken:
        await rig.worker({"run": quick})
    client = await rig.client()
    assert await client.store.rows("workers") == []


async def test_a_name_at_restate_that_another_database_has_is_refused_and_told_until_that_is_forgotten(
    rig: RestateRig, database_server: postgres.Server, quick: Noted
) -> None:
    """Each would be handed calls of the other, and drop them."""
    engine = await rig.worker({"run": quick})
    assert isinstance(engine, RestateEngine)
    await until(engine._registering.done)
    other = rig.beside(database_server.database())
    theirs = f" has the name {rig.service!r} for workers of another database, and calls those: give these another one"
    with pytest.raises(UsageError, match=re.escape(theirs)) as refused:
        await other.worker({"run": quick})
    [told] = await (await other.client()).faults()
    assert str(refused.value) == told
    assert await engine.faults() == []
    await rig.close()
    forget = told.partition("curl -X DELETE ")[2].strip("'")
    assert httpx2.delete(forget).is_success
    await other.worker({"run": quick})
    await other.close()


async def test_what_is_behind_a_long_queue_of_a_full_lane_is_rung_for(rig: RestateRig) -> None:
    """As when Restate has lost its bells: it shall not wait for the end of the queue."""
    full, quick = Noted(), Noted()
    quick.gate.set()
    client = await rig.deaf()
    await client.start([Start(f"a{number}", "full", [], lane="x") for number in range(PAGE + 1)])
    await client.start([Start("b", "quick", [])])
    await rig.worker({"full": full, "quick": quick}, per_lane=1)
    await rig.soon(lambda: quick.seen == full.seen == ["start"])
    full.gate.set()


async def test_bells_for_what_waits_for_a_place_do_not_pile_up(
    rig: RestateRig, restate_server: restate.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Noted()
    engine = await rig.worker({"run": full}, concurrent=1, overdue=3600)
    assert isinstance(engine, RestateEngine)
    await engine.start([Start(id, "run", []) for id in ("a", "b")])
    await until(lambda: full.seen == ["start"])
    monkeypatch.setattr(time, "time", partial(next, count(time.time(), 10.0)))
    for _ in range(4):
        await engine._ring_due(0.0)
        await until(lambda: not engine._restate._ringing)
    monkeypatch.undo()
    assert restate_server.calls(rig.service) == 3
    full.gate.set()


async def test_a_database_that_is_away_when_a_lane_has_room_again_breaks_nothing(rig: RestateRig, quick: Noted) -> None:
    engine = await rig.client(per_lane=1)
    await engine.store.close()
    await engine._ring_lane("x")


async def test_two_that_leave_a_lane_together_are_followed_by_two(rig: RestateRig) -> None:
    """At once, and not when somebody looks for what is overdue."""
    gates = {kind: Noted() for kind in ("first", "next")}
    engine = await rig.worker(gates, per_lane=2, overdue=3600)
    await engine.start([Start(id, "first", [], lane="x") for id in "ab"])
    await until(lambda: gates["first"].seen == ["start"] * 2)
    await engine.start([Start(id, "next", [], lane="x") for id in "cd"])
    gates["first"].gate.set()
    await until(lambda: gates["next"].seen == ["start"] * 2)
    gates["next"].gate.set()


def _ours(server: restate.Server, rig: RestateRig) -> list[str]:
    known = httpx2.get(f"{server.admin_url}/deployments", timeout=60).json()["deployments"]
    return [one["id"] for one in known if rig.service in {service["name"] for service in one["services"]}]
