"""Settings: keys that are shown once, channels with a test, tenants, and how the service is."""

from __future__ import annotations

import httpx2

from agentflow.app import AgentFlow
from agentflow.errors import ProviderError
from agentflow.notices import MOST_TRIES
from agentflow.page import Site
from agentflow.records import Principal
from agentflow.roles import ALL
from agentflow.settings import NotifySettings, Settings
from agentflow.testing import TestFlow

from ..fakes import office
from ..notices import servers
from .conftest import HOST, Does, Looks, words


async def let_in(client: httpx2.AsyncClient, secret: str) -> None:
    await client.post("/login", data={"key": secret}, headers={"origin": HOST})


def secret_of(page: str) -> str:
    return page.partition('id="secret"')[2].partition('value="')[2].partition('"')[0]


async def test_whoever_is_at_the_machine_is_told_so_and_how_the_service_is(looks: Looks) -> None:
    shown = words(await looks("/settings"))
    for said in (
        "Name local",
        "nobody needs a key yet",
        "Ready yes",
        "worker_",
        "seccomp",
        "agentflow 0.",
        "Engine embedded",
    ):
        assert said in shown


async def test_the_first_key_must_be_an_admins_and_its_maker_stays_inside(
    looks: Looks, does: Does, client: httpx2.AsyncClient, flow: AgentFlow
) -> None:
    before = await looks("/settings")
    assert "The first key closes the house" in words(before)
    assert [f'value="{role}" checked' in before for role in ALL] == [False, True, True, True]
    refused = await does("/settings/keys", 422, name="ada", role="operator")
    assert "the first key needs the role admin" in words(refused.text)
    assert await flow.keys.list() == []
    made = await does("/settings/keys", 201, name="ada", role=["admin", "operator"], expires="90 days")
    secret = secret_of(made.text)
    assert "This browser is signed in with it as ada" in words(made.text)
    page = await looks("/settings")
    assert secret.startswith("af_")
    assert secret not in page
    assert "ada (yours)" in words(page)
    assert "The first key closes" not in words(page)
    assert "The last" not in words(page)
    client.cookies.clear()
    assert (await client.get("/settings")).status_code == 303


async def test_a_key_is_good_and_is_shown_once(
    does: Does, looks: Looks, client: httpx2.AsyncClient, flow: AgentFlow
) -> None:
    boss = await flow.keys.create("boss", roles=["admin"])
    await let_in(client, boss.secret)
    made = await does("/settings/keys", 201, name="ci", role="viewer")
    secret = secret_of(made.text)
    assert "first key" not in words(made.text)
    assert (await flow.keys.principal(secret)).name == "ci"
    page = await looks("/settings")
    assert secret not in page
    assert secret[:11] in page
    assert "boss (yours)" in words(page)


async def test_a_revoked_key_opens_nothing_and_the_page_warns_of_ones_own_and_the_last(
    does: Does, looks: Looks, client: httpx2.AsyncClient, flow: AgentFlow
) -> None:
    boss = await flow.keys.create("boss", roles=["admin"])
    await flow.keys.create("ci", roles=["viewer"], expires=0.001)
    await let_in(client, boss.secret)
    shown = words(await looks("/settings"))
    assert "You are signed in with it, and will be signed out" in shown
    assert "It is the last key of an admin" in shown
    assert "expired" in shown
    await flow.keys.create("other", roles=["admin"])
    assert "It is the last key" not in words(await looks("/settings"))
    assert (await does("/settings/keys/ci/revoke")).headers["location"] == "/settings#keys"
    assert "ci made" not in words(await looks("/settings"))
    assert "for ever" in words(await looks("/settings?revoked=yes"))
    assert "viewer" in words(await looks("/settings?revoked=yes"))
    await does("/settings/keys/ci/revoke", 404)
    await does("/settings/keys/boss/revoke")
    assert (await client.get("/settings")).status_code == 303


async def test_what_cannot_be_a_key_is_said_and_what_was_typed_stays(
    does: Does, client: httpx2.AsyncClient, flow: AgentFlow
) -> None:
    await let_in(client, (await flow.keys.create("boss", roles=["admin"])).secret)
    for typed, status, said in (
        ({"name": "Not A Name", "role": "viewer"}, 422, "is not a key's name"),
        ({"name": "boss", "role": "viewer"}, 409, "there is a key boss already"),
        ({"name": "ci"}, 422, "a key needs a role"),
        ({"name": "ci", "role": "king"}, 422, "'king' is no role"),
        ({"name": "ci", "role": "viewer", "expires": "soon"}, 422, "'soon' is no length of time"),
    ):
        page = (await does("/settings/keys", status, **typed)).text
        assert said in words(page)
        assert f'name="name" value="{typed["name"]}"' in page


