"""Runs a piece of source as a plan, behind the policy and the guards, and as plain Python."""

from __future__ import annotations

import asyncio
import decimal
import random
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any

from agentflow.guest.facades import facades, importer
from agentflow.guest.guards import namespace
from agentflow.guest.policy import build

NOON = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


class Workflow:
    """What stands here for the plan API."""


class Timeout:
    """What stands here for the block that `step.timeout` gives."""

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, *error: object) -> None:
        pass


class Step:
    """What stands here for `step`."""

    def timeout(self, duration: object) -> Timeout:
        return Timeout()


async def gather(*awaitables: Awaitable[Any]) -> list[Any]:
    return [await awaitable for awaitable in awaitables]


def modules(at: datetime = NOON, seed: int = 7) -> dict[str, object]:
    return facades(lambda: at, random.Random(seed), {"Workflow": Workflow, "gather": gather})


def world(**given: Any) -> dict[str, Any]:
    return namespace("plan", importer(modules()), given)


def as_plan(source: str, **given: Any) -> Any:
    """What a plan's code leaves in `result`; an awaitable is awaited."""
    code, problems = build(source)
    assert code is not None, problems
    names = world(**given)
    with decimal.localcontext():  # else a plan's precision would be that of the tests after it
        exec(code, names)  # noqa: S102 - behind the guards
        return finished(names["result"])


def as_python(source: str, **given: Any) -> Any:
    names: dict[str, Any] = {"__name__": "plain", **given}
    with decimal.localcontext():
        exec(compile(source, "<python>", "exec", dont_inherit=True), names)  # noqa: S102 - the tests' own tables
        return asyncio.run(_awaited(names["result"]))


async def _awaited(value: Any) -> Any:
    return await value if isinstance(value, Awaitable) else value


def finished(value: Any) -> Any:
    """The value, or what it gives when it is awaited to its end without anything to wait for."""
    if not isinstance(value, Awaitable):
        return value
    try:
        value.__await__().send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("something waits")


def refusals(source: str) -> list[tuple[str, str]]:
    """Messages and advice for a source that is refused."""
    code, problems = build(source)
    assert code is None, "the policy has let it pass"
    return [(problem.message, problem.advice) for problem in problems]
