"""Every route of the page, as the screens list them: what strangers are told, and where a change may come from."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from starlette.routing import Route

from agentflow.app import AgentFlow
from agentflow.page import SCREENS
from agentflow.records import Principal, Role
from agentflow.roles import ALL

from ..fakes import office
from ..fakes.waiting import until
from .conftest import HOST

UNKNOWN = "nobody"
NUMBERS = {"number", "version"}
OF = {"runs": "run", "goals": "goal", "approvals": "approval", "agents": "agent", "schedules": "agent"}
"""What the first name in a path is of, where it is not called that."""


def asked() -> Iterator[tuple[str, str]]:
    """Method and path of everything that a screen answers to."""
    for screen in SCREENS:
        for route in screen.ROUTES:
            assert isinstance(route, Route)
            yield from ((method, route.path) for method in sorted(route.methods or ()) if method != "HEAD")


ASKED = sorted(set(asked()))


def filled(path: str, names: dict[str, str]) -> str:
    """A path with a name of somebody's in each of its places."""
    parts = path.split("/")
    for at, part in enumerate(parts):
        called = part.strip("{}")
        if part != called:
            parts[at] = "1" if called in NUMBERS else names[OF.get(parts[1], called) if at == 2 else called]
    return "/".join(parts)


@pytest.fixture
async def ours(flow: AgentFlow) -> dict[str, str]:
    """The names of what there is here: a run that waits for a person, a goal that waits for a review, a schedule."""
    office.answers(flow._house.settings.folder, office.fenced(office.REFUNDS))
    clerk = await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="always")
    await clerk.register(office.REFUNDS)
    run = await clerk.start({"id": "17"}, id="run-of-ours")
    goal = await clerk.submit("Pay it back.", {"id": "17"})
    await clerk.schedule("nightly", cron="0 3 * * *")
    await flow.tenants.create("acme")
    await flow.tenants.create("beta")
    await until(lambda: waiting(flow))
    [question] = await flow.approvals.pending()
    more = {"key": "ada", "name": "nightly", "tenant": "beta", "channel": "ops"}
    return {"agent": "clerk", "goal": goal.id, "run": run.id, "approval": question.id, **more}


async def waiting(flow: AgentFlow) -> bool:
    return bool(await flow.approvals.pending() and await flow.goals.list(status="review"))


async def state(flow: AgentFlow) -> list[object]:
    """All that somebody could have changed."""
    lists = [flow.agents.list(archived=True), flow.goals.list(), flow.runs.list(), flow.approvals.list()]
    return [*[list(await one) for one in lists], list(await flow.schedules.list()), list(await flow.audit.list())]


async def signed_in(client: httpx2.AsyncClient, flow: AgentFlow, name: str, tenant: str, *roles: Role) -> None:
    key = await flow.acting_as(Principal("root", tenant)).keys.create(name, roles=roles)
    answer = await client.post("/login", data={"key": key.secret}, headers={"origin": HOST})
    assert answer.status_code == 303


async def test_of_what_is_ours_a_stranger_is_told_what_is_told_of_what_nobody_has(
    flow: AgentFlow, client: httpx2.AsyncClient, ours: dict[str, str]
) -> None:
    await signed_in(client, flow, "eve", "acme", *ALL)
    before = await state(flow)

    async def told(method: str, path: str, names: dict[str, str]) -> tuple[int, str]:
        answer = await client.request(method, filled(path, names), headers={"origin": HOST})
        said = answer.text
        for name in names.values():
            said = said.replace(name, UNKNOWN)
        return answer.status_code, said

    for method, path in ASKED:
        if "{" in path:
            theirs = await told(method, path, ours)
            assert theirs == await told(method, path, dict.fromkeys(ours, UNKNOWN)), (method, path)
            assert theirs[0] in (404, 403), (method, path)
    assert await state(flow) == before


async def test_looking_changes_nothing(flow: AgentFlow, client: httpx2.AsyncClient, ours: dict[str, str]) -> None:
    before = await state(flow)
    for method, path in ASKED:
        if method == "GET":
            answer = await client.get(filled(path, ours))
            assert answer.status_code in ((200, 404) if "{" in path else (200,)), path
    assert await state(flow) == before


async def test_no_form_of_somebody_elses_page_and_none_of_a_viewer_changes_anything(
    flow: AgentFlow, client: httpx2.AsyncClient, ours: dict[str, str]
) -> None:
    forms = [filled(path, ours) for method, path in ASKED if method == "POST"]
    await signed_in(client, flow, "ada", "default", "viewer")
    before = await state(flow)
    for path in forms:
        for headers in ({}, {"origin": "https://evil.example"}, {"origin": HOST, "sec-fetch-site": "cross-site"}):
            assert (await client.post(path, headers=headers)).status_code == 403, path
        assert (await client.post(path, headers={"origin": HOST})).status_code in (403, 404, 422), path
    assert await state(flow) == before


async def test_whoever_has_not_signed_in_comes_nowhere(
    flow: AgentFlow, client: httpx2.AsyncClient, ours: dict[str, str]
) -> None:
    await flow.keys.create("ada", roles=["admin"])
    before = await state(flow)
    for method, path in ASKED:
        answer = await client.request(method, filled(path, ours), headers={"origin": HOST})
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login"), (method, path)
    assert await state(flow) == before
