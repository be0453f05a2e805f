"""Words for people that every surface shares: lengths of time, names of steps, what models took, text that shows."""

from __future__ import annotations

import base64
import json
import time
from datetime import datetime

from .records import ApprovalPolicy, Spent, StepView

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_SHORT = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def lasting(seconds: float) -> str:
    """`0.3 s` up to ten seconds, else the largest unit that fits: `2 days`."""
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f} s"
    return _whole(seconds)


def relative(at: float, now: float | None = None) -> str:
    """`in 2 days`, `3 minutes ago`, `now`."""
    ahead = at - (time.time() if now is None else now)
    if abs(ahead) < 1:
        return "now"
    return f"in {_whole(ahead)}" if ahead > 0 else f"{_whole(-ahead)} ago"


def age(at: float, now: float | None = None) -> str:
    """How long ago, short enough for a table: `5 min`."""
    passed = max((time.time() if now is None else now) - at, 0.0)
    unit, size = next(((unit, size) for unit, size in _SHORT if passed >= size), _SHORT[-1])
    return f"{int(passed // size)} {unit}"


def visible(text: str, but: str = "\n") -> str:
    """Text with everything that does not print, but for line ends, as an escape: nothing it holds can move a cursor,
    change a colour or turn the reading direction. In a JSON text it stays the same JSON."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in but else json.dumps(one)[1:-1] for one in text)


def untagged(value: object) -> str:
    """What a plan may hold and JSON has no word for: a decimal, a moment, bytes."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else str(value)


def step_name(key: str) -> str:
    """A step's key as people read it: the number only where a name occurs again, and what is undone as such."""
    undone = key.removesuffix("/undo")
    return f"undo {step_name(undone)}" if undone != key else key.removesuffix("#1")


def step_label(step: StepView) -> str:
    """A step's name as people read it; what undoes a step has its name, too."""
    return f"undo {step.name}" if step.kind == "undo" else step.name


def spent(taken: Spent) -> str:
    """Tokens and money; nothing where no tokens were told."""
    if not taken.input + taken.output:
        return ""
    cached = f" ({taken.cached:,} cached)" if taken.cached else ""
    money = f", {taken.cost:.4f} USD" if taken.cost is not None else ", cost unknown"
    return f"{taken.input:,}{cached} + {taken.output:,} tokens{money}"


def deciders(policy: ApprovalPolicy) -> str:
    """Who decides what an agent's runs ask, where its policy says more than that approvers do."""
    words = [f"by {', '.join(policy.approvers)}" if policy.approvers else "", f"{policy.quorum} have to agree"]
    words[1] = words[1] if policy.quorum > 1 else ""
    if policy.no_self is not None:
        words.append("nobody agrees to their own" if policy.no_self else "who asked may agree")
    words.append(f"due after {lasting(policy.due)}" if policy.due else "")
    if policy.escalate:
        words.append(f"after {lasting(policy.escalate.after)} also by {', '.join(policy.escalate.to)}")
    return "; ".join(filter(None, words))


def _whole(seconds: float) -> str:
    unit, size = next(((unit, size) for unit, size in _UNITS if round(seconds) >= size), _UNITS[-1])
    number = max(1, round(seconds / size))
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
