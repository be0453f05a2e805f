"""What the host knows of a command when the plan asks for it: stored with it, so that a replay asks nobody."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from ..approvals.policy import impossible
from ..errors import ToolError
from ..guest.values import decode
from ..records import ApprovalPolicy, Json, Run
from ..sandbox import Command
from ..tools.schema import check_schema
from .world import Grant, Held, World, aside, granted, tool_for

_RISKS = ("low", "medium", "high")


async def facts(world: World, run: Run, command: Command, grant: Grant) -> dict[str, Json]:
    """Effect, risk, and whether a person is needed; or why it is refused. `grant` is what holds now.

    Raises `Held` where the run may not go on.
    """
    try:
        return await _facts(world, run, command, grant)
    except ToolError as error:
        return {"refused": str(error), "effect": "read"}


async def granted_now(world: World, run: Run, calls: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    """What is known of those of some calls that may be made now."""
    found, grant = {}, await granted(world, run)
    for key, call in calls.items():
        with suppress(ToolError, Held):
            found[key] = await call_facts(world, grant, call)
    return found


async def call_facts(world: World, grant: Grant, call: Json) -> dict[str, Json]:
    """What is known of one tool call. Raises `ToolError` where it may not be made, and `Held` as `facts`."""
    tool = await tool_for(world, grant, call["tool"], call["args"])
    needs_person = tool.needs_person(decode(call["args"]))
    return {"effect": tool.spec.effect, "risk": tool.spec.risk, "needs_person": needs_person}


async def _facts(world: World, run: Run, command: Command, grant: Grant) -> dict[str, Json]:
    match command.kind:
        case "do" if command.spec["call"] is None:
            return {"effect": "function"}
        case "do":
            return await call_facts(world, grant, command.spec["call"])
        case "wait_for_approval":
            calls = command.spec["calls"]
            tools = [await tool_for(world, grant, call["tool"], call["args"]) for call in calls]
            await _check_people(world, run, command, grant.approvals)
            return {"risk": max((tool.spec.risk for tool in tools), key=_RISKS.index, default="low")}
        case "ask" if wrong := await aside(check_schema, command.spec["schema"]):
            raise ToolError(f"the answer's schema is not a JSON schema: {wrong}")
        case "ask":
            await _check_people(world, run, command, grant.approvals)
        case "delegate":
            return {"effect": "idempotent"}
    return {}


async def _check_people(world: World, run: Run, command: Command, policy: ApprovalPolicy) -> None:
    """Raise `ToolError` where those whom the plan wishes could never decide, by the agent's policy as it is now."""
    spec = command.spec
    wishes, quorum = spec["approvers"] or (), spec.get("quorum")
    if not wishes and quorum in (1, None):
        return
    row = await world.store.row("asked_by", run=run.id)
    if wrong := impossible(policy, wishes, quorum, run.created_by if row is None else row["name"]):
        raise ToolError(f"nobody could ever decide this: {wrong}")
