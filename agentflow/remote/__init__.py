"""A house that is open elsewhere: the same verbs and handles, over HTTP. What cannot be done from afar says so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, NoReturn, Self

import httpx2

from ..app.doors import Doors
from ..app.looking import Looker
from ..errors import UsageError
from ..records import Compiled, Principal, ToolSpec
from .agents import Agents
from .approvals import Approvals
from .goals import Goals
from .keys import Audit, Keys, Notices, Tenants
from .runs import Runs
from .schedules import Schedules
from .wire import Wire, at

__all__ = ["Remote"]


class Remote(Doors):
    """What `AgentFlow.connect(url, key=...)` gives: use it as `async with AgentFlow.connect(url) as flow`."""

    def __init__(self, url: str, key: str | None = None, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        super().__init__(None)
        self._wire = Wire(url, key, transport)
        self._wire.looker = Looker(lambda: Remote(url, key, transport), url=url)
        self._principal = Principal()

    async def open(self) -> Self:
        """Open it where no `async with` can stand, as in a notebook with its many cells. End with `close`."""
        return await self.__aenter__()

    async def close(self) -> None:
        """Close the connection."""
        await self._close()

    async def __aenter__(self) -> Self:
        assert self._wire.looker is not None
        self._wire.looker.home = asyncio.get_running_loop()
        try:
            self._principal = await self._wire.get(Principal, at("me"))
            self._wire.tools = tuple(await self._wire.page(ToolSpec, at("tools")))
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        assert self._wire.looker is not None
        self._wire.looker.close()
        await self._wire.close()

    def acting_as(self, principal: Principal) -> NoReturn:
        """Somebody else needs a key of their own."""
        raise _here("acting_as", "connect with the key of whoever it is")

    @property
    def principal(self) -> Principal:
        return self._principal

    def now(self) -> float:
        return time.time()

    @property
    def agents(self) -> Agents:
        return Agents(self._wire)

    @property
    def goals(self) -> Goals:
        return Goals(self._wire)

    @property
    def runs(self) -> Runs:
        return Runs(self._wire)

    @property
    def approvals(self) -> Approvals:
        return Approvals(self._wire)

    @property
    def schedules(self) -> Schedules:
        return Schedules(self._wire)

    @property
    def trials(self) -> NoReturn:
        """A plan is tried where its file is."""
        raise _here("trials", "open an AgentFlow here, which needs no database of anybody")

    @property
    def keys(self) -> Keys:
        return Keys(self._wire)

    @property
    def tenants(self) -> Tenants:
        return Tenants(self._wire)

    @property
    def notices(self) -> Notices:
        return Notices(self._wire)

    @property
    def audit(self) -> Audit:
        return Audit(self._wire)

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        return self._wire.tools

    async def secrets(self) -> dict[str, dict[str, bool]]:
        return await self._wire.get(dict[str, dict[str, bool]], at("tools", "secrets"))

    async def check(self, source: str) -> Compiled:
        return await self._wire.post(Compiled, at("plans", "check"), source=source)

    async def workers(self) -> Sequence[str]:
        return await self._wire.page(str, at("workers"))

    async def until_idle(self) -> None:
        """Whether it is idle concerns who runs it."""
        raise _here("until_idle", "wait for runs with `run.result()`")

    def _open(self) -> Any:
        raise _here("this", "open the database itself")


def _here(what: str, instead: str) -> UsageError:
    return UsageError(f"{what} does not work over HTTP: {instead}")
