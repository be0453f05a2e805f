"""Items 64 to 68: what was done is undone."""

from __future__ import annotations

from ..fakes.waiting import until
from ..path.harness import HANG
from .stage import Stage

PAY = 'step.do("{0}", tools.work.keep(value="{0}"), rollback=lambda result: tools.work.look(value=f"undo {{result}}"))'


def pay(name: str) -> str:
    """A step that can be undone; undoing it says with what."""
    return PAY.format(name)


def undone(stage: Stage) -> list[object]:
    return stage.crew.values("look")


async def test_64_what_completed_is_undone_in_reverse_order_of_start_with_its_result(stage: Stage) -> None:
    """Cloudflare calls the failed step's own compensation, too, with no output. Ours has none for a step that is known
    to have done nothing; of one that may have, a person says so first."""
    stage.crew.will("keep", "A", "B", ValueError("no"))
    last = pay("c").replace("rollback", 'retries={"limit": 0}, rollback')
    run = await stage.start(f"await {pay('a')}\nawait {pay('b')}\nawait {last}")
    error = await run.error()
    assert (error["type"], error["message"], error["step"]) == ("ValueError", "no", "c")
    assert undone(stage) == ["undo B", "undo A"]
    assert (await run.refresh()).rollback == {
        "outcome": "complete",
        "undone": ["b#1", "a#1"],
        "left": [],
        "error": None,
    }


async def test_65_parallel_steps_are_undone_in_reverse_order_of_start_and_not_of_end(stage: Stage) -> None:
    stage.crew.will("keep", HANG)
    body = f'await step.gather({pay("a")}, {pay("b")}, {pay("c")})\nraise PlanFailed("no")'
    run = await stage.start(body)
    await until(lambda: _done(stage, run.id, 2))
    stage.crew.released.set()
    await run.error()
    assert undone(stage) == ["undo c", "undo b", "undo a"]


async def _done(stage: Stage, id: str, count: int) -> bool:
    states = [step.state for step in await (await stage.flow.runs.get(id)).steps()]
    return states.count("done") == count


async def test_66_an_undoing_is_retried_and_where_it_fails_for_good_the_chain_stops(stage: Stage) -> None:
    stage.crew.will("look", ValueError("busy"), "undone c", *[ValueError("never")] * 6)
    run = await stage.start("\n".join(f"await {pay(name)}" for name in "abc") + '\nraise PlanFailed("the cause")')
    await stage.flow.skip_until(run, "failed")
    assert undone(stage) == ["undo c"] * 2 + ["undo b"] * 6
    record = await run.refresh()
    assert (record.error["type"], record.error["message"]) == ("PlanFailed", "the cause")
    assert (record.rollback["outcome"], record.rollback["undone"]) == ("failed", ["c#1"])
    assert sorted(record.rollback["left"]) == ["a#1", "b#1"]
    assert "never" in record.rollback["error"]["message"]
    await run.rollback()
    await stage.flow.settle()
    assert undone(stage)[8:] == ["undo b", "undo a"]
    assert ((await run.refresh()).status, run.record.rollback["outcome"]) == ("failed", "complete")


async def test_68_cancel_undoes_where_it_is_told_to_and_success_never(stage: Stage) -> None:
    body = f'await {pay("a")}\nif event.payload["wait"]:\n    await step.wait_for_event("take", "ping")'
    fine = await stage.start(body, {"wait": False})
    assert await fine.result() is None
    plain, undoing = await stage.start(body, {"wait": True}), await stage.start(body, {"wait": True})
    await stage.flow.settle()
    await plain.cancel()
    await stage.reach(plain, "cancelled")
    assert (undone(stage), plain.record.rollback) == ([], None)
    await undoing.cancel(rollback=True)
    await stage.reach(undoing, "cancelled")
    assert (undone(stage), undoing.record.rollback["outcome"]) == (["undo a"], "complete")
