from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agentflow.app import AgentFlow, AgentHandle

from ..fakes import office


@pytest.fixture
async def flow(tmp_path: Path) -> AsyncIterator[AgentFlow]:
    async with office.house(tmp_path) as flow:
        yield flow


@pytest.fixture
async def clerk(flow: AgentFlow) -> AgentHandle:
    """An agent whose plans need no review."""
    return await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
