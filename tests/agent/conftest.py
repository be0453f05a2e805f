from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agentflow.app import AgentFlow

from ..fakes import office


@pytest.fixture
async def flow(tmp_path: Path) -> AsyncIterator[AgentFlow]:
    async with office.house(tmp_path) as flow:
        yield flow
