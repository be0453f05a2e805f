"""Runs that somebody asks for: one, which an id makes the same however often it is asked for, or a batch at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..agent import run_start, startable
from ..dispatch.story import from_row
from ..engine import Start
from ..errors import Conflict, UsageError
from ..guest.values import canonical
from ..records import Agent, Json, PlanVersion, Run, new_id
from . import names
from .house import House
from .runs import RunHandle, Runs

MOST = 1_000
"""Runs that one batch may start."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A run that is asked for; `named` where the id was given and not made."""

    id: str
    payload: Json
    named: bool


def wish(house: House, agent: Agent, payload: Json, id: str | None) -> Wish:
    """A run as it is asked for. Raises `UsageError` where id or payload cannot be."""
    stored = house.payload(payload, house.most(agent))
    return Wish(new_id("run") if id is None else names.own_run_id(agent.tenant, id), stored, named=id is not None)


def wishes(house: House, agent: Agent, entries: Sequence[Mapping[str, Json]]) -> list[Wish]:
    """The runs of a batch. Raises `UsageError` that says which entry is wrong."""
    if not 0 < len(entries) <= MOST:
        raise UsageError(f"a batch of {len(entries)} runs cannot be started: it has 1 to {MOST:,}")
    wanted: dict[str, Wish] = {}
    for number, entry in enumerate(entries, 1):
        one = _entry(house, agent, number, entry)
        if one.id in wanted:
            raise UsageError(f"entry {number} of the batch has the id {one.id} of an entry before: ids differ")
        wanted[one.id] = one
    return list(wanted.values())


async def start_one(house: House, agent: Agent, version: int | None, wanted: Wish) -> RunHandle:
    """Start a run, or find it where it was started before. Raises `Conflict` where its id is that of another run."""
    if wanted.named and (known := await _known(house, agent, version, wanted)):
        return known
    plan = await startable(house.registry, agent, version)
    await house.queue.enter(1)
    try:
        await house.engine.start([_start(house, agent, plan, wanted, house.clock.now())])
    except Conflict:
        if not (known := await _known(house, agent, version, wanted)):
            raise
        return known
    return await Runs(house).get(wanted.id)


async def start_batch(house: House, agent: Agent, version: int | None, wanted: Sequence[Wish]) -> list[RunHandle]:
    """Start runs in one transaction, but for those whose ids are taken; the started ones."""
    plan = await startable(house.registry, agent, version)
    await house.queue.enter(len(wanted))
    fresh, now = {one.id: one for one in wanted}, house.clock.now()
    while True:
        for row in await house.store.rows("taken_runs", ids=json.dumps(list(fresh))):
            del fresh[row["id"]]
        with suppress(Conflict):  # somebody else took one of the ids meanwhile
            await house.engine.start([_start(house, agent, plan, one, now) for one in fresh.values()])
            return [RunHandle(house, _started(house, agent, plan, one, now)) for one in fresh.values()]


async def _known(house: House, agent: Agent, version: int | None, wanted: Wish) -> RunHandle | None:
    """The run that has this id, if it is the one that is asked for."""
    row = await house.store.row("run", tenant=agent.tenant, id=wanted.id)
    if row is None:
        return None
    run = from_row(row)
    if others := _differences(run, agent, version, wanted):
        raise Conflict(
            f"there is a run {run.id} already, {' and '.join(others)}: choose another id, or look at it with"
            f" `agentflow run show {run.id}`"
        )
    return RunHandle(house, run)


def _differences(run: Run, agent: Agent, version: int | None, wanted: Wish) -> list[str]:
    """In what a run is another than the one that is asked for. Continuing as new gives a run another payload."""
    found = []
    if run.agent != agent.id:
        found.append("of another agent")
    if version not in (None, run.version):
        found.append(f"of version {run.version}")
    if run.generation == 1 and canonical(run.payload) != canonical(wanted.payload):
        found.append("with another payload")
    return found


def _entry(house: House, agent: Agent, number: int, entry: Any) -> Wish:
    if not isinstance(entry, Mapping) or not entry.keys() <= {"id", "payload"}:
        raise UsageError(
            f'entry {number} of the batch is not {{"id": ..., "payload": ...}}, of which both may be left out'
        )
    try:
        return wish(house, agent, entry.get("payload"), entry.get("id"))
    except UsageError as error:
        raise UsageError(f"entry {number} of the batch: {error}") from None


def _start(house: House, agent: Agent, plan: PlanVersion, wanted: Wish, now: float) -> Start:
    return run_start(agent, plan, id=wanted.id, payload=wanted.payload, by=house.principal.name, now=now)


def _started(house: House, agent: Agent, plan: PlanVersion, wanted: Wish, now: float) -> Run:
    """The record of a run that was just started, without reading it again."""
    whose = (wanted.id, agent.tenant, agent.id, plan.number, 1)
    return Run(*whose, "queued", None, wanted.payload, None, house.principal.name, now, now)
