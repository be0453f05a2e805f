"""Names of models, their keys, and what importing this room costs."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from agentflow.errors import ProviderError, UsageError
from agentflow.llm import Message, Models, Request
from agentflow.llm.server import Server, count, status_of
from agentflow.settings import ProviderSettings

from .fake_server import FakeServer, Say

REQUEST = Request("m", "", (Message("user", "hello"),))
KNOWN = "openai, openai-chat, anthropic, exec, offline"


@pytest.mark.parametrize("name", ["gpt-5", "openai:", "", ":", "llama3:8b", "OpenAI:gpt-5"])
def test_a_model_without_a_known_provider_names_those_there_are(name: str) -> None:
    with pytest.raises(UsageError, match=f"write provider:model with one of the providers {KNOWN}"):
        Models({}).resolve(name)


def test_settings_of_an_unknown_provider_are_refused() -> None:
    with pytest.raises(UsageError, match="there is no model provider 'opnai'"):
        Models({"opnai": ProviderSettings()})


def test_a_name_may_hold_colons() -> None:
    assert Models({}).resolve("openai-chat:llama3:8b")[1] == "llama3:8b"


@pytest.mark.parametrize(
    ("provider", "settings", "variable"),
    [
        ("openai", ProviderSettings(), "OPENAI_API_KEY"),
        ("anthropic", ProviderSettings(), "ANTHROPIC_API_KEY"),
        ("openai-chat", ProviderSettings(), "OPENAI_API_KEY"),
        ("anthropic", ProviderSettings(api_key_env="OTHER_KEY"), "OTHER_KEY"),
        ("openai-chat", ProviderSettings(base_url="http://x", api_key_env="OTHER_KEY"), "OTHER_KEY"),
    ],
)
@pytest.mark.parametrize("value", [None, "", "  "])
async def test_a_missing_key_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, provider: str, settings: ProviderSettings, variable: str, value: str | None
) -> None:
    monkeypatch.delenv(variable, raising=False)
    if value is not None:
        monkeypatch.setenv(variable, value)
    models = Models({provider: settings})
    expected = f"^{provider}: there is no API key; set the environment variable {variable}$"
    with pytest.raises(ProviderError, match=expected):
        await models.resolve(f"{provider}:m")[0].ask(REQUEST)
    await models.close()


async def test_openais_key_is_never_sent_to_another_server(server: FakeServer) -> None:
    server.will(Say("hello"))
    models = Models({"openai-chat": ProviderSettings(base_url=server.url("openai-chat"))})
    assert (await models.resolve("openai-chat:m")[0].ask(REQUEST)).text == "hello"
    assert server.seen[0].headers["authorization"] == "Bearer none"
    await models.close()


def test_a_server_without_a_key_that_wants_one_says_where_to_name_it() -> None:
    server = Server.of("openai-chat", ProviderSettings(base_url="http://x"))
    assert "name the variable that holds the key as `api_key_env` in [models.openai-chat]" in str(
        server.refused("m", 401, "")
    )


async def test_openai_itself_gets_the_newer_name_of_the_limit(
    monkeypatch: pytest.MonkeyPatch, server: FakeServer
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url("openai-chat"))
    server.will(Say("hello"))
    models = Models({})
    await models.resolve("openai-chat:m")[0].ask(REQUEST)
    assert server.seen[0].body["max_completion_tokens"] == 16000
    await models.close()


@pytest.mark.parametrize(
    ("codes", "status"),
    [((), 500), ((None, None), 500), (("odd", "server_error"), 500), ((429, "x"), 429), (("odd",), 400)],
)
def test_error_codes_amount_to_a_status(codes: tuple[object, ...], status: int) -> None:
    assert status_of(*codes) == status


def test_usage_that_a_server_leaves_out_counts_as_nothing() -> None:
    usage = SimpleNamespace(details=SimpleNamespace(cached=None), input=7)
    paths = [("input",), ("details", "cached"), ("details", "other"), ("missing", "cached")]
    assert [count(usage, *path) for path in paths] == [7, 0, 0, 0]


def test_importing_the_room_imports_no_sdk() -> None:
    code = "import agentflow.llm, sys; print({'openai', 'anthropic', 'httpx2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
