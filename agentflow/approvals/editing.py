"""Calls with other arguments than those that were asked about: what of them changed, and whether they may be. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..errors import UsageError
from ..guest.values import canonical
from ..records import Approval, Call, Json

Check = Callable[[str, Json], Sequence[str]]
"""What is wrong with the arguments of a tool, one line each."""


@dataclass(frozen=True, slots=True)
class Change:
    """One argument of a call that is another than it was; `before` and `after` hold the value, or nothing."""

    tool: str
    argument: str
    before: tuple[Json, ...]
    after: tuple[Json, ...]


def edited(approval: Approval, args: Json, check: Check) -> tuple[Call, ...]:
    """The calls with these arguments: an object for one call, a list with an object for each of several.

    Raises `UsageError` where the question takes no edits, or an argument does not fit its tool.
    """
    if not approval.editable:
        why = "the plan takes the call from the approval only where it asked for it with call="
        raise UsageError(f"{approval.id} is no question whose arguments can be edited: {why}")
    given = args if isinstance(args, list) else [args]
    if len(given) != len(approval.calls) or not all(isinstance(one, dict) for one in given):
        form = "an object with the arguments"
        many = form if len(approval.calls) == 1 else f"a list of {len(approval.calls)} objects, one for each call"
        raise UsageError(f"the arguments of {approval.id} are {many}")
    calls = tuple(replace(call, args=one) for call, one in zip(approval.calls, given, strict=True))
    for call in calls:
        if wrong := check(call.tool, call.args):
            raise UsageError(f"{call.tool} does not take these arguments: {'; '.join(wrong)}")
    return calls


def changes(before: Sequence[Call], after: Sequence[Call]) -> Iterator[Change]:
    """What was edited, in the order of the arguments."""
    for was, now in zip(before, after, strict=True):
        for name in dict.fromkeys([*was.args, *now.args]):
            old, new = _held(was, name), _held(now, name)
            if canonical(list(old)) != canonical(list(new)):
                yield Change(now.tool, name, old, new)


def _held(call: Call, name: str) -> tuple[Json, ...]:
    return (call.args[name],) if name in call.args else ()
