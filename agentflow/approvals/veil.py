"""What of a sensitive question is shown to whom: its values only to those who may decide. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..records import Approval, Call, Json, Principal, Verdict
from ..roles import VERBS

REDACTED = "[redacted]"
"""Stands where a plan said `sensitive=True`."""


def question(approval: Approval, who: Principal) -> Approval:
    """A question as this principal may see it. Its digest stays: it tells no value."""
    if _may_see(approval, who):
        return approval
    original = approval.original and _calls(approval.original)
    return replace(
        approval, calls=_calls(approval.calls), original=original, details=None, decision=_said(approval.decision)
    )


def verdicts(approval: Approval, said: Sequence[Verdict], who: Principal) -> tuple[Verdict, ...]:
    """What was said to it, in the same way."""
    if _may_see(approval, who):
        return tuple(said)
    return tuple(replace(one, value=_hidden(one.value), calls=one.calls and _calls(one.calls)) for one in said)


def _may_see(approval: Approval, who: Principal) -> bool:
    return not approval.sensitive or bool(who.roles & VERBS["approvals.decide"])


def _calls(calls: Sequence[Call]) -> tuple[Call, ...]:
    return tuple(replace(call, args=dict.fromkeys(call.args, REDACTED)) for call in calls)


def _said(decision: Json) -> Json:
    return {**decision, "value": _hidden(decision.get("value"))} if isinstance(decision, dict) else decision


def _hidden(value: Json) -> Json:
    return None if value is None else REDACTED
