"""/v1/keys, /v1/tenants, /v1/notices and /v1/audit: who may ask, whose things there are, who was told and did what."""

from __future__ import annotations

from pydantic import AwareDatetime

from ..app.notices import Failings, Notice, State
from ..records import Act, AuditState, Key, NewKey, Tenant
from .answers import Flow, Limit, Listed, Sent, listed
from .asked import KeyAsked, TenantAsked
from .routes import Routes

router = Routes()


@router.get("/keys", tags=["keys"])
async def list_keys(flow: Flow, *, revoked: bool = False) -> Listed[Key]:
    """All keys by name, the revoked ones only if asked for."""
    return listed(await flow.keys.list(revoked=revoked))


@router.post("/keys", status_code=201, tags=["keys"])
async def create_key(flow: Flow, asked: KeyAsked) -> NewKey:
    """Make a key. Its secret is in this answer, and nowhere else."""
    return await flow.keys.create(**dict(asked))


@router.post("/keys/{key}/revoke", tags=["keys"])
async def revoke_key(flow: Flow, key: str) -> Key:
    """Let a key be none any more, from this moment on."""
    return await flow.keys.revoke(key)


@router.get("/tenants", tags=["tenants"])
async def list_tenants(flow: Flow) -> Listed[Tenant]:
    """All tenants by name."""
    return listed(await flow.tenants.list())


@router.get("/tenants/own", tags=["tenants"])
async def show_own_tenant(flow: Flow) -> Tenant:
    """The tenant of whoever asks."""
    return await flow.tenants.own()


@router.post("/tenants", status_code=201, tags=["tenants"])
async def create_tenant(flow: Flow, asked: TenantAsked) -> Tenant:
    """Make a tenant."""
    return await flow.tenants.create(asked.name, sandbox=asked.sandbox)


@router.post("/tenants/{tenant}/suspend", tags=["tenants"])
async def suspend_tenant(flow: Flow, tenant: str) -> Tenant:
    """Let its keys open nothing and its runs stand still."""
    return await flow.tenants.suspend(tenant)


@router.post("/tenants/{tenant}/resume", tags=["tenants"])
async def resume_tenant(flow: Flow, tenant: str) -> Tenant:
    """Let its keys be good again, and its runs go on."""
    return await flow.tenants.resume(tenant)


@router.get("/notices", tags=["notices"])
async def list_notices(
    flow: Flow,
    *,
    state: State | None = None,
    approval: str | None = None,
    goal: str | None = None,
    limit: Limit = 100,
) -> Listed[Notice]:
    """What people were told of questions and of plans in review, the newest first."""
    return listed(await flow.notices.list(state=state, approval=approval, goal=goal, most=limit))


@router.get("/notices/failings", tags=["notices"])
async def count_failings(flow: Flow) -> Failings:
    """How many notices nobody took, and how many questions nobody decided in time."""
    return await flow.notices.failings()


@router.post("/notices/{channel}/test", tags=["notices"])
async def test_channel(flow: Flow, channel: str) -> Sent:
    """Send a test on a channel now. A problem where it is not taken."""
    return Sent(id=await flow.notices.test(channel))


@router.get("/audit", tags=["audit"])
async def list_audit(  # what a list is narrowed by, each by name
    flow: Flow,
    *,
    verb: str | None = None,
    who: str | None = None,
    thing: str | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    limit: Limit = 100,
    cursor: str | None = None,
) -> Listed[Act]:
    """Acts, the newest first."""
    found = await flow.audit.list(verb=verb, who=who, thing=thing, since=since, until=until, most=limit, cursor=cursor)
    return listed(found)


@router.get("/audit/chain", tags=["audit"])
async def verify_audit(flow: Flow) -> AuditState:
    """Whether anybody has changed the log: its rows are chained, and all of them are read for this."""
    return await flow.audit.verify()
