"""A sandbox with real processes, closed after each test."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from agentflow.sandbox.local import ProcessSandbox


@pytest.fixture
async def sandbox() -> AsyncGenerator[ProcessSandbox, None]:
    ours = ProcessSandbox()
    yield ours
    await ours.close()
