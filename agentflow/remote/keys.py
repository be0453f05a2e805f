"""Keys, tenants, notices and the audit log of a service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from functools import partial
from typing import NoReturn

from ..app.audit import Audit as AuditHere
from ..app.keys import Keys as KeysHere
from ..app.notices import Failings, Notice, State
from ..app.notices import Notices as NoticesHere
from ..app.pages import Moment as When
from ..app.pages import Page, through
from ..app.tenants import Tenants as TenantsHere
from ..errors import UsageError
from ..records import Act, AuditState, Channel, Key, NewKey, Principal, Tenant
from .wire import Wire, at, seconds

_PORTION = 500


_THEIRS = "whose key it is is for the service to find out: connect with it, and see `flow.principal`"


class Keys(KeysHere):
    """The keys of one tenant."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def create(
        self,
        name: str,
        *,
        roles: Sequence[str],
        expires: str | float | timedelta | None = None,
        tenant: str | None = None,
    ) -> NewKey:
        length = None if expires is None else seconds(expires)
        return await self._wire.post(NewKey, at("keys"), name=name, roles=list(roles), expires=length, tenant=tenant)

    async def list(self, *, revoked: bool = False) -> Sequence[Key]:
        return await self._wire.page(Key, at("keys"), revoked=revoked)

    async def revoke(self, name: str) -> Key:
        return await self._wire.post(Key, at("keys", name, "revoke"))

    async def principal(self, secret: str, channel: Channel = "http") -> Principal:
        raise UsageError(_THEIRS)

    async def holder(self, id: str, channel: Channel = "page") -> Principal:
        raise UsageError(_THEIRS)


class Tenants(TenantsHere):
    """All tenants of a service."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def create(self, name: str, *, sandbox: bool = False) -> Tenant:
        return await self._wire.post(Tenant, at("tenants"), name=name, sandbox=sandbox)

    async def list(self) -> Sequence[Tenant]:
        return await self._wire.page(Tenant, at("tenants"))

    async def own(self) -> Tenant:
        return await self._wire.get(Tenant, at("tenants", "own"))

    async def suspend(self, name: str) -> Tenant:
        return await self._wire.post(Tenant, at("tenants", name, "suspend"))

    async def resume(self, name: str) -> Tenant:
        return await self._wire.post(Tenant, at("tenants", name, "resume"))


class Notices(NoticesHere):
    """What people were told at a service."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def list(
        self, *, state: State | None = None, approval: str | None = None, goal: str | None = None, most: int = 100
    ) -> Sequence[Notice]:
        return await self._wire.page(Notice, at("notices"), state=state, approval=approval, goal=goal, limit=most)

    async def failings(self) -> Failings:
        return await self._wire.get(Failings, at("notices", "failings"))

    def channels(self) -> NoReturn:
        """They stand in the settings of the service."""
        raise UsageError("which channels there are is for the service to know: see its agentflow.toml")

    async def test(self, channel: str) -> str:
        return (await self._wire.post(dict[str, str], at("notices", channel, "test")))["id"]


class Audit(AuditHere):
    """What the people and programs of one tenant have done."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def list(
        self,
        *,
        verb: str | None = None,
        who: str | None = None,
        thing: str | None = None,
        since: When | None = None,
        until: When | None = None,
        most: int = 100,
        cursor: str | None = None,
    ) -> Page[Act]:
        of = {"verb": verb, "who": who, "thing": thing, "since": since, "until": until}
        return await self._wire.page(Act, at("audit"), limit=most, cursor=cursor, **of)

    async def all(
        self,
        *,
        verb: str | None = None,
        who: str | None = None,
        thing: str | None = None,
        since: When | None = None,
        until: When | None = None,
    ) -> AsyncIterator[Act]:
        part = partial(self.list, verb=verb, who=who, thing=thing, since=since, until=until, most=_PORTION)
        async for act in through(part):
            yield act

    async def verify(self) -> AuditState:
        return await self._wire.get(AuditState, at("audit", "chain"))
