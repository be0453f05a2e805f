"""What Restate sees of a worker leaves the worker its own."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

from agentflow.engine.endpoint import Due, application


async def nothing(id: str) -> Due | None:
    return None


async def test_sigterm_is_heard_by_whoever_ends_the_worker_after_requests_too() -> None:
    heard, answers, loop = asyncio.Event(), list[dict[str, Any]](), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, heard.set)
    try:
        asked: Any = application("agentflow", nothing, None)

        async def send(answer: dict[str, Any]) -> None:
            answers.append(answer)

        await asked({"type": "http", "path": "/health"}, None, send)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(heard.wait(), 10)
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
    assert answers[0]["status"] == 200
