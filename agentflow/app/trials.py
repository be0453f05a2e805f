"""Plans tried out, before anything happens: one way through a plan, or all of them."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Agent, ToolSpec
from ..tools import Tool
from ..trial import Given, Walk
from ..trial.report import Trial
from .exploring import MOST
from .house import House
from .stage import Stage
from .verbs import verb


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
        process. Raises `PlanRefused` where the checks find an error.
        """
        box = self._house.tools
        if tools is None:
            specs = box.granted(agent.tools if agent else ["*"])
            tools = [box.get(spec.name) for spec in specs]
        known = [tool.spec if isinstance(tool, Tool) else tool for tool in tools]
        compiled = await self._house.sandbox.compile(source, known)
        return Stage(self._house, source, compiled, tools, agent)

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
