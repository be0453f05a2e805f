"""Plans as data: what hypothesis makes, what is written as source, and what the reference gives a meaning to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Literal

from hypothesis import strategies as st

Effect = Literal["read", "idempotent", "once"]
TOOLS: dict[Effect, str] = {"read": "look", "idempotent": "keep", "once": "pay"}
CAUGHT = ("StepFailed", "StepTimeout", "WaitTimeout")


@dataclass(frozen=True, slots=True)
class Do:
    """One step: a call of the tool with this effect, directly or in a function. No other step has its number."""

    number: int
    name: str
    effect: Effect
    function: bool
    limit: int
    delay: int
    timeout: int
    deadline: int | None


@dataclass(frozen=True, slots=True)
class Sleep:
    name: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Wait:
    name: str
    types: tuple[str, ...]
    timeout: int


@dataclass(frozen=True, slots=True)
class Both:
    """Branches side by side."""

    branches: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Race:
    """Branches of which the first that ends counts."""

    branches: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A body that is withdrawn when its time is over."""

    seconds: int
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Try:
    """A body whose failure becomes a value: the name of its error."""

    body: tuple[Node, ...]


Node = Do | Sleep | Wait | Both | Race | Block | Try
Body = tuple[Node, ...]

NAMES = st.sampled_from("abc")
"""Few, so that steps share names and their occurrences tell them apart."""
TYPES = ("ping", "pong")

steps = st.builds(
    Do,
    number=st.just(0),
    name=NAMES,
    effect=st.sampled_from(list(TOOLS)),
    function=st.booleans(),
    limit=st.integers(0, 2),
    delay=st.sampled_from([0, 5, 40]),
    timeout=st.sampled_from([30, 100_000]),
    deadline=st.sampled_from([None, None, None, 60]),
)
sleeps = st.builds(Sleep, NAMES, st.sampled_from([0, 7, 40, 5_000]))
waits = st.builds(Wait, NAMES, st.sampled_from([("ping",), ("pong",), ("ping", "pong")]), st.sampled_from([20, 3_000]))
leaves = steps | sleeps | waits


def _bodies(inner: st.SearchStrategy[Node], most: int) -> st.SearchStrategy[Body]:
    return st.lists(inner, min_size=1, max_size=most).map(tuple)


def _larger(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    branches = st.lists(_bodies(inner, 2), min_size=2, max_size=3).map(tuple)
    limited = st.builds(Block, st.sampled_from([10, 60, 4_000]), _bodies(inner, 2))
    return st.builds(Both, branches) | st.builds(Race, branches) | limited | st.builds(Try, _bodies(inner, 2))


def _numbered(body: Body, numbers: Iterator[int]) -> Body:
    return tuple(_with_number(node, numbers) for node in body)


def _with_number(node: Node, numbers: Iterator[int]) -> Node:
    match node:
        case Do():
            return replace(node, number=next(numbers))
        case Both() | Race():
            return replace(node, branches=tuple(_numbered(branch, numbers) for branch in node.branches))
        case Block() | Try():
            return replace(node, body=_numbered(node.body, numbers))
        case _:
            return node


bodies = _bodies(st.recursive(leaves, _larger, max_leaves=5), 3).map(lambda body: _numbered(body, count(1)))


def source(body: Body) -> str:
    """The plan as a module. It returns the values of its nodes, in order."""
    lines = [
        f"from agentflow import Workflow, tools, {', '.join(CAUGHT)}",
        "class Plan(Workflow):",
        '    """Made by a generator."""',
        "    async def run(self, event, step):",
    ]
    lines += [f"        {line}" for line in _written(body, "found", count(1))]
    return "\n".join([*lines, "        return found", ""])


def _written(body: Body, into: str, numbers: Iterator[int]) -> Iterator[str]:
    yield f"{into} = []"
    for node in body:
        yield from _node(node, into, numbers)


def _node(node: Node, into: str, numbers: Iterator[int]) -> Iterator[str]:
    match node:
        case Do():
            yield from _do(node, into)
        case Sleep():
            yield f"{into}.append(await step.sleep({node.name!r}, {node.seconds}))"
        case Wait():
            event = f"await step.wait_for_event({node.name!r}, {list(node.types)}, timeout={node.timeout})"
            yield f"{into}.append(({event}).payload)"
        case Both():
            yield from _branches(node.branches, f"{into}.append(await step.gather({{}}))", "{}()", numbers)
        case Race():
            yield from _branches(node.branches, f"{into}.append(await step.race({{}}))", "b{1}={0}()", numbers)
        case Block():
            number = next(numbers)
            yield f"async with step.timeout({node.seconds}):"
            yield from (f"    {line}" for line in _written(node.body, f"found{number}", numbers))
            yield f"    {into}.append(found{number})"
        case Try():
            yield from _try(node.body, into, numbers)


def _do(node: Do, into: str) -> Iterator[str]:
    number = node.number
    call = f"tools.work.{TOOLS[node.effect]}(value={number})"
    if node.function:
        yield f"async def work{number}(ctx):"
        yield f"    return [ctx.attempt, await {call}]"
        call = f"work{number}"
    retries = f'{{"limit": {node.limit}, "delay": {node.delay}, "backoff": "linear"}}'
    limits = f"retries={retries}, timeout={node.timeout}, deadline={node.deadline}"
    yield f"{into}.append(await step.do({node.name!r}, {call}, {limits}))"


def _branches(branches: Sequence[Body], verb: str, member: str, numbers: Iterator[int]) -> Iterator[str]:
    made = []
    for place, branch in enumerate(branches):
        name = f"branch{next(numbers)}"
        yield f"async def {name}():"
        yield from (f"    {line}" for line in _written(branch, "found", numbers))
        yield "    return found"
        made.append(member.format(name, place))
    yield verb.format(", ".join(made))


def _try(body: Body, into: str, numbers: Iterator[int]) -> Iterator[str]:
    number = next(numbers)
    yield "try:"
    yield from (f"    {line}" for line in _written(body, f"found{number}", numbers))
    yield f"    {into}.append(found{number})"
    for error in CAUGHT:
        yield f"except {error}:"
        yield f"    {into}.append({error!r})"
