"""Records the golden history of a plan: `python -m tests.golden.record`. Only for a NEW plan API version or a new plan.

A history that is stored here is never recorded again: were it to change, so would the runs of people.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agentflow.guest.activation import Activation
from agentflow.guest.policy import build

FOLDER = Path(__file__).parent
EVENT = {"id": "run_golden-1", "payload": {"id": "17"}, "timestamp": 1_800_000_000.0, "schedule": None}
OPENING = {"run": "run_golden", "generation": 1, "agent": "agent_golden", "event": EVENT}
VERBS: dict[str, dict[str, Any]] = {
    "load#1": {"ok": {"id": "17", "items": ["pen", "ink", "pen"]}},
    "sum up#1": {"ok": {"$decimal": "2.42"}},
    "side#2": {"ok": {"id": "b"}},
    "side#1": {"ok": {"id": "a"}},
    "may fail#1": {
        "error": {"kind": "StepFailed", "type": "KeyError", "message": "c", "step": "may fail", "attempts": 6}
    },
    "patience#1": {"ok": None},
    "after#1": {"ok": {"id": "d"}},
    "short#1": {"ok": None},
    "long#1": {"ok": None},
    "paid#1": {"ok": {"id": "event_1", "type": "paid", "payload": {"order": "17"}, "timestamp": 1_800_000_500.0}},
    "how#1": {"ok": "air"},
    "refund?#1": {
        "ok": {
            "by": ["ann"],
            "comment": None,
            "decided_at": 1_800_000_600.0,
            "calls": [{"tool": "payments.refund", "args": {"order": "17", "amount": {"$decimal": "5.00"}}}],
        }
    },
    "refund#1": {"ok": {"reference": "R1"}},
    "never#1": {"error": {"kind": "WaitTimeout", "type": "WaitTimeout", "message": "no event", "step": "never"}},
    "again#1": {"ok": None},
    "again#2": {"ok": None},
    "again#3": {"ok": None},
}
SCOPES: dict[str, dict[str, Any]] = {
    "book#1": {"ok": {"id": "H1"}},
    "two#1": {"ok": 2},
    "one#1": {"ok": 1},
    "three#1": {"ok": {"$decimal": "3"}},
    "late#1": {"ok": None},
    "#1": {"ok": None},
    "eight#1": {"ok": 8},
    "bad#1": {"error": {"kind": "StepFailed", "type": "KeyError", "message": "bad", "step": "bad", "attempts": 6}},
    "#4": {"ok": None},
    "ask#1": {"ok": "it is small"},
    "#5": {"ok": ["book#1"]},
}
ANSWERS = {"verbs": VERBS, "scopes": SCOPES}
"""Of each plan: what its steps are answered, in this order."""


def play(plan: Path, deliveries: list[dict[str, Any]]) -> dict[str, Any]:
    """What the plan answers to these deliveries."""
    code, problems = build(plan.read_text())
    assert code is not None, problems
    activation = Activation(code, plan.stem.title(), OPENING)
    activation.close()
    answer: dict[str, Any] = json.loads(activation.turns(deliveries))
    return answer


def record(plan: Path) -> None:
    """Write the golden file of a plan."""
    target = plan.with_suffix(".json")
    if target.exists():
        print(f"{target.name} is there already, and golden histories never change")
        return
    deliveries: list[dict[str, Any]] = [{"at": 1_800_000_000.0, "start": True}]
    for number, (key, answer) in enumerate(ANSWERS[plan.stem].items(), 1):
        deliveries.append({"at": 1_800_000_000.0 + number * 37.5, "key": key, **answer})
    answer = play(plan, deliveries)
    target.write_text(json.dumps({"deliveries": deliveries, **answer}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    for folder in sorted(FOLDER.glob("api*")):
        for found in sorted(folder.glob("*.py")):
            record(found)
