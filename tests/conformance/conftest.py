"""The engine under test, and a stage on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from agentflow.testing import StillClock

from ..path.harness import Crew
from .engines import ENGINES, Engine
from .stage import Stage


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """Each engine, on a folder of its own. An engine joins in `engines.py`."""
    return ENGINES[cast("str", request.param)](tmp_path)


@pytest.fixture
async def stage(engine: Engine) -> AsyncIterator[Stage]:
    clock = StillClock()
    crew = Crew(clock)
    async with engine.open(crew.tools(), clock) as flow:
        await flow.agent()
        try:
            yield Stage(engine, clock, crew, flow)
        finally:
            crew.released.set()
