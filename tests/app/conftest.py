from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agentflow.app import AgentFlow, AgentHandle

from ..fakes import office
from ..fakes.afar import afar


@pytest.fixture
async def flow(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[AgentFlow]:
    """The house; where a test asks for it, over HTTP."""
    async with office.house(tmp_path) as flow:
        if getattr(request, "param", "here") == "here":
            yield flow
            return
        async with afar(flow) as remote:
            yield remote


@pytest.fixture
async def clerk(flow: AgentFlow) -> AgentHandle:
    """An agent whose plans need no review."""
    return await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
