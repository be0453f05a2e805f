"""A house that is used from afar: served on a free port of this machine, over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from agentflow.app import AgentFlow
from agentflow.cli.listening import listen
from agentflow.web import service
from agentflow.web.server import serving

everywhere = pytest.mark.parametrize("flow", ["here", "afar"], indirect=True)
"""A rule that holds for the house itself, and for one that is used over HTTP."""


@asynccontextmanager
async def address(flow: AgentFlow) -> AsyncIterator[str]:
    """Where an open house answers over HTTP."""
    with listen("127.0.0.1", 0) as listener:
        app = service(flow)
        async with serving(app, app.state.ending, listener):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@asynccontextmanager
async def afar(flow: AgentFlow, key: str | None = None) -> AsyncIterator[AgentFlow]:
    """An open house over HTTP. It has the same verbs, and so it is one for whoever types them."""
    async with address(flow) as url, AgentFlow.connect(url, key) as remote:
        yield cast("AgentFlow", remote)
