"""What the policy costs: a plan of 50 lines behind the guards beside the same in plain Python, and its validation."""

from __future__ import annotations

import ast
import builtins
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from agentflow.guest.facades import facades, importer
from agentflow.guest.guards import namespace
from agentflow.guest.policy import build, parse
from agentflow.validator import check

from .figures import Figure

PLAN = '''\
import asyncio
from dataclasses import dataclass, field

from agentflow import StepFailed, Workflow, tools


@dataclass
class Line:
    sku: str
    price: float
    count: int = 1
    tags: list[str] = field(default_factory=list)

    @property
    def total(self):
        return self.price * self.count


def kind_of(event):
    match event:
        case {"kind": "order", "lines": [first, *_]}:
            return f"order of {first['sku']}"
        case {"kind": str(kind)}:
            return kind
        case _:
            return "nothing"


class Settle(Workflow):
    """Settle an order: count, look up, pay, tell."""

    async def run(self, event, step):
        kind = kind_of(event.payload)
        lines = [Line(row["sku"], row["price"], count=row["count"]) for row in event.payload["lines"]]
        total = 0.0
        for number, line in enumerate(lines):
            line.tags.append(f"{number:03d}-{line.sku}")
            total += line.total * (0.9 if line.count > 5 else 1.0)
        by_sku = {line.sku: line for line in lines if line.total > 2}
        stock, (low, high) = await asyncio.gather(
            step.do("stock", tools.shop.stock(skus=sorted(by_sku))),
            step.do("bounds", tools.shop.bounds(total=total)),
        )
        try:
            short = [sku for sku in by_sku if (left := stock.get(sku, 0)) < by_sku[sku].count and left >= 0]
            if short and total > high:
                raise ValueError(f"{len(short)} of {kind} are not there: {', '.join(short)}")
        except (ValueError, StepFailed) as error:
            await step.do("tell", tools.mail.send(text=str(error)))
        counts = {}
        for line in lines:
            counts[line.sku] = counts.get(line.sku, 0) + line.count
        return {"kind": kind, "total": round(max(low, min(total, high)), 2), "counts": counts, "short": short}
'''
"""Of facts of every day: a dataclass, f-strings, `match`, `gather`, `try`, a walrus, unpacking."""

PAYLOAD = {
    "kind": "order",
    "lines": [{"sku": f"sku{at % 7}", "price": 1.5 + at, "count": at % 9 + 1} for at in range(20)],
}
TOOLS = [
    {"name": name, "effect": "idempotent", "risk": "low", "approval": "never", "parameters": {"type": "object"}}
    for name in ("shop.stock", "shop.bounds", "mail.send")
]
ANSWERS = {"stock": {"sku1": 3, "sku2": 50}, "bounds": (5.0, 100.0), "tell": None}
ROUNDS = 300


def costs(repeats: int) -> list[Figure]:
    """Each repeat has guarded and plain Python in turns, so that a slow moment is both's."""
    pairs = [_pair() for _ in range(repeats)]
    ratio = Figure(
        "the demo plan behind the guards, to plain Python", "times", [one / two for one, two in pairs], 2.0, less=True
    )
    ratio.note = f"{min(one for one, _ in pairs):.0f} to {min(two for _, two in pairs):.0f} us"
    tree, _ = parse(PLAN)
    assert tree is not None
    whole = Figure("validation of a plan of 50 lines", "ms", _times(lambda: _checked(PLAN), repeats), 10.0, less=True)
    parts = {
        "ast.parse": lambda: ast.parse(PLAN),
        "limits and parse": lambda: parse(PLAN),
        "policy and compile": lambda: build(PLAN),
    }
    return [
        ratio,
        whole,
        *(Figure(f"of it {name}", "ms", _times(each, repeats), less=True) for name, each in parts.items()),
    ]


def _checked(source: str) -> None:
    answer = check(source, TOOLS)
    assert answer["blob"] is not None, answer["findings"]


def _times(work: Callable[[], object], repeats: int) -> list[float]:
    """Milliseconds of the processor, the best of several each."""
    work()
    return [min(_took(work) for _ in range(10)) * 1000 for _ in range(repeats)]


def _took(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _pair() -> tuple[float, float]:
    """Microseconds of the processor for one run: guarded, and plain."""
    guarded, plain = _guarded(), _plain()
    assert _run(guarded) == _run(plain)
    took = [(_took(lambda: _run(guarded)), _took(lambda: _run(plain))) for _ in range(ROUNDS)]
    return min(one for one, _ in took) * 1e6, min(two for _, two in took) * 1e6


def _guarded() -> Any:
    code, problems = build(PLAN)
    assert code is not None, problems
    modules = facades(lambda: datetime.now(UTC), random.Random(1), vars(_API))  # noqa: S311 - as a run has it
    names = namespace("plan", importer(modules), {})
    exec(code, names)  # noqa: S102 - the plan above
    return names["Settle"]()


def _plain() -> Any:
    def load(name: str, *rest: Any) -> Any:
        return _API if name == "agentflow" else _ASYNCIO if name == "asyncio" else __import__(name, *rest)

    names: dict[str, Any] = {"__name__": "plain", "__builtins__": {**vars(builtins), "__import__": load}}
    exec(compile(PLAN, "<plain>", "exec", dont_inherit=True), names)  # noqa: S102 - the plan above
    return names["Settle"]()


class _Step:
    async def do(self, name: str, call: object) -> Any:
        return ANSWERS[name]


async def _gather(*awaitables: Awaitable[Any]) -> list[Any]:
    return [await one for one in awaitables]


class _Name:
    """A namespace of `tools`: whatever is called in it is an inert call."""

    def __getattr__(self, name: str) -> Callable[..., object]:
        return lambda **args: args


_API = SimpleNamespace(
    StepFailed=RuntimeError, Workflow=object, gather=_gather, tools=SimpleNamespace(shop=_Name(), mail=_Name())
)
_ASYNCIO = SimpleNamespace(gather=_gather)
_EVENT = SimpleNamespace(payload=PAYLOAD)


def _run(workflow: Any) -> Any:
    """From its start to its end: nothing in it waits, so nothing but the plan's own work is measured."""
    try:
        workflow.run(_EVENT, _Step()).send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the plan waits for something")
