"""What the host knows of a command when the plan asks for it: stored with it, so that a replay asks nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from ..approvals.policy import impossible
from ..errors import ToolError
from ..guest.values import decode
from ..records import Json, Run
from ..sandbox import Command
from ..tools import Tool
from ..tools.schema import check_schema
from .world import Held, World, aside, granted, tool_for

_RISKS = ("low", "medium", "high")


async def facts(world: World, run: Run, command: Command) -> dict[str, Json]:
    """Effect, risk, and whether a person is needed; or why it is refused.

    Raises `Held` where the run may not go on.
    """
    try:
        return await _facts(world, run, command)
    except ToolError as error:
        return {"refused": str(error), "effect": "read"}


async def granted_now(world: World, run: Run, calls: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    """What is known of those of some calls that may be made now."""
    found = {}
    for key, call in calls.items():
        with suppress(ToolError, Held):
            found[key] = await call_facts(world, run, call)
    return found


async def call_facts(world: World, run: Run, call: Json) -> dict[str, Json]:
    """What is known of one tool call. Raises `ToolError` where it may not be made, and `Held` as `facts`."""
    [tool] = await _tools(world, run, [call])
    needs_person = tool.needs_person(decode(call["args"]))
    return {"effect": tool.spec.effect, "risk": tool.spec.risk, "needs_person": needs_person}


async def _facts(world: World, run: Run, command: Command) -> dict[str, Json]:
    match command.kind:
        case "do" if command.spec["call"] is None:
            return {"effect": "function"}
        case "do":
            return await call_facts(world, run, command.spec["call"])
        case "wait_for_approval":
            tools = await _tools(world, run, command.spec["calls"])
            await _check_people(world, run, command)
            return {"risk": max((tool.spec.risk for tool in tools), key=_RISKS.index, default="low")}
        case "ask" if wrong := await aside(check_schema, command.spec["schema"]):
            raise ToolError(f"the answer's schema is not a JSON schema: {wrong}")
        case "ask":
            await _check_people(world, run, command)
        case "delegate":
            return {"effect": "idempotent"}
    return {}


async def _check_people(world: World, run: Run, command: Command) -> None:
    """Raise `ToolError` where those whom the plan wishes could never decide, by the agent's policy as it is now."""
    policy, spec = (await granted(world, run)).approvals, command.spec
    wishes, quorum = spec["approvers"] or (), spec.get("quorum")
    if not wishes and quorum in (1, None):
        return
    row = await world.store.row("asked_by", run=run.id)
    if wrong := impossible(policy, wishes, quorum, run.created_by if row is None else row["name"]):
        raise ToolError(f"nobody could ever decide this: {wrong}")


async def _tools(world: World, run: Run, calls: Sequence[Json]) -> list[Tool]:
    grant = await granted(world, run)
    return [await tool_for(world, grant, call["tool"], call["args"]) for call in calls]
