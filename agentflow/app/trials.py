"""Plans tried out, before anything happens: one way through a plan, or all of them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ..guest.values import decode
from ..records import Agent, Compiled, Json, ToolSpec
from ..tools import Tool
from ..tools.shipped import SHIPPED
from ..trial import Given, Walk
from ..trial.report import Trial
from .exploring import MOST
from .house import House
from .stage import Stage
from .verbs import verb

log = logging.getLogger("agentflow.trials")

MOST_OF_GOAL = 12
"""Ways of a plan that a model has written, before it is taken."""
SECONDS_OF_GOAL = 3.0
ITEMS_OF_GOAL = 200
"""Deliveries of one of them: what goes on for longer is fine so far."""


async def tried(house: House, source: str, compiled: Compiled, agent: Agent, payload: Json) -> Trial | None:
    """A plan tried out before it is taken for a goal; None where it cannot be tried now, which is not its fault."""
    try:
        stage = Stage(house, source, compiled, _granted(house, agent.tools), agent)
        given = Given(payload=decode(payload), most_items=ITEMS_OF_GOAL)
        return await stage.explore(given, most=MOST_OF_GOAL, seconds=SECONDS_OF_GOAL)
    except Exception as error:  # noqa: BLE001  # whatever is in the way of a trial, the goal goes on without it
        log.warning("a plan of %s could not be tried out: %s: %s", agent.name, type(error).__name__, error)
        return None


class Trials:
    """Dry runs. Nothing is stored, no tool of this process is called, and no time passes."""

    def __init__(self, house: House) -> None:
        self._house = house

    @verb("plans.try")
    async def stage(
        self, source: str, *, tools: Sequence[Tool | ToolSpec] | None = None, agent: Agent | None = None
    ) -> Stage:
        """Check a plan, and make it ready for walks: `await (await flow.trials.stage(source)).walk(Given(...))`.

        `tools` are those that stand-ins are made for: functions with `@tool`, or their descriptions (`ToolSpec`) where
        nothing else is known of them. Without them, those that the agent was granted; without an agent, all of this
        process, and where it has none of its own, whatever the plan calls. Raises `PlanRefused` where the checks find
        an error.
        """
        house = self._house
        if tools is None and agent is None and house.tools.names() == SHIPPED:
            compiled = await house.sandbox.compile(source, None)
            return Stage(house, source, compiled, [*_granted(house, ["*"]), *_unknown(compiled)], None)
        if tools is None:
            tools = _granted(house, agent.tools if agent else ["*"])
        known = [tool.spec if isinstance(tool, Tool) else tool for tool in tools]
        return Stage(house, source, await house.sandbox.compile(source, known), tools, agent)

    @verb("plans.try")
    async def walk(
        self,
        source: str,
        given: Given | None = None,
        *,
        tools: Sequence[Tool | ToolSpec] | None = None,
        agent: Agent | None = None,
    ) -> Walk:
        """One way through a plan: `walk = await flow.trials.walk(source, Given(payload={"id": "17"}), tools=specs)`.

        What is not given is made up (see `Given`). Raises `PlanRefused` where the checks find an error, and
        `UsageError` where what is given is no JSON, or is no answer to what was asked. Whatever the plan does is in the
        walk: `outcome`, `error`, `calls`, `asked`... For several walks of one plan, make a `stage` once.
        """
        return await (await self.stage(source, tools=tools, agent=agent)).walk(given)

    @verb("plans.try")
    async def explore(
        self,
        source: str,
        given: Given | None = None,
        *,
        tools: Sequence[Tool | ToolSpec] | None = None,
        agent: Agent | None = None,
        most: int = MOST,
    ) -> Trial:
        """Every way through a plan, at most so many: see `Stage.explore`."""
        return await (await self.stage(source, tools=tools, agent=agent)).explore(given, most=most)


def _granted(house: House, patterns: Sequence[str]) -> list[Tool | ToolSpec]:
    return [house.tools.get(spec.name) for spec in house.tools.granted(patterns)]


def _unknown(compiled: Compiled) -> list[ToolSpec]:
    """The tools that a plan calls, where nobody knows what they take and give."""
    return [ToolSpec(name, "", {"type": "object"}, {}) for name in compiled.tools if name not in SHIPPED]
