"""The three adapters through the unmodified SDK clients against a local server: what they send, what they read."""

from __future__ import annotations

import pytest

from agentflow.errors import ProviderError
from agentflow.llm import Answer, Message, Models, Request
from agentflow.records import Usage

from . import wire
from .conftest import KEYS
from .fake_server import Act, Break, Cut, Fail, FakeServer, Garble, Say, Stall

PROVIDERS = list(KEYS)
TURNS = (Message("user", "the goal"), Message("assistant", "a plan"), Message("user", "the findings"))
SPOKEN = [{"role": turn.role, "content": turn.text} for turn in TURNS]
TEXT = "Here is the plan.\n\n```python\nclass Plan(Workflow): ...\n```\n"

every_provider = pytest.mark.parametrize("provider", PROVIDERS)


async def ask(models: Models, provider: str, heard: list[str] | None = None) -> Answer:
    llm, model = models.resolve(f"{provider}:big-model")
    request = Request(model, "the rules", TURNS, max_tokens=700)
    return await llm.ask(request) if heard is None else await llm.ask(request, heard.append)


async def failure(models: Models, provider: str) -> str:
    with pytest.raises(ProviderError) as caught:
        await ask(models, provider)
    message = str(caught.value)
    assert message.startswith(f"{provider} (big-model): "), message
    assert "\n" not in message
    return message


@every_provider
async def test_an_answer_comes_whole_with_its_usage(models: Models, server: FakeServer, provider: str) -> None:
    server.will(Say(TEXT))
    answer = await ask(models, provider)
    usage = Usage(input=wire.INPUT, output=wire.OUTPUT, cached=wire.CACHED, written=wire.WRITTEN)
    identity = {"openai": "resp_1", "openai-chat": "chatcmpl_1", "anthropic": "msg_1"}[provider]
    assert answer == Answer(TEXT, usage, "end", identity, f"{provider}:big-model")


@every_provider
async def test_the_text_is_heard_as_it_arrives(models: Models, server: FakeServer, provider: str) -> None:
    server.will(Say(TEXT))
    heard: list[str] = []
    await ask(models, provider, heard)
    assert heard == wire.pieces(TEXT)


async def test_what_is_sent_to_the_responses_api(models: Models, server: FakeServer) -> None:
    server.will(Say(TEXT))
    await ask(models, "openai")
    (seen,) = server.seen
    assert (seen.path, seen.headers["authorization"]) == ("/v1/responses", "Bearer key-of-openai")
    assert len(seen.body.pop("prompt_cache_key")) == 32
    rules = {"model": "big-model", "instructions": "the rules", "input": SPOKEN}
    assert seen.body == {**rules, "max_output_tokens": 700, "store": False, "stream": True}


async def test_what_is_sent_to_the_chat_api(models: Models, server: FakeServer) -> None:
    server.will(Say(TEXT))
    await ask(models, "openai-chat")
    (seen,) = server.seen
    assert (seen.path, seen.headers["authorization"]) == ("/v1/chat/completions", "Bearer key-of-openai-chat")
    turns = [{"role": "system", "content": "the rules"}, *SPOKEN]
    streaming = {"stream": True, "stream_options": {"include_usage": True}}
    assert seen.body == {"model": "big-model", "messages": turns, "max_tokens": 700, **streaming}


async def test_what_is_sent_to_the_messages_api(models: Models, server: FakeServer) -> None:
    server.will(Say(TEXT))
    await ask(models, "anthropic")
    (seen,) = server.seen
    assert (seen.path, seen.headers["authorization"]) == ("/v1/messages", "Bearer key-of-anthropic")
    system = [{"type": "text", "text": "the rules", "cache_control": {"type": "ephemeral"}}]
    assert seen.body == {
        "model": "big-model",
        "system": system,
        "messages": SPOKEN,
        "max_tokens": 700,
        "stream": True,
    }


@every_provider
@pytest.mark.parametrize(("stop", "expected"), [("length", "length"), ("refusal", "refusal"), ("filtered", "refusal")])
async def test_why_an_answer_stopped_is_kept_with_text_and_usage(
    models: Models, server: FakeServer, provider: str, stop: wire.Stop, expected: str
) -> None:
    server.will(Say("I will not do that", stop))
    answer = await ask(models, provider)
    assert (answer.stop, answer.text, answer.usage.output) == (expected, "I will not do that", wire.OUTPUT)


PASSING: list[Act] = [
    Fail(429, "rate_limit_error"),
    Fail(500),
    Fail(503),
    Fail(529, "overloaded_error"),
    Cut(),
    Cut(quietly=True),
    Garble(),
    Break("rate_limit_exceeded"),
    Break("server_error"),
    Break("overloaded_error"),
    Break(),
]


@every_provider
@pytest.mark.parametrize("act", PASSING, ids=repr)
async def test_what_passes_is_asked_again(
    models: Models, server: FakeServer, waits: list[float], provider: str, act: Act
) -> None:
    server.will(act, act, Say(TEXT))
    assert (await ask(models, provider)).text == TEXT
    assert len(server.seen) == 3
    assert 1 <= waits[0] <= 2 <= waits[1] <= 3


