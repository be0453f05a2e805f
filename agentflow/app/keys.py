"""Keys: made, listed, revoked, and what somebody is known by who shows one."""

from __future__ import annotations

import json
import re
import secrets
import string
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest

from ..errors import Conflict, NotFound, Unauthorized, UsageError
from ..records import Channel, Key, NewKey, Principal, Role, new_id
from ..records.shown import Listing
from ..roles import ALL, permit
from ..store import Row, Write
from . import names
from .house import House
from .verbs import verb

_SECRET = re.compile(r"(af_[0-9a-z]{8})_[0-9A-Za-z]{43}")
_SIGNS = string.digits + string.ascii_letters
LETTERS = 43
"""Of 62 signs: 256 bits."""
PREFIX = 11
NONE = "this is no key of this house: `agentflow key create` makes one"
MINUTE = 60.0
"""How often the last use of a key is written at most."""


class Keys:
    """The keys of one tenant."""

    def __init__(self, house: House) -> None:
        self._house = house

    @verb("keys.create")
    async def create(
        self,
        name: str,
        *,
        roles: Sequence[str],
        expires: str | float | timedelta | None = None,
        tenant: str | None = None,
    ) -> NewKey:
        """Make a key. Its secret is told this once, and kept nowhere; `expires` says how long it is good (`"90d"`).

        Whoever may make tenants makes keys of another `tenant`, too: else nobody could make its first one.
        """
        names.key_name(name)
        whose = await self._tenant(tenant)
        house, now, secret = self._house, self._house.clock.now(), _secret()
        until = None if expires is None else now + names.ahead(expires, "expires")
        by, prefix = house.principal, secret[:PREFIX]
        key = Key(new_id("key"), whose, name, prefix, _roles(roles), by.name, now, until)
        taken = Conflict(f"there is a key {name} already: revoke it first, or choose another name")
        values = {"id": key.id, "tenant": key.tenant, "name": name, "prefix": key.prefix, "sha256": _digest(secret)}
        made = {"roles": json.dumps(key.roles), "created_by": key.created_by, "created_at": now, "expires_at": until}
        other = {} if whose == by.tenant else {"tenant": whose}
        said = {"id": key.id, "prefix": key.prefix, "roles": list(key.roles), "expires_at": until, **other}
        told = house.noted("keys.create", name, **said)
        await house.store.write([Write("insert_key", {**values, **made}, taken), told])
        return NewKey(key, secret)

    async def _tenant(self, tenant: str | None) -> str:
        """Whose key is to be made. Raises `Refused` where that is not for the one who asks."""
        own = self._house.principal.tenant
        if tenant is None or tenant == own:
            return own
        permit(self._house.principal, "tenants.create")
        if await self._house.store.row("tenant", name=tenant) is None:
            raise names.no_tenant(tenant)
        return tenant

    @verb("keys.list")
    async def list(self, *, revoked: bool = False) -> Sequence[Key]:
        """All keys by name, the revoked ones only if asked for."""
        house = self._house
        found = await house.store.rows("keys", tenant=house.principal.tenant, revoked=int(revoked))
        return Listing(map(_key, found))

    @verb("keys.revoke")
    async def revoke(self, name: str) -> Key:
        """Let a key be none any more, from this moment on."""
        house, now = self._house, self._house.clock.now()
        row = await house.store.row("key_by_name", tenant=house.principal.tenant, name=name)
        missing = NotFound(f"there is no key {name!r}, or it is revoked: `agentflow key list` names them")
        if row is None:
            raise missing
        told = house.noted("keys.revoke", name, id=row["id"], prefix=row["prefix"])
        await house.store.write([Write("revoke_key", {"id": row["id"], "now": now}, missing), told])
        return _key({**row, "revoked_at": now})

    async def principal(self, secret: str, channel: Channel = "http") -> Principal:
        """Whose key this is, of whichever tenant. Raises `Unauthorized` where it is none, or may not be used now."""
        return await self._known(await self._found(secret), channel)

    async def holder(self, id: str, channel: Channel = "page") -> Principal:
        """Who holds the key of this id, which was shown before. Raises `Unauthorized` as `principal` does."""
        row = await self._house.store.row("key_by_id", id=id)
        if row is None:
            raise Unauthorized(NONE)
        return await self._known(row, channel)

    async def _known(self, row: Row, channel: Channel) -> Principal:
        """Who has this key, and that it was used. Raises `Unauthorized` where it may not be used now."""
        now = self._house.clock.now()
        known = _holder(row, channel, now)
        if row["used_at"] is None or now - row["used_at"] >= MINUTE:
            await self._house.store.write([Write("use_key", {"id": row["id"], "now": now})])
        return known

    async def _found(self, secret: str) -> Row:
        """The row of a secret. It is looked for by its beginning, which is no secret, and compared as a whole."""
        known = _SECRET.fullmatch(secret)
        row = await self._house.store.row("key_by_prefix", prefix=known[1] if known else "")
        if not compare_digest(_digest(secret), row["sha256"] if row else _digest("")) or row is None:
            raise Unauthorized(NONE)
        return row


async def known(house: House, name: str) -> Principal:
    """Whoever has this name in the tenant now, who does not use the key by that. Raises `Unauthorized`."""
    named = await house.store.row("key_by_name", tenant=house.principal.tenant, name=name)
    row = named and await house.store.row("key_by_id", id=named["id"])
    if row is None:
        raise Unauthorized(f"there is no key {name!r}, or it is revoked: `agentflow key list` names them")
    return _holder(row, "link", house.clock.now())


def _holder(row: Row, channel: Channel, now: float) -> Principal:
    """Who has the key of this row. Raises `Unauthorized` where it may not be used now."""
    if row["revoked_at"] is not None:
        raise Unauthorized(f"key {row['name']} was revoked: ask an admin for another")
    if row["expires_at"] is not None and now >= row["expires_at"]:
        raise Unauthorized(f"key {row['name']} has expired: ask an admin for another")
    if row["suspended_at"] is not None:
        raise Unauthorized(f"the tenant {row['tenant']} is suspended, and so are its keys")
    return Principal(row["name"], row["tenant"], frozenset(json.loads(row["roles"])), row["id"], channel)


def _secret() -> str:
    prefix = "".join(secrets.choice(string.digits + string.ascii_lowercase) for _ in range(8))
    return f"af_{prefix}_{''.join(secrets.choice(_SIGNS) for _ in range(LETTERS))}"


def _digest(secret: str) -> str:
    return sha256(secret.encode(errors="surrogatepass")).hexdigest()


def _roles(roles: Sequence[str]) -> tuple[Role, ...]:
    """The roles in their order. Raises `UsageError` where there are none, or such that are none."""
    names.several("roles", roles)
    if wrong := sorted(set(roles) - set(ALL)):
        raise UsageError(f"{', '.join(map(repr, wrong))} is no role: one of {', '.join(ALL)}")
    if not roles:
        raise UsageError(f"a key needs a role: one of {', '.join(ALL)}, or several")
    return tuple(role for role in ALL if role in roles)


def _key(row: Row) -> Key:
    values = {**dict(row), "roles": tuple(json.loads(row["roles"]))}
    del values["sha256"]  # only a digest, but nobody's to see
    return Key(**values)
