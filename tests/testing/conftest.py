from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from agentflow.testing import TestFlow

from .desk import desk


@pytest.fixture
async def flow() -> AsyncIterator[TestFlow]:
    async with TestFlow(tools=desk()) as flow:
        yield flow
