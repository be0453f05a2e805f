"""What one person's decision comes to: nothing new, a vote, an edit, or the end of the question. Pure.

Everybody counts once. Votes are counted from the last edit on, since before it people agreed to something else; the
edit is its author's own vote. One rejection ends the question. The same decision again by the same person is the stored
one; anything else on what is decided is a `Conflict` that names who decided.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import Conflict, Expired, Refused, Stale, UsageError
from ..guest.values import canonical
from ..records import Action, Approval, ApprovalKind, ApprovalPolicy, ApprovalStatus, Call, Json, Principal, Verdict
from ..store import Write
from ..tools.schema import problems
from . import TRANSITIONS, digest, rows
from .editing import Check, edited
from .policy import deciders, escalates_at, listed, no_self, quorum

_ASKED_FOR: dict[ApprovalKind, str] = {
    "call": "approve it or reject it",
    "ask": "give an answer, or reject it",
    "outcome": "say that it happened, that it did not, or reject it to fail the step",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person says. `value` is the answer, or the result of what happened, as encoded JSON."""

    action: Action
    comment: str | None = None
    value: Json = None
    digest: str | None = None
    """The digest that the person saw; where given, it must be the one that is asked about."""
    args: Json = None
    """With `approve`: other arguments than those that were asked about, encoded."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question with all that bears on its decision, at a moment."""

    approval: Approval
    now: float
    policy: ApprovalPolicy = field(default_factory=ApprovalPolicy)
    """That of the agent, now."""
    asked_by: str = ""
    """Whoever the run belongs to."""
    verdicts: tuple[Verdict, ...] = ()
    paused: bool = False
    """Whether its run is: what is decided is heard when that goes on."""

    @property
    def needed(self) -> int:
        """How many have to agree."""
        return quorum(self.policy, self.approval)

    @property
    def deciders(self) -> tuple[str, ...] | None:
        """The names of those who may decide it now; None: everybody with the role approver."""
        return deciders(self.policy, self.approval, self.now)

    @property
    def due_at(self) -> float | None:
        """From when on it is overdue."""
        return None if self.policy.due is None else self.approval.created_at + self.policy.due

    @property
    def escalates_at(self) -> float | None:
        """From when on others may decide as well."""
        return escalates_at(self.policy, self.approval)

    @property
    def agreed(self) -> tuple[str, ...]:
        """Who has agreed to the calls as they are now, in order: of those who may."""
        said = dict.fromkeys(one.who for one in self.round() if one.action == "approve")
        return tuple(name for name in said if self.may_agree(name))

    def may_agree(self, name: str) -> bool:
        """Whether the agreement of this person counts, given the role."""
        names = self.deciders
        return (names is None or name in names) and not self.is_own(name)

    def is_own(self, name: str) -> bool:
        """Whether this person asked for it, and may therefore not agree to it."""
        return name == self.asked_by and no_self(self.policy, self.approval)

    def round(self) -> Sequence[Verdict]:
        """The decisions since the last edit."""
        last = max((n for n, one in enumerate(self.verdicts) if one.calls is not None), default=0)
        return self.verdicts[last:]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What came of a decision: its row, and how the question stands then."""

    verdict: Verdict
    status: ApprovalStatus
    calls: tuple[Call, ...]
    digest: str
    original: tuple[Call, ...] | None = None
    """The calls as they were asked about, where they have been edited."""
    agreed: tuple[str, ...] = ()
    new: bool = True
    """False: the very same decision is stored already."""

    def message(self) -> Json:
        """What the run is told, once it is decided."""
        verdict = self.verdict
        said = {"action": verdict.action, "value": verdict.value, "by": verdict.who, "comment": verdict.comment}
        several = {"agreed": list(self.agreed)} if len(self.agreed) > 1 else {}
        edited = {"calls": rows.plain(self.calls)} if self.original and verdict.action == "approve" else {}
        return {"approval": verdict.approval, "status": self.status, "at": verdict.at, **said, **several, **edited}


def rule(case: Case, decision: Decision, who: Principal, check: Check) -> Ruling:
    """What a decision comes to; `check` knows the tools.

    Raises `Refused` (it is not theirs to decide), `Conflict` (it is decided already), `Expired`, `Stale` (it asks about
    something else than they saw), and `UsageError` (no answer to this kind of question, or one that does not fit).
    """
    approval = case.approval
    if why := barred(case, who, decision.action):
        raise Refused(why)
    if (approval.kind, decision.action) not in TRANSITIONS:
        raise UsageError(f"{approval.id} cannot be decided this way: {_ASKED_FOR[approval.kind]}")
    if decision.args is not None and decision.action != "approve":
        raise UsageError(f"arguments are edited by who approves {approval.id}: approve it with them, or reject it")
    calls = approval.calls if decision.args is None else edited(approval, decision.args, check)
    about = digest(calls, approval.question, approval.schema)
    if same := _said_before(case, decision, who, about):
        return Ruling(same, approval.status, approval.calls, approval.digest, approval.original, new=False)
    _check_open(case)
    if decision.digest is not None and decision.digest != approval.digest:
        raise Stale(f"{approval.id} now asks about something else than digest {decision.digest}: look at it again")
    if decision.action == "answer" and (wrong := problems(approval.schema, decision.value)):
        raise UsageError(f"the answer does not fit {approval.id}: {wrong[0]}")
    return _counted(case, _verdict(case, decision, who, calls, about))


def writes(ruling: Ruling, policy: str) -> list[Write]:
    """The compare-and-set on the question as it was seen, under this stored policy, and the row of the decision.

    It is refused with `Moved` where another decision came in between.
    """
    verdict, message = ruling.verdict, ruling.message()
    over = ruling.status != "pending"
    values: dict[str, Any] = {
        "id": verdict.approval,
        "number": verdict.number,
        "at": verdict.at,
        "policy": policy,
        "status": ruling.status,
        "calls": rows.dumps(ruling.calls),
        "original": None if ruling.original is None else rows.dumps(ruling.original),
        "digest": ruling.digest,
        "decided_at": verdict.at if over else None,
        "decided_by": verdict.who if over else None,
        "comment": verdict.comment if over else None,
        "decision": json.dumps({key: message[key] for key in message if key not in _ROW}) if over else None,
    }
    moved = Moved(f"{verdict.approval} has just been decided by somebody else, or has expired: look at it again")
    return [Write("decide_approval", values, moved), rows.stored(verdict)]


class Moved(Conflict):
    """Somebody decided in between: what that leaves to decide is looked at anew."""


_ROW = frozenset({"approval", "status", "at"})
"""What a message says that the row says, too."""


def barred(case: Case, who: Principal, action: Action) -> str | None:
    """Why it is not theirs to say this to a question, whatever its state; None: they may."""
    id, names = case.approval.id, case.deciders
    if "approver" not in who.roles:
        return f"{who.name} may not decide {id}: that needs the role approver"
    if names is not None and who.name not in names:
        theirs = f"that is for {listed(names)}" if names else "nobody may whom the plan names, by the agent's policy"
        return f"{who.name} may not decide {id}: {theirs}"
    if action == "approve" and case.is_own(who.name):
        return f"{who.name} may not approve {id}, having asked for it: somebody else has to agree"
    return None


def _said_before(case: Case, decision: Decision, who: Principal, about: str) -> Verdict | None:
    """The stored decision that this one repeats."""
    if case.approval.status not in ("pending", TRANSITIONS[case.approval.kind, decision.action]):
        return None
    seen = about if decision.args is not None else decision.digest or about
    said = [one for one in case.round() if (one.who, one.action, one.digest) == (who.name, decision.action, seen)]
    return next((one for one in said if canonical(one.value) == canonical(decision.value)), None)


def _check_open(case: Case) -> None:
    approval = case.approval
    late = approval.expires_at is not None and case.now >= approval.expires_at
    if approval.status == "expired" or (approval.status == "pending" and late):
        raise Expired(f"{approval.id} has expired: it can no longer be decided")
    if approval.status == "withdrawn":
        raise Conflict(f"{approval.id} is withdrawn: its run does not wait for it any more")
    if approval.status != "pending":
        by = " and ".join((approval.decision or {}).get("agreed") or [approval.decided_by or "somebody"])
        raise Conflict(f"{approval.id} is already {approval.status} by {by}: a question is decided once")


def _verdict(case: Case, decision: Decision, who: Principal, calls: tuple[Call, ...], about: str) -> Verdict:
    return Verdict(
        approval=case.approval.id,
        number=case.approval.verdicts + 1,
        at=case.now,
        who=who.name,
        channel=who.channel,
        action=decision.action,
        comment=decision.comment,
        value=decision.value,
        seen=decision.digest or case.approval.digest,
        digest=about,
        calls=None if about == case.approval.digest else calls,
    )


def _counted(case: Case, verdict: Verdict) -> Ruling:
    """Where the question stands with this decision."""
    approval, approving = case.approval, verdict.action == "approve"
    calls, about = verdict.calls or approval.calls, verdict.digest or approval.digest
    original = approval.original or (approval.calls if verdict.calls else None)
    agreed = replace(case, verdicts=(*case.verdicts, verdict)).agreed if approving else ()
    over = TRANSITIONS[approval.kind, verdict.action]
    status: ApprovalStatus = "pending" if approving and len(agreed) < case.needed else over
    return Ruling(verdict, status, calls, about, original, agreed)