@every_provider
@pytest.mark.parametrize("patience", [0.5])
@pytest.mark.parametrize("midway", [False, True])
async def test_a_server_that_falls_silent_is_asked_again(
    models: Models, server: FakeServer, provider: str, midway: bool
) -> None:
    server.will(Stall(midway), Say(TEXT))
    assert (await ask(models, provider)).text == TEXT
    assert len(server.seen) >= 2


@every_provider
async def test_after_four_tries_it_gives_up(
    models: Models, server: FakeServer, waits: list[float], provider: str
) -> None:
    server.will(Fail(529, "overloaded_error", "we are overloaded"))
    message = await failure(models, provider)
    assert message.endswith("the server failed (529): we are overloaded; try again later (asked 4 times)")
    assert (len(server.seen), len(waits)) == (4, 3)


@every_provider
async def test_the_server_says_how_long_to_wait(
    models: Models, server: FakeServer, waits: list[float], provider: str
) -> None:
    server.will(Fail(429, "rate_limit_error", headers={"retry-after": "17"}), Say(TEXT))
    await ask(models, provider)
    assert waits == [17.0]


@every_provider
async def test_a_date_to_wait_until_is_not_read(
    models: Models, server: FakeServer, waits: list[float], provider: str
) -> None:
    server.will(Fail(429, headers={"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}), Say(TEXT))
    await ask(models, provider)
    assert waits[0] <= 2


@every_provider
async def test_an_hour_is_not_waited(models: Models, server: FakeServer, waits: list[float], provider: str) -> None:
    server.will(Fail(429, "rate_limit_error", "slow down", headers={"retry-after": "3600"}))
    assert (await failure(models, provider)).endswith("too many requests: slow down; try again later")
    assert waits == []


LASTING = [
    (Fail(400, "invalid_request_error", "max_tokens is too large"), "the request was refused (400): max_tokens is too"),
    (Fail(402, "billing_error", "no money"), "no credit is left: no money; add credit or choose another model"),
    (Fail(429, "insufficient_quota", "check your plan"), "no credit is left: check your plan; add credit"),
    (Fail(403, "permission_error", "not yours"), "this API key may not do that: not yours; use another key"),
    (
        Fail(404, "not_found_error", "no such model"),
        "not found: no such model; check the agent's model, and `base_url`",
    ),
    (Fail(413, "request_too_large", "long"), "the request is too large; shorten the instructions or grant fewer tools"),
    (Fail(422, "invalid_request_error", "x" * 400), f"the request was refused (422): {'x' * 297}...; change what"),
    (Break("invalid_request_error", "a bad word"), "the request was refused (400): a bad word; change what this"),
]


@every_provider
@pytest.mark.parametrize(("act", "expected"), LASTING, ids=lambda value: repr(value)[:40])
async def test_what_lasts_is_said_once_with_what_to_do(
    models: Models, server: FakeServer, waits: list[float], provider: str, act: Act, expected: str
) -> None:
    server.will(act)
    assert expected in await failure(models, provider)
    assert (len(server.seen), waits) == (1, [])


@every_provider
async def test_a_refused_key_names_its_variable_and_no_word_of_the_server(
    models: Models, server: FakeServer, provider: str
) -> None:
    server.will(Fail(401, "authentication_error", "Incorrect API key provided: key-****chat"))
    message = await failure(models, provider)
    assert message.endswith(f": the API key was not accepted (401); set {KEYS[provider]} to a valid key")


@every_provider
@pytest.mark.parametrize("patience", [0.2])
async def test_a_silent_server_is_named_with_its_timeout(models: Models, server: FakeServer, provider: str) -> None:
    server.will(Stall())
    expected = f"no answer within 0.2 seconds; try again, or raise `timeout` in [models.{provider}] of agentflow.toml"
    assert expected in await failure(models, provider)


@every_provider
async def test_what_is_not_an_answer_is_called_so(models: Models, server: FakeServer, provider: str) -> None:
    server.will(Garble())
    assert "what came is not an answer (" in await failure(models, provider)


@every_provider
async def test_a_server_that_is_not_there_is_named(models: Models, server: FakeServer, provider: str) -> None:
    server.__exit__(None, None, None)
    message = await failure(models, provider)
    assert f"the connection to {server.url(provider)} failed (" in message
    assert f"check the network and `base_url` in [models.{provider}]" in message


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (Break("invalid_prompt", "not this", failed=True), "the request was refused (400): not this"),
        (Break("server_error", "a crash", failed=True), "the server failed (500): a crash"),
        (Break(None, failed=True), "the server failed (500): the answer failed without a reason"),
    ],
)
async def test_a_failed_response_says_why(models: Models, server: FakeServer, act: Act, expected: str) -> None:
    server.will(act)
    assert expected in await failure(models, "openai")


@every_provider
async def test_a_client_is_opened_once_and_asked_many_times(models: Models, server: FakeServer, provider: str) -> None:
    server.will(Say(TEXT))
    first, _ = models.resolve(f"{provider}:one")
    assert models.resolve(f"{provider}:two") == (first, "two")
    await ask(models, provider)
    await ask(models, provider)
    assert first.name == provider
    assert len(server.seen) == 2
