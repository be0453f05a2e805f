"""A sandbox with real processes, closed after each test."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from agentflow.sandbox import launch
from agentflow.sandbox.local import ProcessSandbox

from ..fakes import warm


@pytest.fixture(autouse=True)
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each fork server is started as it is in earnest."""
    monkeypatch.setattr(launch, "zygote", warm.cold)


@pytest.fixture
async def sandbox() -> AsyncGenerator[ProcessSandbox, None]:
    ours = ProcessSandbox()
    yield ours
    await ours.close()
