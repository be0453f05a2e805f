"""Runs moved to another version of their plan: one, or all of an agent's that go on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing, suppress

from ..dispatch.story import from_row
from ..errors import AgentFlowError, Conflict, Overtaken
from ..records import FINISHED, Agent, Run
from ..records.revisions import Migration
from ..registry import Stored
from .house import House

PATIENCE = 20.0
"""Seconds for which attempts in flight are waited for: then whoever asked hears of those, and may ask again."""

AT_ONCE = 25
"""Runs that are moved or cancelled at the same time, so that they share commits."""


async def migrated(house: House, run: Run, to: int, *, dry_run: bool) -> Migration:
    """Move one run to a version, once no attempt of it is in flight. Raises `Conflict` where that cannot be asked."""
    if run.status in FINISHED:
        advice = (
            f"`agentflow run revise {run.id}` has its plan written anew" if run.status == "failed" else "it is over"
        )
        raise Conflict(f"run {run.id} is {run.status}, and moves to no other version: {advice}")
    version = await _fit(house, run.agent, to)
    if run.version == to:
        raise Conflict(f"run {run.id} is of version {to} already")
    found = await _moved(house, run, version, dry_run=dry_run)
    if found.busy and not dry_run:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                return await _when_idle(house, run, version)
    return found


async def all_migrated(house: House, agent: Agent, to: int, of: int | None, *, dry_run: bool) -> Sequence[Migration]:
    """Move all runs of an agent that go on, of one version or of all others: a report for each.

    Those that are at rest come first, then those with an attempt in flight. Raises `NotFound` where there is no such
    version.
    """
    version = await _fit(house, agent.id, to)
    if of is not None:
        await house.registry.stored(agent.id, of)
    runs = [from_row(row) for row in await house.store.rows("movable_runs", agent=agent.id, to=to, of=of)]
    reports: dict[str, Migration] = {}
    for some in (runs[n : n + AT_ONCE] for n in range(0, len(runs), AT_ONCE)):
        found = await asyncio.gather(*(_moved(house, run, version, dry_run=dry_run) for run in some))
        reports |= {one.run: one for one in found}
    if dry_run:
        return [*reports.values()]

    async def wait_for(run: Run) -> None:
        reports[run.id] = await _when_idle(house, run, version)

    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(wait_for(run) for run in runs if reports[run.id].busy))
    return [*reports.values()]


async def all_cancelled(house: House, agent: Agent, version: int, *, rollback: bool) -> None:
    """Cancel all runs of a version that go on; one that has just ended has ended."""

    async def cancel(id: str) -> None:
        with suppress(Conflict):
            await house.control.cancel(id, rollback=rollback)

    ids = [row["id"] for row in await house.store.rows("movable_runs", agent=agent.id, to=0, of=version)]
    for n in range(0, len(ids), AT_ONCE):
        await asyncio.gather(*map(cancel, ids[n : n + AT_ONCE]))


async def _when_idle(house: House, run: Run, version: Stored) -> Migration:
    """Move a run when its attempts have ended."""
    async with aclosing(house.news.about(run.id)) as news:
        async for _ in news:
            found = await _moved(house, run, version, dry_run=False)
            if not found.busy:
                return found
    raise AssertionError("news do not end")


async def _moved(house: House, run: Run, version: Stored, *, dry_run: bool) -> Migration:
    """What became of one run; whatever is in the way of it is told, so that the others can go on."""
    number, by = version.plan.number, house.principal.name
    noted = house.noted("runs.migrate", run.id, before=run.version, to=number)
    try:
        return await house.taking_over.migrate(run.id, version, by, [noted], dry_run=dry_run)
    except Overtaken:
        return Migration(run.id, run.version, number, moves=False, why="it has just ended")
    except AgentFlowError as error:
        return Migration(run.id, run.version, number, moves=False, why=str(error))


async def _fit(house: House, agent: str, number: int) -> Stored:
    """A version that runs may be moved to. Raises `NotFound`, and `Conflict` where it may not run."""
    version = await house.registry.stored(agent, number)
    if version.plan.revoked_at is not None:
        raise Conflict(f"version {number} is revoked: no run is moved to it")
    if not version.plan.reviewed:
        raise Conflict(f"version {number} waits for a review: approve its goal first")
    return version
