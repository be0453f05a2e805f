"""Where a plan is tried out: its code, stand-ins for its tools, and a world in which its runs are none of any row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from ..dispatch.bounds import Bounds
from ..dispatch.delegation import Delegates
from ..dispatch.world import Cast, Grant, Rehearsal, World
from ..engine.clock import Clock
from ..errors import PlanRefused
from ..records import Agent, Compiled, ToolSpec
from ..registry import refusal
from ..sandbox import Code
from ..tools import Tool, Toolbox, ToolContext
from ..tools.standing import Act, StandIn
from ..trial import Given, Walk
from ..trial.report import Trial
from .exploring import MOST, SECONDS, Exploration
from .house import House
from .walking import Walker

AGENT = "trial"
"""What the agent of a plan is called that has none."""


class Stage:
    """One plan that is tried out, with stand-ins for its tools. Walks go over it one after the other.

    Made by `Trials.stage`. `compiled` is what the checks said of it.
    """

    def __init__(
        self, house: House, source: str, compiled: Compiled, tools: Sequence[Tool | ToolSpec], agent: Agent | None
    ) -> None:
        if compiled.blob is None or compiled.entry is None:
            raise PlanRefused(refusal(compiled.findings), compiled.findings)
        self.source, self.compiled = source, compiled
        self._house = house
        self._act: Act | None = None
        self._tools = Toolbox([StandIn(one, self._called) for one in tools])
        most = house.most(agent) if agent else house.world.bounds
        self._cast = _cast(source, compiled.blob, compiled.entry, agent, most)

    async def walk(self, given: Given | None = None, way: Sequence[int] = ()) -> Walk:
        """Go through the plan once. `way` says at each choice that is not given which of its ways is taken: the
        first, where it says nothing.

        Raises `UsageError` where what is given is no JSON, or no answer to what is asked.
        """
        walker = Walker(self._known(given or Given()), way)
        self._act = walker.act
        return await walker.walk(self._world(walker.clock, walker, walker.rehearse))

    def _known(self, given: Given) -> Given:
        """The same with an empty payload where the plan reads none, so that nothing has to be guessed."""
        return given if given.payload is not None or "payload" in self.source else replace(given, payload={})

    async def explore(self, given: Given | None = None, *, most: int = MOST, seconds: float = SECONDS) -> Trial:
        """Take every way through the plan that differs by what people decide, whether events come, and whether steps
        fail for which the plan is ready; at most so many, and for so long. What is given is met on each of them."""
        exploration = Exploration(self.walk, self.source, self.compiled.graph, given or Given())
        return await exploration.work(most, seconds)

    def _world(self, clock: Clock, delegates: Delegates, rehearsal: Rehearsal) -> World:
        house, cast = self._house, self._cast
        return replace(house.world, tools=self._tools, clock=clock, delegates=delegates, rehearsal=rehearsal, cast=cast)

    async def _called(self, spec: ToolSpec, args: Mapping[str, Any], context: ToolContext) -> Any:
        assert self._act is not None
        return await self._act(spec, args, context)


def _cast(source: str, blob: bytes, entry: str, agent: Agent | None, most: Bounds) -> Cast:
    """Who plays: the agent, or one that may call every tool of the stage."""
    digest = sha256(source.encode()).hexdigest()
    code = Code(f"{AGENT} {digest[:12]}", 0, digest, blob, entry, most.guest())
    if agent is None:
        return Cast(AGENT, Grant("", ("*",), most), code)
    return Cast(agent.name, Grant(agent.model, agent.tools, most, agent.hosts), code)
