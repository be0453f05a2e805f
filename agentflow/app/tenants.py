"""Tenants: made, listed, suspended, taken back."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import Conflict
from ..records import DEFAULT_TENANT, Tenant
from ..records.shown import Listing
from ..store import Row, Write
from . import names
from .house import House
from .verbs import verb


class Tenants:
    """All tenants of a house, for the admins of the tenant `default`; of the others, each knows its own."""

    def __init__(self, house: House) -> None:
        self._house = house

    @verb("tenants.create")
    async def create(self, name: str, *, sandbox: bool = False) -> Tenant:
        """Make a tenant. In a sandbox, runs call no tool, but what stands in for it."""
        house, now = self._house, self._house.clock.now()
        names.tenant(name)
        values = {"name": name, "sandbox": int(sandbox), "by": house.principal.name, "now": now}
        taken = Conflict(f"there is a tenant {name} already: `agentflow tenant list` names them")
        told = house.noted("tenants.create", name, sandbox=sandbox)
        await house.store.write([Write("insert_tenant", values, taken), told])
        return await self._get(name)

    @verb("tenants.list")
    async def list(self) -> Sequence[Tenant]:
        """All tenants by name."""
        return Listing(map(_tenant, await self._house.store.rows("tenants")))

    @verb("tenants.get")
    async def own(self) -> Tenant:
        """The tenant of whoever asks."""
        return await self._get(self._house.principal.tenant)

    @verb("tenants.suspend")
    async def suspend(self, name: str) -> Tenant:
        """Let its keys open nothing and its runs stand still, until it is resumed. Nothing is lost."""
        if name == DEFAULT_TENANT:
            raise Conflict(f"the tenant {name} cannot be suspended: its admins could not take that back")
        already = Conflict(f"the tenant {name} is suspended already")
        return await self._change(
            name, Write("suspend_tenant", {"name": name, "now": self._house.clock.now()}, already)
        )

    @verb("tenants.resume")
    async def resume(self, name: str) -> Tenant:
        """Let its keys be good again, and its runs go on where they stand."""
        return await self._change(
            name, Write("resume_tenant", {"name": name}, Conflict(f"the tenant {name} is not suspended"))
        )

    async def _change(self, name: str, write: Write) -> Tenant:
        now = self._house.clock.now()
        await self._get(name)
        verb = "tenants.suspend" if write.name == "suspend_tenant" else "tenants.resume"
        again = Write("wake_refused", {"tenant": name, "agent": None, "now": now})
        await self._house.store.write([write, self._house.noted(verb, name), again])
        self._house.engine.ring()
        return await self._get(name)

    async def _get(self, name: str) -> Tenant:
        row = await self._house.store.row("tenant", name=name)
        if row is None:
            raise names.no_tenant(name)
        return _tenant(row)


def _tenant(row: Row) -> Tenant:
    return Tenant(**{**dict(row), "sandbox": bool(row["sandbox"])})
