"""What waits for a person: questions as rows, and the one table that says which answer leads where.

A question is opened by a run or by a tool's policy, bound to the digest of exactly what the person sees, and decided
once: the transition is a compare-and-set, and the decision goes back to the run that asked, which carries its code.
What each person says is a row of its own (`ruling.py`); where several have to agree, it stays pending until the last.

    pending --approve-----> approved      (call; with other arguments, where they were edited)
            --reject------> rejected      (every kind; for an unknown outcome it means: fail)
            --answer------> answered      (ask)
            --happened----> answered      (outcome: take this as the step's result)
            --not_happened> answered      (outcome: try again)
            --time--------> expired       (never an approval)
            --run ends----> withdrawn
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from ..errors import Conflict
from ..guest.values import canonical
from ..records import Action, ApprovalKind, ApprovalStatus, Call, Json, Risk, Run
from ..store import Write
from . import rows

TRANSITIONS: dict[tuple[ApprovalKind, Action], ApprovalStatus] = {
    ("call", "approve"): "approved",
    ("call", "reject"): "rejected",
    ("ask", "answer"): "answered",
    ("ask", "reject"): "rejected",
    ("outcome", "happened"): "answered",
    ("outcome", "not_happened"): "answered",
    ("outcome", "reject"): "rejected",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What a run asks people, before it is a row. `id` follows from run, step and count: replay finds it again."""

    id: str
    step: str
    kind: ApprovalKind
    question: str
    created_at: float
    expires_at: float | None = None
    details: Json = None
    calls: tuple[Call, ...] = ()
    schema: Json = None
    default: Json = None
    risk: Risk = "low"
    line: int | None = None
    approvers: tuple[str, ...] = ()
    quorum: int = 1
    editable: bool = False
    sensitive: bool = False


def question_id(run: str, generation: int, step: str, count: int) -> str:
    """The id of the count-th question of a step."""
    return "approval_" + sha256(canonical([run, generation, step, count]).encode()).hexdigest()[:16]


def digest(calls: tuple[Call, ...], question: str, schema: Json) -> str:
    """sha256 over what is decided: the exact calls, or, where there are none, the question and its answer's form."""
    shown: Json = rows.plain(calls) if calls else [question, schema]
    return sha256(canonical(shown).encode()).hexdigest()


def opened(question: Question, run: Run) -> Write:
    """The row of a question."""
    values = {
        "id": question.id,
        "tenant": run.tenant,
        "agent": run.agent,
        "version": run.version,
        "run": run.id,
        "generation": run.generation,
        "step": question.step,
        "line": question.line,
        "kind": question.kind,
        "question": question.question,
        "details": json.dumps(question.details),
        "calls": rows.dumps(question.calls),
        "digest": digest(question.calls, question.question, question.schema),
        "schema": json.dumps(question.schema),
        "fallback": json.dumps(question.default),
        "risk": question.risk,
        "approvers": json.dumps(question.approvers),
        "quorum": question.quorum,
        "editable": question.editable,
        "sensitive": question.sensitive,
        "created_at": question.created_at,
        "expires_at": question.expires_at,
    }
    return Write("insert_approval", values)


def closed(id: str, how: Literal["expired", "withdrawn"], now: float) -> Write:
    """That nobody decided in time, or that the run does not wait for it any more.

    An expiry is refused where somebody just decided: then their word counts.
    """
    raced = Conflict(f"{id} has just been decided") if how == "expired" else None
    return Write("close_approval", {"id": id, "status": how, "decided_at": now}, raced)


def withdrawn(run: str, now: float, but: Iterable[str] = ()) -> Write:
    """That a run does not wait for people any more, but in these steps."""
    return Write("withdraw_approvals", {"run": run, "now": now, "but": json.dumps(list(but))})
