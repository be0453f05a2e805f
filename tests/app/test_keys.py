"""Keys: told once, stored as a digest, good until they are not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agentflow.app import AgentFlow
from agentflow.errors import Conflict, NotFound, Refused, Unauthorized, UsageError
from agentflow.records import Principal
from agentflow.testing import TestFlow

DAY = 86_400


@pytest.fixture
async def flow(tmp_path: Path) -> AsyncIterator[TestFlow]:
    async with TestFlow(tmp_path / "agentflow.db", worker=False) as flow:
        yield flow


def everything_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


async def test_a_key_says_who_asks_which_tenant_it_is_and_what_it_may(flow: TestFlow) -> None:
    made = await flow.keys.create("anna", roles=["approver", "viewer"])
    who = await flow.keys.principal(made.secret)
    assert who == Principal("anna", "default", frozenset({"viewer", "approver"}), made.record.id, "http")
    assert made.record.roles == ("viewer", "approver")
    assert made.secret.startswith(made.record.prefix)


@pytest.mark.of_a_file
async def test_the_secret_is_kept_nowhere(flow: TestFlow, tmp_path: Path) -> None:
    made = await flow.keys.create("anna", roles=["viewer"])
    await flow.keys.principal(made.secret)
    written = everything_below(tmp_path)
    assert made.record.prefix.encode() in written
    assert made.secret.removeprefix(made.record.prefix).encode() not in written
    assert made.secret not in repr(made)


async def test_two_keys_are_never_the_same(flow: TestFlow) -> None:
    made = [await flow.keys.create(name, roles=["viewer"]) for name in ("a", "b")]
    assert len({one.secret for one in made}) == len({one.record.prefix for one in made}) == 2


@pytest.mark.parametrize("change", ["last", "short", "long", "empty", "prefix", "case", "space", "surrogate"])
async def test_what_is_not_the_secret_to_the_letter_is_no_key(flow: TestFlow, change: str) -> None:
    secret = (await flow.keys.create("anna", roles=["viewer"])).secret
    wrong = {
        "last": secret[:-1] + ("a" if secret[-1] != "a" else "b"),
        "short": secret[:-1],
        "long": secret + "a",
        "empty": "",
        "prefix": secret[:11],
        "case": secret.swapcase(),
        "space": secret + "\n",
        "surrogate": "\ud800",
    }[change]
    with pytest.raises(Unauthorized, match="this is no key of this house"):
        await flow.keys.principal(wrong)


async def test_a_revoked_key_opens_nothing_and_its_name_is_free_again(flow: TestFlow) -> None:
    first = await flow.keys.create("anna", roles=["viewer"])
    with pytest.raises(Conflict, match="there is a key anna already"):
        await flow.keys.create("anna", roles=["admin"])
    assert (await flow.keys.revoke("anna")).revoked_at == flow.clock.now()
    with pytest.raises(Unauthorized, match="key anna was revoked"):
        await flow.keys.principal(first.secret)
    with pytest.raises(NotFound, match="there is no key 'anna', or it is revoked"):
        await flow.keys.revoke("anna")
    second = await flow.keys.create("anna", roles=["admin"])
    assert (await flow.keys.principal(second.secret)).roles == {"admin"}
    assert [key.id for key in await flow.keys.list()] == [second.record.id]
    assert [key.id for key in await flow.keys.list(revoked=True)] == [first.record.id, second.record.id]


@pytest.mark.parametrize("length", ["90d", 90 * DAY, timedelta(days=90)])
async def test_a_key_expires(flow: TestFlow, length: Any) -> None:
    made = await flow.keys.create("anna", roles=["viewer"], expires=length)
    assert made.record.expires_at == flow.clock.now() + 90 * DAY
    flow.clock.advance(90 * DAY - 1)
    await flow.keys.principal(made.secret)
    flow.clock.advance(1)
    with pytest.raises(Unauthorized, match="key anna has expired"):
        await flow.keys.principal(made.secret)


async def test_the_last_use_is_written_once_a_minute(flow: TestFlow) -> None:
    made, began = await flow.keys.create("anna", roles=["viewer"]), flow.clock.now()
    used: list[float | None] = []
    for seconds in (0, 59, 1, 30):
        flow.clock.advance(seconds)
        await flow.keys.principal(made.secret)
        [key] = await flow.keys.list()
        used.append(None if key.used_at is None else key.used_at - began)
    assert used == [0, 0, 60, 60]


async def test_the_keys_of_a_suspended_tenant_open_nothing_until_it_is_resumed(flow: TestFlow) -> None:
    await flow.tenants.create("acme")
    made = await flow.acting_as(Principal(tenant="acme")).keys.create("anna", roles=["viewer"])
    await flow.tenants.suspend("acme")
    with pytest.raises(Unauthorized, match="the tenant acme is suspended, and so are its keys"):
        await flow.keys.principal(made.secret)
    await flow.tenants.resume("acme")
    assert (await flow.keys.principal(made.secret)).tenant == "acme"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": "Anna"}, "'Anna' is not a key's name"),
        ({"name": "local"}, "'local' is the name of whoever has the database"),
        ({"roles": []}, "a key needs a role: one of viewer, operator, approver, admin"),
        ({"roles": ["king"]}, "'king' is no role: one of viewer"),
        ({"roles": "admin"}, "roles cannot be the text 'admin': give a list"),
        ({"expires": "soon"}, "expires: 'soon' is no length of time"),
        ({"expires": 0}, "expires cannot be 0"),
        ({"expires": float("nan")}, "expires cannot be nan"),
    ],
)
async def test_what_a_key_cannot_be_is_refused(flow: TestFlow, given: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        await flow.keys.create(**{"name": "anna", "roles": ["viewer"], **given})
    assert await flow.keys.list() == []


async def test_a_tenants_keys_are_its_own(flow: TestFlow) -> None:
    await flow.keys.create("anna", roles=["viewer"])
    await flow.tenants.create("acme")
    acme = flow.acting_as(Principal(tenant="acme"))
    assert await acme.keys.list(revoked=True) == []
    with pytest.raises(NotFound, match="there is no key 'anna'"):
        await acme.keys.revoke("anna")


async def test_a_tenant_has_a_name_is_made_once_and_is_known_to_admins(flow: TestFlow) -> None:
    made = await flow.tenants.create("acme", sandbox=True)
    assert (made.name, made.sandbox, made.suspended_at, made.created_by) == ("acme", True, None, "local")
    with pytest.raises(Conflict, match="there is a tenant acme already"):
        await flow.tenants.create("acme")
    with pytest.raises(UsageError, match="'A B' is not a tenant's name"):
        await flow.tenants.create("A B")
    assert [tenant.name for tenant in await flow.tenants.list()] == ["acme", "default"]


async def test_a_tenant_is_suspended_once_and_never_the_default_one(flow: TestFlow) -> None:
    await flow.tenants.create("acme")
    assert (await flow.tenants.suspend("acme")).suspended_at == flow.clock.now()
    with pytest.raises(Conflict, match="the tenant acme is suspended already"):
        await flow.tenants.suspend("acme")
    assert (await flow.tenants.resume("acme")).suspended_at is None
    with pytest.raises(Conflict, match="the tenant acme is not suspended"):
        await flow.tenants.resume("acme")
    with pytest.raises(Conflict, match="the tenant default cannot be suspended"):
        await flow.tenants.suspend("default")
    with pytest.raises(NotFound, match="there is no tenant 'nobody'"):
        await flow.tenants.suspend("nobody")


async def test_a_house_is_opened_for_a_tenant_that_there_is(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no tenant 'acme': `agentflow tenant list` names them"):
        async with AgentFlow(tmp_path / "a.db", principal=Principal(tenant="acme"), worker=False):
            raise AssertionError("it opened")


async def test_who_may_make_tenants_makes_their_first_keys(flow: TestFlow) -> None:
    await flow.tenants.create("acme")
    made = await flow.keys.create("eve", roles=["admin"], tenant="acme")
    assert (await flow.keys.principal(made.secret)).tenant == "acme"
    [told] = await flow.audit.list(verb="keys.create")
    assert (told.tenant, told.details["tenant"]) == ("default", "acme")
    with pytest.raises(NotFound, match="there is no tenant 'other'"):
        await flow.keys.create("eve", roles=["admin"], tenant="other")
    acme = flow.acting_as(await flow.keys.principal(made.secret))
    assert (await acme.keys.create("ann", roles=["viewer"], tenant="acme")).record.tenant == "acme"
    for tenant in ("default", "other"):
        with pytest.raises(Refused, match="that is for admins of the tenant default"):
            await acme.keys.create("eve", roles=["admin"], tenant=tenant)
