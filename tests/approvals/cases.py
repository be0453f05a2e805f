"""A question to people, and what they may say to it."""

from __future__ import annotations

from collections.abc import Sequence

from agentflow.approvals import digest
from agentflow.records import Approval, Call, Json, Principal

ANNA, BERT, CARL = Principal("anna"), Principal("bert"), Principal("carl")
CALL = Call("bank.pay", {"amount": 5})
QUESTION = Approval(
    id="approval_1",
    tenant="default",
    agent="a",
    version=1,
    run="run_1",
    generation=1,
    step="s#1",
    kind="call",
    question="Go?",
    details=None,
    calls=(CALL,),
    digest=digest((CALL,), "Go?", {"type": "integer"}),
    schema={"type": "integer"},
    default=None,
    risk="low",
    status="pending",
    created_at=1.0,
    expires_at=100.0,
    editable=True,
)


def check(tool: str, args: Json) -> Sequence[str]:
    """`bank.pay` takes an amount, and nothing else."""
    return [] if args.keys() == {"amount"} and isinstance(args["amount"], int) else ["amount is missing"]
