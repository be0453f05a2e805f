"""Who is let in: without a key only on this machine, and only while there is none; a key is what its roles allow."""

from __future__ import annotations

import logging

import httpx2
import pytest

from agentflow.app import AgentFlow
from agentflow.errors import Refused
from agentflow.settings import ServeSettings
from agentflow.web import service
from agentflow.web.entry import check_reach, is_loopback

from .conftest import Asks


async def key(flow: AgentFlow, *roles: str, tenant: str = "default") -> dict[str, str]:
    """The headers of somebody with a new key of these roles."""
    admin = flow.acting_as(flow.principal.__class__(tenant=tenant))
    made = await admin.keys.create("-".join(roles), roles=roles)
    return {"authorization": f"Bearer {made.secret}"}


async def test_once_there_is_a_key_nobody_is_let_in_without_one(asks: Asks, flow: AgentFlow) -> None:
    assert await asks("GET", "/v1/runs", 200) == {"items": [], "next": None}
    viewer = await key(flow, "viewer")
    told = await asks("GET", "/v1/runs", 401)
    assert "Authorization: Bearer KEY" in told["detail"]
    assert told["type"] == "urn:agentflow:error:Unauthorized"
    assert await asks("GET", "/v1/runs", 200, headers=viewer) == {"items": [], "next": None}
    await asks("GET", "/v1/runs", 401, headers={"authorization": "Bearer af_12345678_nokey"})
    await asks("GET", "/readyz", 200)
    await flow.keys.revoke("viewer")
    assert "was revoked" in (await asks("GET", "/v1/runs", 401, headers=viewer))["detail"]
    await asks("GET", "/v1/runs", 401)


async def test_a_key_may_do_what_its_roles_allow(asks: Asks, flow: AgentFlow, clerk: str) -> None:
    viewer = await key(flow, "viewer")
    assert (await asks("GET", f"/v1/agents/{clerk}", 200, headers=viewer))["name"] == clerk
    told = await asks("POST", "/v1/goals", 403, {"agent": clerk, "goal": "Pay everybody."}, headers=viewer)
    assert told["detail"] == "viewer may not use goals.submit: that needs the role operator"


async def test_the_things_of_another_tenant_are_as_unknown_as_those_that_there_are_not(
    asks: Asks, flow: AgentFlow, clerk: str
) -> None:
    await asks("POST", "/v1/tenants", 201, {"name": "acme", "sandbox": True})
    assert [one["name"] for one in (await asks("GET", "/v1/tenants", 200))["items"]] == ["acme", "default"]
    admin, stranger = await key(flow, "admin"), await key(flow, "admin", "operator", tenant="acme")
    assert (await asks("GET", "/v1/tenants/own", 200, headers=stranger))["sandbox"]
    theirs = await asks("GET", f"/v1/agents/{clerk}", 404, headers=stranger)
    assert theirs["detail"].replace(clerk, "X") == (await asks("GET", "/v1/agents/X", 404, headers=stranger))["detail"]
    assert (await asks("POST", "/v1/tenants/acme/suspend", 200, headers=admin))["suspended_at"]
    await asks("GET", "/v1/runs", 401, headers=stranger)
    await asks("POST", "/v1/tenants/acme/resume", 200, headers=admin)
    await asks("GET", "/v1/runs", 200, headers=stranger)


async def test_keys_are_made_and_revoked_and_the_audit_log_says_by_which_way(asks: Asks, flow: AgentFlow) -> None:
    made = await asks("POST", "/v1/keys", 201, {"name": "boss", "roles": ["admin"], "expires": "90d"})
    boss = {"authorization": f"bearer {made['secret']}"}
    assert [one["name"] for one in (await asks("GET", "/v1/keys", 200, headers=boss))["items"]] == ["boss"]
    assert (await asks("POST", "/v1/keys/boss/revoke", 200, headers=boss))["revoked_at"]
    acts = await flow.audit.list()
    assert [(act.verb, act.who, act.channel) for act in acts] == [
        ("keys.revoke", "boss", "http"),
        ("keys.create", "local", "http"),
    ]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.nip.io", "[", ""])
async def test_a_name_of_somebody_else_that_leads_here_is_not_answered_to(asks: Asks, host: str) -> None:
    await asks("GET", "/v1/runs", 421, headers={"host": host})
    await asks("GET", "/", 421, headers={"host": host})


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000"])
async def test_the_names_of_this_machine_are_answered_to(asks: Asks, host: str) -> None:
    await asks("GET", "/v1/runs", 200, headers={"host": host})


async def test_through_a_proxy_it_answers_to_the_name_by_which_people_reach_it(flow: AgentFlow) -> None:
    viewer = await key(flow, "viewer")
    there = httpx2.ASGITransport(service(flow, ServeSettings(url="https://flow.example")))
    async with httpx2.AsyncClient(transport=there, base_url="http://127.0.0.1") as client:
        for host, status in (("flow.example", 200), ("FLOW.example", 200), ("localhost", 200), ("evil.example", 421)):
            assert (await client.get("/v1/runs", headers={"host": host, **viewer})).status_code == status


@pytest.mark.parametrize(
    "said", [{"origin": "https://evil.example"}, {"origin": "http://["}, {"sec-fetch-site": "cross-site"}]
)
async def test_without_a_key_no_page_of_somebody_else_may_ask(
    asks: Asks, flow: AgentFlow, said: dict[str, str]
) -> None:
    await asks("POST", "/v1/runs/r/cancel", 403, headers=said)
    await asks("GET", "/v1/runs", 200, headers={"origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"})
    await asks("GET", "/v1/runs", 200, headers={**said, **await key(flow, "viewer")})


async def test_where_others_can_reach_it_a_key_is_needed_from_the_beginning(flow: AgentFlow) -> None:
    with pytest.raises(
        Refused, match=r"others can reach agents\.example, and there is no key yet.*agentflow key create"
    ):
        await check_reach(flow, "agents.example")
    assert not await check_reach(flow, "127.0.0.1")
    with pytest.raises(Refused, match=r"others can reach flow\.example, and there is no key yet"):
        await check_reach(flow, "127.0.0.1", "https://flow.example")
    assert not await check_reach(flow, "127.0.0.1", "http://localhost:8000")
    transport = httpx2.ASGITransport(service(flow, local=False))
    async with httpx2.AsyncClient(transport=transport, base_url="http://agents.example") as client:
        assert (await client.get("/v1/runs")).status_code == 401
    await key(flow, "viewer")
    assert await check_reach(flow, "agents.example")


def test_which_addresses_are_this_machine_alone() -> None:
    assert [is_loopback(host) for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost")] == [True] * 4
    assert not any(map(is_loopback, ("::", "192.168.1.7", "example.com")))


async def test_an_answer_is_a_line_of_the_log_with_its_fields(
    asks: Asks, flow: AgentFlow, caplog: pytest.LogCaptureFixture
) -> None:
    viewer = await key(flow, "viewer")
    caplog.set_level(logging.INFO, "agentflow.web")
    await asks("GET", "/v1/agents", 200, headers=viewer)
    await asks("GET", "/v1/agents", 401)
    known, unknown = [record.__dict__["fields"] for record in caplog.records if record.name == "agentflow.web"]
    assert known.pop("ms") >= 0
    asked = {"event": "http", "method": "GET", "path": "/v1/agents"}
    assert known == {**asked, "status": 200, "tenant": "default", "who": "viewer"}
    assert {**unknown, "ms": 0} == {**asked, "status": 401, "ms": 0}
