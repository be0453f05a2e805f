"""Runs are moved on the page: what would become of each is shown first, and those that do not fit stay."""

from __future__ import annotations

import httpx2
import pytest

from agentflow.app.agents import AgentHandle
from agentflow.app.doors import Doors
from agentflow.app.runs import RunHandle
from agentflow.records import RunStatus

from ..fakes import office
from ..fakes.waiting import until
from .conftest import HOST, Does, Looks, words
from .test_runs import started
from .together import clerk, client, flow, home, site

__all__ = ["clerk", "client", "flow", "home", "site"]
pytestmark = pytest.mark.asyncio(loop_scope="module")

BOTH = office.source(
    "if event.payload.get('odd'):\n            await step.do('odd', tools.mail.send(to='a'))\n"
    "        return (await step.wait_for_event('go', 'go')).payload"
)
PATCHED = office.source("return [(await step.wait_for_event('go', 'go')).payload]")


async def test_a_run_is_moved_after_a_look_at_what_would_become_of_it(
    looks: Looks, does: Does, clerk: AgentHandle
) -> None:
    run = await started(clerk, BOTH, "waiting")
    assert f'href="/runs/{run.id}/move"' in await looks(f"/runs/{run.id}")
    assert "clerk has no other version that runs may be of" in words(await looks(f"/runs/{run.id}/move"))
    await clerk.register(PATCHED)
    assert '<option value="2">clerk@2</option>' in await looks(f"/runs/{run.id}/move")
    shown = words(await looks(f"/runs/{run.id}/move?to=2"))
    assert "1 of 1 run would move to clerk@2" in shown
    assert "goes on: go" in shown
    assert (await run.refresh()).version == 1
    assert (await does(f"/runs/{run.id}/move", to="2")).headers["location"] == f"/runs/{run.id}"
    assert (await run.refresh()).version == 2
    assert "is of version 2 already" in words((await does(f"/runs/{run.id}/move", 409, to="2")).text)
    await does(f"/runs/{run.id}/cancel")
    await until(lambda: _is(run, "cancelled"))
    page = await looks(f"/runs/{run.id}")
    assert f'href="/runs/{run.id}/move"' not in page


async def test_of_all_runs_of_a_version_those_that_fit_move_and_the_others_are_named(
    looks: Looks, does: Does, clerk: AgentHandle
) -> None:
    even = [await started(clerk, BOTH, "waiting") for _ in range(2)]
    odd = await clerk.start({"odd": True})
    await until(lambda: _is(odd, "waiting"))
    await clerk.register(PATCHED)
    at = "/agents/clerk/plans/1"
    assert f'href="{at}/move"' in await looks(at)
    shown = words(await looks(f"{at}/move?to=2"))
    assert "2 of 3 runs would move to clerk@2 1 stays as it is" in shown
    assert shown.index(odd.id) < shown.index("2 would move") < shown.index(even[0].id)
    moved = words((await does(f"{at}/move", 200, to="2")).text)
    assert "2 of 3 runs moved to clerk@2 1 stays as it is" in moved
    assert "Move the runs that fit" not in moved
    assert [(await one.refresh()).version for one in (*even, odd)] == [2, 2, 1]
    await odd.cancel()
    await until(lambda: _is(odd, "cancelled"))
    assert "No run of clerk@1 goes on" in words(await looks(f"{at}/move?to=2"))


async def _is(run: RunHandle, status: RunStatus) -> bool:
    return (await run.refresh()).status == status


async def test_a_run_that_does_not_fit_stays_and_its_page_says_why(
    looks: Looks, does: Does, clerk: AgentHandle
) -> None:
    run = await started(clerk, BOTH, "waiting", {"odd": True})
    await clerk.register(PATCHED)
    stays = words((await does(f"/runs/{run.id}/move", 200, to="2")).text)
    assert "0 of 1 run moved to clerk@2" in stays
    assert (await run.refresh()).version == 1


@pytest.mark.parametrize(("to", "status", "said"), [("", 422, "choose the version"), ("7", 404, "no version 7")])
async def test_a_version_that_there_is_not_is_refused(
    does: Does, clerk: AgentHandle, to: str, status: int, said: str
) -> None:
    run = await started(clerk, BOTH, "waiting")
    assert said in words((await does(f"/runs/{run.id}/move", status, to=to)).text)
    if to:
        assert said in words((await does("/agents/clerk/plans/1/move", status, to=to)).text)


async def test_an_address_with_a_version_that_there_is_not_says_so(looks: Looks, clerk: AgentHandle) -> None:
    run = await started(clerk, BOTH, "waiting")
    assert "no version 7" in words(await looks(f"/runs/{run.id}/move?to=7", 404))


async def test_whoever_may_not_move_runs_sees_no_way_to(site: object, flow: Doors, clerk: AgentHandle) -> None:
    run = await started(clerk, BOTH, "waiting")
    key = await flow.keys.create("eve", roles=["viewer"])
    transport = httpx2.ASGITransport(site)  # type: ignore[arg-type]
    async with httpx2.AsyncClient(transport=transport, base_url=HOST) as eve:
        await eve.post("/login", data={"key": key.secret}, headers={"origin": HOST})
        assert "/move" not in (await eve.get(f"/runs/{run.id}")).text
        assert "/move" not in (await eve.get("/agents/clerk/plans/1")).text
        assert [(await eve.get(f"{at}/move")).status_code for at in (f"/runs/{run.id}", "/agents/clerk/plans/1")] == [
            403,
            403,
        ]


async def test_only_who_may_move_runs_sees_where_they_would_go_and_no_other_site_moves_any(
    client: httpx2.AsyncClient, looks: Looks, does: Does, clerk: AgentHandle, flow: Doors
) -> None:
    run = await started(clerk, BOTH, "waiting")
    await clerk.register(PATCHED)
    for place in (f"/runs/{run.id}/move", "/agents/clerk/plans/1/move"):
        answer = await client.post(place, data={"to": "2"}, headers={"origin": "https://evil.example"})
        assert answer.status_code == 403
        for nonsense in ("", "-2", "\u0662", "2.0", "9" * 20):
            await does(place, 422, to=nonsense)
    made = await flow.keys.create("vera", roles=["viewer"])
    await client.post("/login", data={"key": made.secret}, headers={"origin": HOST})
    assert f'href="/runs/{run.id}/move"' not in await looks(f"/runs/{run.id}")
    for place in (f"/runs/{run.id}/move", "/agents/clerk/plans/1/move"):
        assert "needs the role operator" in words(await looks(f"{place}?to=2", 403))
        await does(place, 403, to="2")
    assert (await run.refresh()).version == 1
