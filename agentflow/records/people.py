"""Who owns things, who asks, and what was done, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["viewer", "operator", "approver", "admin"]
Channel = Literal["python", "cli", "http", "page", "link", "settings"]
"""By which way somebody asks; `settings` is agentflow.toml."""

DEFAULT_TENANT = "default"
"""The tenant of the person who has the database file. Its admins make the other tenants."""
LOCAL = "local"
"""The name of that person."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: a name, a tenant and roles; by which key, and by which way."""

    name: str = LOCAL
    tenant: str = DEFAULT_TENANT
    roles: frozenset[Role] = frozenset({"operator", "approver", "admin"})
    key: str | None = None
    channel: Channel = "python"


@dataclass(frozen=True, slots=True)
class Tenant:
    """Who owns agents, runs, keys and all the rest. Its name never changes."""

    name: str
    sandbox: bool
    """Whether its runs call no tool, but what stands in for it."""
    created_by: str
    created_at: float
    suspended_at: float | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """What somebody is known by. The secret itself is kept nowhere, only its digest."""

    id: str
    tenant: str
    name: str
    prefix: str
    """How the secret begins: enough to tell it from others."""
    roles: tuple[Role, ...]
    created_by: str
    created_at: float
    expires_at: float | None = None
    revoked_at: float | None = None
    used_at: float | None = None
    """When it was used last, to within a minute."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made, and its secret, which is told once."""

    record: Key
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Act:
    """One row of the audit log: who did what to which thing, and the digests that chain it to the row before."""

    n: int
    at: float
    tenant: str
    who: str
    key: str | None
    channel: Channel
    verb: str
    thing: str
    details: Any
    previous: str
    digest: str


@dataclass(frozen=True, slots=True)
class AuditState:
    """Whether the audit log is what was written: each row continues the one before, and none is missing."""

    rows: int
    """The rows that hold, from the first on; of all tenants, since they are one chain."""
    broken: int | None = None
    """The number of the first row that does not."""
    why: str | None = None
    """What is wrong with it: `was changed`, `is missing`..."""
