"""Tools: what plans may call, what that means, and whose plans may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..records import Agent, ToolSpec
from ..tools import Toolbox
from ..tools.stubs import signature
from .shell import house, show

EFFECTS = {
    "read": "only reads: it is tried again without asking",
    "idempotent": "the same call again does nothing more: it is tried again without asking",
    "once": "acts each time: where nobody knows whether it happened, a person is asked",
}
APPROVALS = {
    "never": "no person is asked",
    "always": "a person agrees to each call",
    "predicate": "a person agrees, depending on the arguments",
}
MANY = 12
"""Tools beyond which those of a namespace are folded; a link to one unfolds it."""
_BOX = Toolbox([])


@dataclass(frozen=True, slots=True)
class Shown:
    """A tool with all that is known of it here."""

    spec: ToolSpec
    signature: str
    secrets: dict[str, bool]
    """Those that it names, and whether this process has them; never what they are."""
    agents: tuple[str, ...]
    """To whom it is granted."""

    @property
    def namespace(self) -> str:
        return self.spec.name.rpartition(".")[0]

    @property
    def lacking(self) -> bool:
        """Whether this process lacks one of its secrets."""
        return not all(self.secrets.values())


async def tools(request: Request) -> Response:
    """Every tool of this process."""
    flow = house(request)
    secrets, agents = await flow.secrets(), await flow.agents.list()
    found = [Shown(one, signature(one), secrets.get(one.name, {}), _granted(agents, one)) for one in flow.tools]
    return await show(request, "tools.html", tools=found, effects=EFFECTS, approvals=APPROVALS, many=MANY)


def _granted(agents: Sequence[Agent], spec: ToolSpec) -> tuple[str, ...]:
    return tuple(agent.name for agent in agents if _BOX.allows(agent.tools, spec.name))


ROUTES = [Route("/tools", tools)]
