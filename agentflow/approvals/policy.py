"""Who may decide a question: the agent's policy as it is now, narrowed by what the plan wishes. Pure.

Whoever decides has the role approver, and is among those whom the policy and the plan name, where they name anybody;
the larger quorum counts. Once a question has waited as long as the policy says, those to whom it is escalated may
decide it as well, whatever the plan wishes. Only agreeing to calls takes a quorum, and only that is forbidden to
whoever asked for it: an answer and what became of a call are facts, and a no does no harm.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict

from ..records import Approval, ApprovalPolicy, Json
from ..settings import policy_of

_DEFAULTS = asdict(ApprovalPolicy())


def dumps(policy: ApprovalPolicy) -> str:
    """A policy as it is stored."""
    return json.dumps(said(policy))


def said(policy: ApprovalPolicy) -> dict[str, Json]:
    """What a policy says beside the defaults, as JSON."""
    found = {key: value for key, value in asdict(policy).items() if value != _DEFAULTS[key]}
    plain: dict[str, Json] = json.loads(json.dumps(found))
    return plain


def loads(stored: str) -> ApprovalPolicy:
    """A policy from its row."""
    return policy_of(json.loads(stored))


def quorum(policy: ApprovalPolicy, approval: Approval) -> int:
    """How many have to agree."""
    return _needed(policy, approval.quorum if approval.kind == "call" else None)


def no_self(policy: ApprovalPolicy, approval: Approval) -> bool:
    """Whether whoever asked for it may not agree to it."""
    return approval.kind == "call" and _barred(policy, quorum(policy, approval))


def escalates_at(policy: ApprovalPolicy, approval: Approval) -> float | None:
    """The moment from which others may decide as well."""
    return None if policy.escalate is None else approval.created_at + policy.escalate.after


def deciders(policy: ApprovalPolicy, approval: Approval, now: float) -> tuple[str, ...] | None:
    """The names of those who may decide it now; None: everybody with the role approver."""
    found = _both(policy.approvers, approval.approvers)
    at = escalates_at(policy, approval)
    if found is None or policy.escalate is None or at is None or now < at:
        return found
    return (*found, *(name for name in policy.escalate.to if name not in found))


def unfit(policy: ApprovalPolicy, who: str, asked_by: str) -> str | None:
    """Why somebody may not approve a plan that was made for a goal, or None. That takes one person."""
    if policy.approvers and who not in policy.approvers:
        return f"that is for {listed(policy.approvers)}"
    if policy.no_self and who == asked_by:
        return "having asked for it: somebody else has to agree"
    return None


def impossible(policy: ApprovalPolicy, wishes: Collection[str], quorum: int | None, asked_by: str) -> str | None:
    """Why what a plan wishes could never be decided, or None. Its `quorum` is None where nobody agrees to calls."""
    found = _both(policy.approvers, wishes)
    if found is None:
        return None
    needed = _needed(policy, quorum)
    barred = quorum is not None and _barred(policy, needed)
    people = dict.fromkeys([*found, *(policy.escalate.to if policy.escalate else ())])
    able = [name for name in people if not (barred and name == asked_by)]
    if len(able) >= needed:
        return None
    who = f"only {listed(able)} may" if able else f"nobody may of {listed(wishes or policy.approvers)}"
    return f"{needed} {'has' if needed == 1 else 'have'} to agree, and {who}"


def listed(names: Iterable[str]) -> str:
    """Names in a row: `anna, bert or carl`."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def _needed(policy: ApprovalPolicy, wish: int | None) -> int:
    """How many have to agree where the plan wishes for so many; None where nobody agrees to calls."""
    return 1 if wish is None else max(policy.quorum, wish)


def _barred(policy: ApprovalPolicy, needed: int) -> bool:
    """Whether whoever asked for calls may not agree to them."""
    return needed > 1 if policy.no_self is None else policy.no_self


def _both(policy: Collection[str], wishes: Collection[str]) -> tuple[str, ...] | None:
    """Those whom both name, where both name anybody; None where neither does."""
    if policy and wishes:
        return tuple(name for name in policy if name in wishes)
    return tuple(policy or wishes) or None
