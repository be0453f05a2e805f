from __future__ import annotations
from pathlib import Path
from .harness import Stage, staged, HANG

async def test_event_race(tmp_path: Path) -> None:
    got = []
    async with staged(tmp_path, linger=1e9) as stage:
        for n in range(10):
            run = await stage.start("return (await step.wait_for_event('ev', 'ev', timeout=60)).payload")
            await stage.reach(run, "waiting")
            await run.send("ev", 1)
            stage.clock.advance(61)
            r = await stage.reach(run, "completed", "failed")
            got.append(r.status)
    print("RACE", got)

async def test_decision_race(tmp_path: Path) -> None:
    got = []
    async with staged(tmp_path, linger=1e9) as stage:
        for n in range(10):
            run = await stage.start("return (await step.wait_for_approval('ev', 'ev', timeout=60)).comment")
            q = await stage.question()
            await q.approve("x")
            stage.clock.advance(61)
            r = await stage.reach(run, "completed", "failed")
            got.append(r.status)
    print("DECISION", got)

async def test_held(stage: Stage) -> None:
    stage.crew.will("look", HANG)
    run = await stage.start("return await step.do('a', tools.work.look(value=1), timeout=60, retries={'limit': 1, 'delay': 0})")
    await stage.calls(1)
    await run.pause()
    stage.clock.advance(60)
    await stage.reach(run, "paused")
    assert len(stage.crew.made) == 1
    await run.resume()
    print("HELD", await stage.result(run), stage.crew.values())

async def test_policy_pause(stage: Stage) -> None:
    run = await stage.start("return await step.do('a', tools.bank.wire(value=1))")
    q = await stage.question()
    await run.pause()
    await stage.reach(run, "paused")
    await q.approve()
    print((await run.refresh()).status, stage.crew.made)
    await run.resume()
    print("POLICY", await stage.result(run), stage.crew.values())

async def test_twice(stage: Stage) -> None:
    run = await stage.start("""
one = step.do('a', tools.work.look(value=1))
x = await one
y = await one
return [x, y]
""")
    print("TWICE", await stage.result(run), stage.crew.values())
