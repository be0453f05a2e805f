"""The verbs of an open house, as one principal may use them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import UsageError
from ..records import Compiled, Principal, ToolSpec
from ..tools.shipped import SHIPPED
from . import names, secrecy
from .agents import Agents
from .approvals import Approvals
from .audit import Audit
from .goals import Goals
from .house import House
from .keys import Keys
from .notices import Notices
from .runs import Runs
from .schedules import Schedules
from .tenants import Tenants
from .trials import Trials
from .verbs import verb


class Doors:
    """What can be asked of a house. Each verb asks first whether its principal may."""

    def __init__(self, house: House | None) -> None:
        self._opened = house

    def acting_as(self, principal: Principal) -> Doors:
        """The same open house for somebody else: a tenant's things, and what that principal's roles permit."""
        house = self._open()
        names.tenant(principal.tenant)
        return Doors(replace(house, principal=principal))

    @property
    def principal(self) -> Principal:
        """Who is asking."""
        return self._open().principal

    def now(self) -> float:
        """What time it is here, in seconds since 1970."""
        return self._open().clock.now()

    @property
    def agents(self) -> Agents:
        return Agents(self._open())

    @property
    def goals(self) -> Goals:
        return Goals(self._open())

    @property
    def runs(self) -> Runs:
        return Runs(self._open())

    @property
    def approvals(self) -> Approvals:
        return Approvals(self._open())

    @property
    def schedules(self) -> Schedules:
        return Schedules(self._open())

    @property
    def trials(self) -> Trials:
        return Trials(self._open())

    @property
    def keys(self) -> Keys:
        return Keys(self._open())

    @property
    def tenants(self) -> Tenants:
        return Tenants(self._open())

    @property
    def notices(self) -> Notices:
        return Notices(self._open())

    @property
    def audit(self) -> Audit:
        return Audit(self._open())

    @property
    @verb("tools.list")
    def tools(self) -> tuple[ToolSpec, ...]:
        """Every tool that this process can call."""
        return self._open().tools.granted(["*"])

    @verb("tools.secrets")
    async def secrets(self) -> dict[str, dict[str, bool]]:
        """Of each tool that names secrets: which, and whether this process has them."""
        return await secrecy.wanted(self._open().tools, self._open().world.secrets)

    @verb("plans.check")
    async def check(self, source: str) -> Compiled:
        """Check a plan against all tools of this process, or, where it has none of its own, against none."""
        house = self._open()
        known = house.tools.granted(["*"]) if house.tools.names() != SHIPPED else None
        return await house.sandbox.compile(source, known)

    @verb("workers.list")
    async def workers(self) -> Sequence[str]:
        """The ids of the workers of this database that are alive."""
        return [row["id"] for row in await self._open().engine.alive()]

    @verb("workers.list")
    async def until_idle(self) -> None:
        """Wait until nothing runs and nothing is due within a minute."""
        house = self._open()
        async for _ in house.changes():
            if not await house.engine.pressing(house.clock.now() + 60.0):
                return

    # inside

    @property
    def _house(self) -> House:
        return self._open()

    def _open(self) -> House:
        if self._opened is None:
            raise UsageError(
                "this AgentFlow is not open: `async with AgentFlow(...) as flow` opens it, and `AgentFlow.sync(...)`"
                " where nothing can be awaited"
            )
        return self._opened
