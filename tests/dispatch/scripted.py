"""A run's machine driven by hand: what the guest would ask for is written down, what happens is posted."""

from __future__ import annotations

from collections.abc import Mapping

from agentflow.dispatch.machine import Issued, Machine
from agentflow.engine import Item
from agentflow.records import Json

START = 1000.0
POLICY: dict[str, Json] = {"limit": 2, "delay": 10.0, "backoff": "constant"}


class Scripted:
    """A machine and the clock of its story."""

    def __init__(self, begun: Mapping[str, float] | None = None) -> None:
        self.machine = Machine("run_1", 1, begun=begun)
        self.now = START
        self.post("start")
        self.deliveries: list[dict[str, Json]] = self.taken()

    def post(self, kind: str, key: str = "", body: Json = None, *, after: float = 0.0) -> None:
        self.now += after
        self.machine.deliver(Item(kind, key, body, self.now))

    def taken(self) -> list[dict[str, Json]]:
        found = []
        while (delivery := self.machine.take()) is not None:
            found.append(delivery)
        return found

    def issue(self, kind: str, name: str = "s", *, facts: Json = None, occurrence: int = 1, **spec: Json) -> str:
        """Issue one command; its key."""
        command = Issued(self.machine.turn, kind, name, occurrence, 7, spec, facts or {})
        self.machine.issue([command])
        return command.key

    def do(
        self,
        name: str = "s",
        *,
        tool: str = "a.b",
        args: Json = None,
        facts: Json = None,
        occurrence: int = 1,
        **spec: Json,
    ) -> str:
        call = {"tool": tool, "args": args or {}, "approval": spec.pop("approval", None)}
        given: dict[str, Json] = {"call": call, "retries": POLICY, "timeout": 60.0, "deadline": None, **spec}
        return self.issue("do", name, facts={"effect": "read", **(facts or {})}, occurrence=occurrence, **given)

    def withdraw(self, name: str) -> None:
        """The plan lets a step go."""
        self.machine.issue([Issued(self.machine.turn, "withdraw", name, 1, None, {})])

    def outcome(self, key: str, body: Json, *, after: float = 1.0) -> None:
        self.post("outcome", key, body, after=after)

    def ring(self, key: str) -> None:
        """Let a timer ring that is set, at its time."""
        self.now = self.machine.wishes.timers[key]
        self.post("timer", key)

    def decide(self, step: str, action: str, *, value: Json = None, comment: str | None = None, nth: int = -1) -> None:
        asked = self.machine.questions[nth].id
        body = {"approval": asked, "action": action, "value": value, "by": "ann", "comment": comment, "at": self.now}
        self.post("decision", step, body)


def failed(type: str = "ValueError", **more: Json) -> Json:
    """The outcome document of an attempt that failed."""
    return {"error": {"type": type, "message": "it broke", "data": {"x": 1}}, **more}


INTERRUPTED: Json = {"interrupted": True, "mark": None}
