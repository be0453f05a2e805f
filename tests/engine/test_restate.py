"""What the engine on Restate does that the other one need not."""

from __future__ import annotations

import httpx2

from agentflow.engine import Start, Step
from tests.engine.rigs import RestateRig
from tests.fakes import postgres, restate
from tests.fakes.waiting import until


async def test_a_server_that_knows_the_workers_no_more_is_told_again(
    restate_server: restate.Server, database_server: postgres.Server
) -> None:
    """As one whose disk was lost, or another one at the same address."""
    seen = list[str]()

    async def handler(id: str, step: Step) -> None:
        seen.append((await step.next()).kind)
        await step.finish([])

    rig = RestateRig(restate_server, database_server.database())
    try:
        engine = await rig.worker({"run": handler})
        await until(lambda: _ours(restate_server, rig))
        for deployment in _ours(restate_server, rig):
            httpx2.delete(f"{restate_server.admin_url}/deployments/{deployment}", params={"force": "true"})
        await engine.start([Start("a", "run", [])])
        await rig.soon(lambda: seen == ["start"])
    finally:
        await rig.close()


def _ours(server: restate.Server, rig: RestateRig) -> list[str]:
    known = httpx2.get(f"{server.admin_url}/deployments").json()["deployments"]
    return [one["id"] for one in known if rig.service in {service["name"] for service in one["services"]}]
