"""`@tool`: what a decorated function is, does, and refuses to be."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from agentflow.errors import ToolError, UsageError
from agentflow.records import Usage
from agentflow.tools import Tool, ToolContext, tool

CONTEXT = ToolContext(run="run_1", idempotency_key="key")


@tool(namespace="orders", effect="read", risk="medium")
async def get(id: str, limit: int = 10) -> dict[str, Any]:
    """The order with this id.

    Args:
        id: its number
    """
    return {"id": id, "limit": limit}


@tool(namespace="orders", name="key")
def show_key(context: ToolContext) -> list[str]:
    return [context.idempotency_key, threading.current_thread().name]


def test_the_spec_says_what_others_may_know() -> None:
    spec = get.spec
    assert (spec.name, spec.effect, spec.risk, spec.approval) == ("orders.get", "read", "medium", "never")
    assert spec.description == "The order with this id."
    assert spec.parameters["properties"]["id"]["description"] == "its number"
    assert repr(get) == "<tool orders.get>"


def test_bare_it_is_a_careful_tool_of_the_local_namespace() -> None:
    @tool
    def ping() -> None: ...

    spec = ping.spec
    assert (spec.name, spec.effect, spec.risk, spec.approval) == ("local.ping", "once", "low", "never")


async def test_it_is_still_the_function() -> None:
    assert await get(id="1") == {"id": "1", "limit": 10}
    assert show_key(CONTEXT)[0] == "key"
    assert get.__name__ == "get"  # type: ignore[attr-defined]


async def test_a_call_validates_and_converts_its_arguments() -> None:
    @tool
    async def double(amount: Decimal) -> Decimal:
        return amount * 2

    assert await double.call({"amount": "1.10"}, CONTEXT) == Decimal("2.20")
    with pytest.raises(ToolError, match=r"tool local.double: argument amount: Input should be a valid decimal"):
        await double.call({"amount": "much"}, CONTEXT)


async def test_a_plain_function_runs_in_a_thread_of_its_own_and_gets_its_context() -> None:
    key, thread = await show_key.call({}, CONTEXT)
    assert key == "key"
    assert thread != threading.current_thread().name


async def test_a_plain_function_may_hand_back_an_awaitable() -> None:
    def wrapped(function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(function)
        def inner(**kwargs: Any) -> Awaitable[Any]:
            return function(**kwargs)

        return inner

    @tool
    @wrapped
    async def later(id: str) -> str:
        return id

    assert await later.call({"id": "1"}, CONTEXT) == "1"


async def test_the_functions_own_exceptions_pass_through() -> None:
    @tool
    def lookup(id: str) -> None:
        raise KeyError(id)

    with pytest.raises(KeyError, match="17"):
        await lookup.call({"id": "17"}, CONTEXT)


async def test_an_empty_next_in_a_plain_function_does_not_hang_the_caller() -> None:
    @tool
    def first(id: str) -> str:
        return next(one for one in ["a"] if one == id)

    with pytest.raises(ToolError, match=r"tool local.first raised StopIteration; give next\(\) a default"):
        await asyncio.wait_for(first.call({"id": "b"}, CONTEXT), 60)


async def test_a_result_that_cannot_be_stored_is_refused() -> None:
    @tool
    def ids() -> set[str]:
        return {"a"}

    with pytest.raises(ToolError, match=r"tool local.ids returned what cannot be stored: .*a set is not JSON"):
        await ids.call({}, CONTEXT)


def payment(approval: Any) -> Tool:
    @tool(approval=approval)
    def pay(amount: Decimal = Decimal(500)) -> None: ...

    return pay


@pytest.mark.parametrize(
    ("approval", "args", "needed"),
    [
        ("never", {}, False),
        ("always", {"amount": 1}, True),
        (lambda args: args["amount"] > 100, {"amount": 1}, False),
        (lambda args: args["amount"] > 100, {"amount": "101"}, True),
        (lambda args: args["amount"] > 100, {}, True),  # the default counts
        (lambda args: args["missing"], {}, True),
        (lambda args: False, {"amount": "not a number"}, True),
    ],
)
def test_a_policy_sees_what_the_function_would_get_and_fails_closed(
    approval: Any, args: dict[str, Any], needed: bool
) -> None:
    assert payment(approval).needs_person(args) is needed


def test_a_policy_by_function_is_a_predicate_to_others() -> None:
    assert payment(lambda args: True).spec.approval == "predicate"


async def promise(args: dict[str, Any]) -> bool:
    return False


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"namespace": "Mail"}, "'Mail.fine' is no tool name"),
        ({"name": "a.b"}, "'local.a.b' is no tool name"),
        ({"name": "import"}, "'local.import' is no tool name"),
        ({"effect": "twice"}, "effect cannot be 'twice'; write one of read, idempotent, once"),
        ({"risk": "none"}, "risk cannot be 'none'"),
        ({"approval": "sometimes"}, "approval cannot be 'sometimes'; write one of never, always"),
        ({"approval": promise}, "approval must be a plain function"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], message: str) -> None:
    def fine() -> None: ...

    with pytest.raises(UsageError) as caught:
        tool(**options)(fine)
    assert message in str(caught.value)


@pytest.mark.parametrize("thing", [dict, len, get, "text"])
def test_only_a_function_can_be_a_tool(thing: Any) -> None:
    with pytest.raises(UsageError, match="a tool is a function"):
        tool(thing)


def test_a_context_made_by_hand_forgets_usage() -> None:
    assert ToolContext().on_usage(Usage(1, 2)) is None  # type: ignore[func-returns-value]
