"""What waits for a person: questions as rows, and the one table that says which answer leads where.

A question is opened by a run or by a tool's policy, bound to the digest of exactly what the person sees, and decided
once: the transition is a compare-and-set, and the decision goes back to the run that asked, which carries its code.

    pending --approve-----> approved      (call)
            --reject------> rejected      (every kind; for an unknown outcome it means: fail)
            --answer------> answered      (ask)
            --happened----> answered      (outcome: take this as the step's result)
            --not_happened> answered      (outcome: try again)
            --time--------> expired       (never an approval)
            --run ends----> withdrawn
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Literal

from ..errors import Conflict, Refused, UsageError
from ..guest.values import canonical
from ..records import Approval, ApprovalKind, ApprovalStatus, Call, Json, Principal, Risk, Run
from ..store import Row, Write
from ..tools.schema import problems

Action = Literal["approve", "reject", "answer", "happened", "not_happened"]

TRANSITIONS: dict[tuple[ApprovalKind, Action], ApprovalStatus] = {
    ("call", "approve"): "approved",
    ("call", "reject"): "rejected",
    ("ask", "answer"): "answered",
    ("ask", "reject"): "rejected",
    ("outcome", "happened"): "answered",
    ("outcome", "not_happened"): "answered",
    ("outcome", "reject"): "rejected",
}

_ASKED_FOR: dict[ApprovalKind, str] = {
    "call": "approve it or reject it",
    "ask": "give an answer, or reject it",
    "outcome": "say that it happened, that it did not, or reject it to fail the step",
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


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said. `value` is the answer, or the result of what happened, as encoded JSON."""

    action: Action
    comment: str | None = None
    value: Json = None
    digest: str | None = None
    """The digest that the person saw; where given, it must be the one that is asked about."""


def question_id(run: str, generation: int, step: str, count: int) -> str:
    """The id of the count-th question of a step."""
    return "approval_" + sha256(canonical([run, generation, step, count]).encode()).hexdigest()[:16]


def digest(calls: tuple[Call, ...], question: str, schema: Json) -> str:
    """sha256 over what is decided: the exact calls, or, where there are none, the question and its answer's form."""
    shown: Json = [asdict(call) for call in calls] if calls else [question, schema]
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
        "kind": question.kind,
        "question": question.question,
        "details": json.dumps(question.details),
        "calls": json.dumps([asdict(call) for call in question.calls]),
        "digest": digest(question.calls, question.question, question.schema),
        "schema": json.dumps(question.schema),
        "fallback": json.dumps(question.default),
        "risk": question.risk,
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


def decided(approval: Approval, decision: Decision, who: Principal, now: float) -> tuple[Write, Json]:
    """The compare-and-set that decides, and the message for the run.

    Raises `Conflict` (already decided, or too late), `UsageError` (not an answer to this kind of question, or one that
    does not fit its schema) and `Refused` (another digest than the one that was shown, or not an approver).
    """
    _permit(approval, decision, who, now)
    status = TRANSITIONS[approval.kind, decision.action]
    said = {"action": decision.action, "value": decision.value, "by": who.name, "comment": decision.comment}
    values: dict[str, Any] = {
        "id": approval.id,
        "status": status,
        "decided_at": now,
        "decided_by": who.name,
        "comment": decision.comment,
        "decision": json.dumps(said),
    }
    raced = Conflict(f"{approval.id} has just been decided by somebody else, or has expired: look at it again")
    return Write("decide_approval", values, raced), {"approval": approval.id, "status": status, "at": now, **said}


def _permit(approval: Approval, decision: Decision, who: Principal, now: float) -> None:
    if not who.roles & {"approver", "admin"}:
        raise Refused(f"{who.name} may not decide {approval.id}: that needs the role approver")
    if approval.status != "pending":
        by = f" by {approval.decided_by}" if approval.decided_by else ""
        raise Conflict(f"{approval.id} is already {approval.status}{by}: a question is decided once")
    if approval.expires_at is not None and now >= approval.expires_at:
        raise Conflict(f"{approval.id} has expired: it can no longer be decided")
    if (approval.kind, decision.action) not in TRANSITIONS:
        raise UsageError(f"{approval.id} cannot be decided this way: {_ASKED_FOR[approval.kind]}")
    if decision.digest is not None and decision.digest != approval.digest:
        raise Refused(f"{approval.id} now asks about something else than digest {decision.digest}: look at it again")
    if decision.action == "answer" and (wrong := problems(approval.schema, decision.value)):
        raise UsageError(f"the answer does not fit {approval.id}: {wrong[0]}")


def from_row(row: Row) -> Approval:
    """An approval as its record."""
    values = {key: row[key] for key in row.keys() if key != "fallback"}  # noqa: SIM118  # sqlite3.Row iterates values
    for key in ("details", "schema", "decision"):
        values[key] = json.loads(row[key]) if row[key] else None
    calls = tuple(Call(**call) for call in json.loads(row["calls"]))
    return Approval(**{**values, "calls": calls, "default": json.loads(row["fallback"] or "null")})