async def test_channels_are_tested_and_what_was_told_on_them_is_listed() -> None:
    """What no channel took and what nobody decided are counted apart."""
    with servers.web() as hook:
        ways = {
            name: NotifySettings(kind="webhook", url=url, secret="HOOK_KEY")
            for name, url in (("ops", hook.url), ("gone", "http://127.0.0.1:1/"))
        }
        flow = TestFlow(tools=office.tools(), settings=Settings(notify=ways), secrets={"HOOK_KEY": "x" * 20})
        async with flow, httpx2.AsyncClient(transport=httpx2.ASGITransport(Site(flow)), base_url=HOST) as client:
            for task in flow._aside:  # the rounds are made here
                task.cancel()
            assert "Nobody was told of anything yet" in words((await client.get("/settings")).text)
            taken = await client.post("/settings/notices/ops/test", headers={"origin": HOST})
            assert "ops has taken the test." in words((await client.get(taken.headers["location"])).text)
            refused = await client.post("/settings/notices/gone/test", headers={"origin": HOST})
            assert refused.status_code == ProviderError.http_status
            assert "gone did not take it" in words(refused.text)
            assert (await client.post("/settings/notices/none/test", headers={"origin": HOST})).status_code == 404
            await flow.run(office.REFUNDS, {"id": "17"}, agent=await flow.agent())
            await flow.settle()
            for _ in range(MOST_TRIES):
                await flow._open().courier.round()
                await flow.skip("6 hours")
            shown = words((await client.get("/settings")).text)
            assert "Undelivered 1 notices that no channel took Expired undecided 0" in shown
            assert "it was asked ops sent" in shown
            assert "it was asked gone undelivered" in shown
            narrowed = words((await client.get("/settings?state=undelivered")).text)
            assert "ops sent" not in narrowed
            assert "gone undelivered" in narrowed
            assert "a notice is never" in words((await client.get("/settings?state=lost")).text)
    assert len(hook.documents) >= 2


async def test_the_first_key_of_another_tenant_is_made_by_whoever_may_make_tenants(
    does: Does, looks: Looks, client: httpx2.AsyncClient, flow: AgentFlow
) -> None:
    await flow.tenants.create("acme")
    refused = await does("/settings/keys", 422, name="eve", role="admin", tenant="acme")
    assert "the first key has to be your own" in words(refused.text)
    await let_in(client, (await flow.keys.create("boss", roles=["admin"])).secret)
    made = await does("/settings/keys", 201, name="eve", role="admin", tenant="acme")
    assert "Whoever has it is eve of acme" in words(made.text)
    assert (await flow.keys.principal(secret_of(made.text))).tenant == "acme"
    assert "there is no tenant 'other'" in words(
        (await does("/settings/keys", 404, name="x", role="admin", tenant="other")).text
    )
    await let_in(client, secret_of(made.text))
    for tenant in ("default", "other"):
        page = await does("/settings/keys", 403, name="x", role="admin", tenant=tenant)
        assert "that is for admins of the tenant default" in words(page.text)


async def test_tenants_are_made_suspended_and_resumed(does: Does, looks: Looks, flow: AgentFlow) -> None:
    await does("/settings/tenants", name="acme", sandbox="on")
    assert "acme active sandbox" in words(await looks("/settings"))
    assert "Suspend default" not in await looks("/settings")
    await does("/settings/tenants/acme/suspend")
    assert "acme suspended" in words(await looks("/settings"))
    await does("/settings/tenants/acme/resume")
    assert "acme active" in words(await looks("/settings"))
    taken = await does("/settings/tenants", 409, name="acme")
    assert "there is a tenant acme already" in words(taken.text)
    assert 'value="acme"' in taken.text


async def test_others_see_what_is_theirs(client: httpx2.AsyncClient, looks: Looks, does: Does, flow: AgentFlow) -> None:
    """An admin of another tenant sees its keys and no tenants; a viewer neither."""
    await flow.tenants.create("acme", sandbox=True)
    acme = flow.acting_as(Principal("root", "acme"))
    await let_in(client, (await acme.keys.create("eve", roles=["admin"])).secret)
    shown = words(await looks("/settings"))
    assert "Tenant acme sandbox" in shown
    assert "eve (yours)" in shown
    assert "Who owns agents" not in shown
    await does("/settings/tenants", 403, name="other")
    await does("/settings/tenants/acme/suspend", 403)
    await let_in(client, (await flow.keys.create("ada", roles=["viewer"])).secret)
    shown = words(await looks("/settings"))
    assert "New key" not in shown
    assert "What people and programs are known by" not in shown
    await does("/settings/keys", 403, name="other", role="viewer")
