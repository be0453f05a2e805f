"""Plays a plan against an activation in this process: delivers what the test says, one turn at a time."""

from __future__ import annotations

import json
from textwrap import dedent, indent
from types import CodeType
from typing import Any

from agentflow.guest.activation import Activation
from agentflow.guest.policy import build

NAMES = (
    "Approval ApprovalExpired ApprovalRejected Event NonRetryableError PlanFailed Step StepFailed StepTimeout ToolCall "
    "UsageError WaitTimeout Workflow WorkflowError gather tools"
)


def plan(body: str, before: str = "") -> str:
    """A plan whose `run` has this body. Without `before`, the body starts at line 4."""
    head = f"from agentflow import {', '.join(NAMES.split())}\n{dedent(before)}"
    run = indent(dedent(body).strip(), " " * 8)
    return f"{head}class Plan(Workflow):\n    async def run(self, event, step):\n{run}\n"


def compiled(source: str) -> CodeType:
    """The code that the policy makes of it."""
    code, problems = build(source)
    assert code is not None, problems
    return code


def activation(code: CodeType, payload: Any = None, *, run: str = "run_1", at: float = 1000.0) -> Activation:
    """A run that has not started."""
    event = {"id": "event_1", "payload": payload, "timestamp": at, "schedule": None}
    return Activation(code, "Plan", {"run": run, "generation": 1, "agent": "refunds", "event": event})


def taken(activation: Activation, deliveries: list[dict[str, Any]]) -> dict[str, Any]:
    """Its answer to these deliveries."""
    answer: dict[str, Any] = json.loads(activation.turns(deliveries))
    return answer


class Play:
    """A run on stage. `turn` is the last turn's commands; `end` is how it ended."""

    def __init__(self, source: str | CodeType, payload: Any = None, *, run: str = "run_1", at: float = 1000.0) -> None:
        self.code = source if isinstance(source, CodeType) else compiled(source)
        self.activation = activation(self.code, payload, run=run, at=at)
        self.history: list[dict[str, Any]] = []
        self.end: dict[str, Any] | None = None
        self.at = at
        self.turn = self.deliver(start=True)

    def deliver(self, **delivery: Any) -> list[dict[str, Any]]:
        """One turn, a second after the last one."""
        self.at += 1
        self.history.append({"at": self.at, **delivery})
        answer = taken(self.activation, [self.history[-1]])
        self.end = answer["end"]
        (self.turn,) = answer["turns"]
        return self.turn

    def ok(self, key: str, value: Any = None) -> list[dict[str, Any]]:
        """A step's result."""
        return self.deliver(key=key, ok=value)

    def fail(self, key: str, kind: str = "StepFailed", **details: Any) -> list[dict[str, Any]]:
        """A step's error."""
        return self.deliver(key=key, error={"kind": kind, "type": kind, "message": "it broke", **details})

    @property
    def keys(self) -> list[str]:
        """The steps that the last turn started."""
        return [f"{command['name']}#{command['occurrence']}" for command in self.turn]

    @property
    def result(self) -> Any:
        """What `run` returned, as encoded."""
        assert self.end is not None
        assert "result" in self.end, self.end
        return self.end["result"]

    @property
    def error(self) -> dict[str, Any]:
        """The document of the error that left `run`."""
        assert self.end is not None
        error: dict[str, Any] = self.end["error"]
        return error


def play(body: str, payload: Any = None, *, before: str = "") -> Play:
    """A plan with this body, started."""
    return Play(plan(body, before), payload)


def plain(body: str, payload: Any = None) -> Play:
    """The same without the policy, for what the policy would refuse."""
    return Play(compile(plan(body), "<plan>", "exec"), payload)


def result_of(body: str, payload: Any = None, *, before: str = "") -> Any:
    """The result of a run without steps."""
    return play(body, payload, before=before).result


def usage_error(body: str) -> str:
    """The message of the `UsageError` that ends this run at its first turn, at the body's last line."""
    played = play(body)
    assert played.error["type"] == "UsageError", played.error
    assert played.error["line"] == 3 + len(dedent(body).strip().splitlines())
    message: str = played.error["message"]
    return message
