"""The host's checks, taken out one by one: what a guest says is believed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import pytest

from agentflow import dispatch
from agentflow.agent import rows
from agentflow.agent.delegating import Delegating
from agentflow.dispatch import world as world_of
from agentflow.dispatch.trying import Trying
from agentflow.dispatch.world import Grant, World
from agentflow.guest import values
from agentflow.records import Agent, Delegation, Run
from agentflow.sandbox import commands, process, reading, shapes
from agentflow.tools import Tool, Toolbox, schema

Patch = pytest.MonkeyPatch


def _grants(patch: Patch) -> None:
    _believe(patch, lambda run: ("*",))


def _believe(patch: Patch, patterns: Callable[[Run], tuple[str, ...]]) -> None:
    async def granted(world: World, run: Run) -> Grant:
        return replace(await world_of.granted(world, run), patterns=patterns(run))

    for room in ("", ".attempts", ".evaluating", ".facts"):
        patch.setattr(sys.modules[f"agentflow.dispatch{room}"], "granted", granted)


def _schemas(patch: Patch) -> None:
    patch.setattr(Toolbox, "check", lambda *_: [])


def _approvals(patch: Patch) -> None:
    patch.setattr(Trying, "_covered", lambda *_: True)


def _people(patch: Patch) -> None:
    patch.setattr(Tool, "needs_person", lambda *_: False)


def _history(patch: Patch) -> None:
    patch.setattr(dispatch, "compare", lambda *_: None)


def _counts(patch: Patch) -> None:
    begin = commands.Checks.__init__
    patch.setattr(commands.Checks, "__init__", lambda self, most: begin(self, 10**9))


def _sizes(patch: Patch) -> None:
    patch.setattr(commands, "LARGEST_VALUE", 10**9)


def _occurrences(patch: Patch) -> None:
    patch.setattr(commands.Checks, "_count", lambda *_: None)


def _shapes(patch: Patch) -> None:
    patch.setattr(commands, "_fields", lambda document, what, checks: document)
    patch.setattr(commands, "_demand", lambda held, what: None)
    patch.setattr(shapes, "is_named", lambda *_: True)


def _frames(patch: Patch) -> None:
    patch.setattr(process.Process, "_check_size", lambda *_: None)


def _values(patch: Patch) -> None:
    patch.setattr(reading, "MOST_PARTS", 10**9)


def _flatness(patch: Patch) -> None:
    patch.setattr(shapes, "DEPTH", 10**9)
    patch.setattr(shapes, "DEEPEST_VALUE", 10**9)


def _questions(patch: Patch) -> None:
    patch.setattr(sys.modules["agentflow.dispatch.facts"], "check_schema", lambda _: None)


def _decimals(patch: Patch) -> None:
    patch.setattr(values, "POWERS", 10**9)


def _calls(patch: Patch) -> None:
    patch.setattr(shapes, "MOST_CALLS", 10**9)


def _aside(patch: Patch) -> None:
    """Whatever its size, a document is looked at where the event loop runs."""
    patch.setattr(world_of, "SMALL", 10**9)
    patch.setattr(schema, "LARGEST_SCHEMA", 10**9)


def _steps(patch: Patch) -> None:
    patch.setattr(dispatch.RunInHand, "_too_large", lambda *_: None)


def _depth(patch: Patch) -> None:
    patch.setattr(values, "DEPTH", 10**9)


def _delegation(patch: Patch) -> None:
    async def anybody(self: Delegating, this: Delegation) -> Agent:
        row = await self.agency.store.row("agent_by_name", tenant=this.parent.tenant, name=this.agent)
        assert row is not None
        return rows.agent(row)

    patch.setattr(Delegating, "_permitted", anybody)


def _envelope(patch: Patch) -> None:
    """Grants as a naive house has them: what comes with the run says what it may do."""

    _believe(patch, lambda run: tuple((run.payload or {}).get("tools", ["shop.*"])))


DOUBLES: Mapping[str, Callable[[Patch], None]] = {
    "grants": _grants,
    "schemas": _schemas,
    "approvals": _approvals,
    "people": _people,
    "history": _history,
    "counts": _counts,
    "sizes": _sizes,
    "occurrences": _occurrences,
    "shapes": _shapes,
    "frames": _frames,
    "values": _values,
    "decimals": _decimals,
    "aside": _aside,
    "calls": _calls,
    "flatness": _flatness,
    "questions": _questions,
    "steps": _steps,
    "depth": _depth,
    "delegation": _delegation,
    "envelope": _envelope,
}


@contextmanager
def without(parts: Iterable[str]) -> Iterator[None]:
    """Meanwhile the host does without these checks."""
    with pytest.MonkeyPatch.context() as patch:
        for part in parts:
            DOUBLES[part](patch)
        yield
