"""What a run is dispatched with: the rooms below, and the limits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, TypeVar

from ..approvals import policy
from ..engine.clock import Clock
from ..errors import Diverged, NotFound, Refused, ToolError
from ..notices import Channel
from ..records import ApprovalPolicy, Json, Run
from ..redaction import Redactor
from ..registry import API, Registry, Stored, python
from ..sandbox import Code, Opening, Sandbox
from ..store import Row, Store
from ..tools import Tool, Toolbox
from ..tools.secrets import Secrets
from .bounds import Bounds, stored_bounds
from .delegation import Delegates
from .steps import Issued

SMALL = 16 * 1024
"""Letters of a document that is looked at where the event loop runs."""
T = TypeVar("T")
Rehearsal = Callable[[Run, Issued, int], Callable[[], Awaitable[Any]] | None]
"""What the n-th attempt of a step does in place of its tool or function, or None: it does what it always does."""


@dataclass(frozen=True, slots=True)
class World:
    """Made once, by the app."""

    store: Store
    registry: Registry
    sandbox: Sandbox
    tools: Toolbox
    clock: Clock
    delegates: Delegates
    bounds: Bounds
    """What `[limits]` says for all agents."""
    secrets: Secrets
    redact: Redactor
    rehearsal: Rehearsal | None = None
    """Set while plans are tried out (`agentflow.testing`, `agentflow.trial`)."""
    notify: Sequence[Channel] = ()
    """The ways on which people are told that something waits for them."""
    cast: Cast | None = None
    """Set where runs are none of any row: in a trial."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Whom the runs of a trial are of, and what code they are: what is read from rows otherwise."""

    agent: str
    grant: Grant
    code: Code


@dataclass(frozen=True, slots=True)
class Grant:
    """What an agent may do at this moment, read from its row: never from an envelope."""

    model: str
    patterns: tuple[str, ...]
    bounds: Bounds
    hosts: tuple[str, ...] = ()
    """Where its plans may send requests to."""
    approvals: ApprovalPolicy = field(default_factory=ApprovalPolicy)
    """Who may decide what its runs ask."""
    held: str | None = None
    """Why its runs may not go on now, and how they may again; None where they may."""
    sandbox: bool = False
    """Whether nothing is to be called, but what stands in for it."""


class Held(Refused):
    """A run may not go on at all now: that says nothing of what it asked for, and may be over tomorrow."""


async def granted(world: World, run: Run) -> Grant:
    """What holds for a run as it is now: of its tenant, its agent and its version."""
    if world.cast:
        return world.cast.grant
    of = {"agent": run.agent, "tenant": run.tenant, "version": run.version}
    found = world.store.glance("standing", **of)
    row = await world.store.row("standing", **of) if found is None else found[0] if found else None
    if row is None:
        return Grant("", (), world.bounds, held="its agent is gone from the database: bring it back, or cancel the run")
    own, deciders = stored_bounds(world.bounds, row["limits"]), _policy(row["approvals"])
    tools, hosts = _listed(row["tools"]), _listed(row["hosts"])
    return Grant(row["model"], tools, own, hosts, deciders, _held(row, run), bool(row["sandbox"]))


def _held(row: Row, run: Run) -> str | None:
    """Why a run may not go on, and what takes that away."""
    if not row["active"]:
        return f"the tenant {run.tenant} is suspended: it goes on with `agentflow tenant resume {run.tenant}`"
    if row["archived_at"] is not None:
        name = row["name"]
        return f"agent {name} is archived: it goes on with `agentflow agent create {name} ...`"
    if row["revoked_at"] is not None:
        name, number = row["name"], run.version
        move = f"`agentflow run migrate {run.id} --to N`"
        return f"{name}@{number} is revoked, and stays so: move it with {move}, or cancel it"
    return None


@lru_cache(maxsize=256)
def _listed(column: str) -> tuple[str, ...]:
    return tuple(json.loads(column))


@lru_cache(maxsize=256)
def _policy(column: str) -> ApprovalPolicy:
    return policy.loads(column)


async def tool_for(world: World, grant: Grant, name: str, args: Json) -> Tool:
    """The tool, if it exists, is granted now and takes these arguments. Raises `ToolError` that says what is not so,
    and `Held` where the run may not go on at all."""
    if grant.held:
        raise Held(grant.held)
    if not world.tools.allows(grant.patterns, name):
        raise ToolError(f"{name} is not granted to this agent: grant it with `agentflow agent create NAME --tools ...`")
    try:
        tool = world.tools.get(name)
    except NotFound:  # its words name tools that are alike, which may be none of this agent's
        raise ToolError(f"there is no tool {name} here: `agentflow tools` lists those that exist") from None
    if wrong := await aside(partial(world.tools.check, name), args):
        raise ToolError(f"{name} was called with arguments that do not fit: {'; '.join(wrong)}")
    return tool


async def aside(look: Callable[[Json], T], document: Json) -> T:
    """What `look` says of a document: of a large one in a thread, since it may take seconds, and runs go on."""
    if len(repr(document)) <= SMALL:
        return look(document)
    return await asyncio.to_thread(look, document)


async def code(world: World, run: Run) -> Code:
    """The code version that a run is pinned to. Raises `Diverged` where this worker cannot replay it exactly."""
    if world.cast:
        return world.cast.code
    try:
        stored = await world.registry.pinned(run.agent, run.version)
    except NotFound:
        gone = f"version {run.version} of the agent's code is gone from the database: bring it back, or restart the run"
        raise Diverged(gone, 0) from None
    plan = stored.plan
    if (plan.python, plan.api) != (python(), API):
        needs = f"Python {plan.python} and plan API {plan.api}"
        raise Diverged(f"the plan needs {needs}; this worker has Python {python()} and plan API {API}", 0)
    return await code_of(world, run, stored)


async def code_of(world: World, run: Run, stored: Stored) -> Code:
    """A version, within the limits of a run's agent."""
    plan, limits = stored.plan, (await granted(world, run)).bounds.guest()
    return Code(plan.agent, plan.number, plan.sha256, stored.code, plan.entry, limits, await _name(world, run))


async def opening(world: World, run: Run) -> Opening:
    """What the plan sees as `event`. An agent's name never changes."""
    return opening_of(run, world.cast.agent if world.cast else await _name(world, run))


def opening_of(run: Run, agent: str) -> Opening:
    """What the plan of a run sees, whose agent has this name.

    What a restart takes over was played in the generation where it began: so that it is the same on every replay, the
    run goes by that generation's name and random numbers.
    """
    generation = min((run.inherited or {}).values(), default=run.generation)
    event = {
        "id": f"{run.id}-{generation}",
        "payload": run.payload,
        "timestamp": run.created_at,
        "schedule": run.schedule,
    }
    return Opening(run.id, generation, agent, event)


async def _name(world: World, run: Run) -> str:
    row = await world.store.row("agent", id=run.agent)
    return run.agent if row is None else str(row["name"])
