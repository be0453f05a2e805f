"""One house for all tests of a file, which import these fixtures: each test is in a tenant of its own, and signed in.

Such a file is `pytest.mark.asyncio(loop_scope="module")`. Ids of runs are the house's: no two tests have the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count

import httpx2
import pytest
import pytest_asyncio

from agentflow.app import AgentFlow
from agentflow.app.agents import AgentHandle
from agentflow.app.doors import Doors
from agentflow.page import Site
from agentflow.records import Principal
from agentflow.roles import ALL

from ..fakes import office
from .conftest import HOST

__all__ = ["clerk", "client", "flow", "home", "site"]
_NUMBERS = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AgentFlow]:
    async with office.house(tmp_path_factory.mktemp("home")) as home:
        yield home


@pytest.fixture(scope="module")
def site(home: AgentFlow) -> Site:
    return Site(home)


@pytest_asyncio.fixture(loop_scope="module")
async def flow(home: AgentFlow) -> Doors:
    """The house, as somebody sees it who may do everything in a tenant where nothing is yet."""
    tenant = await home.tenants.create(f"tenant-{next(_NUMBERS)}")
    return home.acting_as(Principal("boss", tenant.name, roles=frozenset(ALL)))


@pytest_asyncio.fixture(loop_scope="module")
async def client(site: Site, flow: Doors) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser in which this somebody is signed in."""
    key = await flow.keys.create("boss", roles=ALL)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(site), base_url=HOST) as client:
        await client.post("/login", data={"key": key.secret}, headers={"origin": HOST})
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def clerk(flow: Doors) -> AgentHandle:
    return await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
