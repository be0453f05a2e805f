"""What models are told, word for word. `python -m tests.planner.snapshots` writes it anew; git shows the difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from agentflow.llm import Models
from agentflow.planner import Brief, Example, Planner
from agentflow.records import Attempt, Feedback, Finding, ToolSpec, Usage

FOLDER = Path(__file__).with_name("snapshots")

_ID = {"type": "string", "description": "its number", "examples": ["17", "A-4"]}
_GET = {"type": "object", "properties": {"id": _ID}, "required": ["id"]}
_PAY = {"type": "object", "properties": {"order_id": _ID, "amount": {"type": "number"}}, "required": ["order_id"]}
_TOOLS = (
    ToolSpec("orders.get", "The order with this number.", _GET, {"type": "object"}, effect="read"),
    ToolSpec("payments.refund", "Pay an order back.", _PAY, {"type": "string"}, risk="high", approval="always"),
)
_PAYLOAD = {"order_id": "17", "lines": [{"sku": "A", "count": 2}], "due": {"$datetime": "2027-01-01T09:00:00+00:00"}}
_EXAMPLES = (
    Example("Load an order.", "class Load(Workflow):\n    ..."),
    Example("Pay an order back.", "class Pay(Workflow):\n    ..."),
)
_SOURCE = "from agentflow import Workflow, tools\n\nx = tools.orders.fetch(id='17')\n"
_FINDINGS = (
    Finding("AF201", "error", 3, 5, "there is no tool orders.fetch", "did you mean orders.get?"),
    Finding("AF101", "error", 1, 1, "there is no class that inherits from Workflow", "write exactly one"),
)


_HAPPENED = {
    "status": "failed",
    "error": "StepFailed: the bank is closed",
    "steps": [
        {"step": "load", "state": "done", "tool": "orders.get", "line": 7, "result": '{"total": 120}', "error": None},
        {"step": "pay", "state": "failed", "tool": "payments.refund", "line": 8, "result": None, "error": "closed"},
    ],
    "more": 3,
}


def told() -> Mapping[str, str]:
    """Each kind of text that a model is told, by the name of its file."""
    planner = Planner(Models({}))
    bare = Brief("refunds", "", "Refund the order.", {}, ())
    full = Brief("refunds", "Be polite.", "Refund the order.", _PAYLOAD, _TOOLS, examples=_EXAMPLES)
    shared = Brief("refunds", "Be polite.", "Refund the order.", _PAYLOAD, _TOOLS, shared=True)
    texts = {
        "system": planner.conversation(full, ()).system,
        "goal": planner.conversation(bare, ()).messages[0].text,
        "goal-with-examples": planner.conversation(full, ()).messages[0].text,
        "goal-with-values": planner.conversation(shared, ()).messages[0].text,
    }
    failed = Feedback(1, "failed", "Ask Ada first.", "ann", 0.0, run="run_1", version=1, happened=_HAPPENED)
    wished = Feedback(1, "changes", "Ask Ada first.", "ann", 0.0, version=1)
    for name, said in {"revise-a-run": failed, "revise-a-plan": wished}.items():
        texts[name] = planner.conversation(replace(bare, feedback=(said,), source=_SOURCE), ()).messages[0].text
    later = replace(bare, feedback=(replace(wished, before=2),))
    texts["changes"] = planner.conversation(later, [_attempt(1)]).messages[-1].text
    again = [_attempt(1), _attempt(2), _attempt(3, error="it was cut off at the limit of 16000 tokens")]
    _, *turns = planner.conversation(full, again).messages
    repairs = [turn.text for turn in turns if turn.role == "user"]
    return texts | dict(zip(("repair", "repair-of-the-same", "repair-of-no-plan"), repairs, strict=True))


def _attempt(number: int, error: str | None = None) -> Attempt:
    source = None if error else _SOURCE
    return Attempt(number, "m", "p", "the answer", source, () if error else _FINDINGS, Usage(), error, 0.0, 1.0)


if __name__ == "__main__":
    for name, text in told().items():
        (FOLDER / f"{name}.md").write_text(text, "utf-8")
