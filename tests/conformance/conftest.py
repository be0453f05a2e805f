"""The engine under test, and a stage on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from agentflow.testing import StillClock

from ..crash.scene import NIGHTLY
from ..path.harness import Crew
from .engines import ENGINES, MADE, Engine
from .stage import Stage


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """On another engine than the embedded one, `make test` takes every fourth item, and `make nightly` all of them."""
    if "engine" in metafunc.fixturenames:
        every = NIGHTLY or int(metafunc.function.__name__.split("_")[1]) % 4 == 0
        metafunc.parametrize("engine", ENGINES if every else ENGINES[:1], indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """Each engine, on a folder of its own. An engine joins in `engines.py`."""
    return MADE[cast("str", request.param)](request, tmp_path)


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
