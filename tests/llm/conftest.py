"""For the tests of models: a fake server, keys that open nothing, and no way to the network."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from agentflow.llm import Models
from agentflow.settings import ProviderSettings

from .fake_server import FakeServer

KEYS = {"openai": "OPENAI_API_KEY", "openai-chat": "LOCAL_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name is looked up but this machine's, and what the environment says of keys and proxies is not heard."""
    look_up = socket.getaddrinfo

    def only_here(host: Any, *args: Any, **named: Any) -> Any:
        assert host in ("127.0.0.1", b"127.0.0.1"), f"a test reached for {host}"
        return look_up(host, *args, **named)

    monkeypatch.setattr(socket, "getaddrinfo", only_here)
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for provider, variable in KEYS.items():
        monkeypatch.setenv(variable, f"key-of-{provider}")


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as server:
        yield server


@pytest.fixture
def waits() -> list[float]:
    """How long was waited between tries: the waiting itself takes no time."""
    return []


@pytest.fixture
def patience() -> float:
    """Seconds until a client gives up on a silent server; a test that wants fewer gives them as a parameter."""
    return 5.0


@pytest.fixture
async def models(server: FakeServer, waits: list[float], patience: float) -> AsyncIterator[Models]:
    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    settings = {
        provider: ProviderSettings(base_url=server.url(provider), api_key_env=variable, timeout=patience)
        for provider, variable in KEYS.items()
    }
    models = Models(settings, sleep=sleep)
    yield models
    await models.close()
