"""Whether a walk did what its case expects: each rule by itself, and in words what was wrong. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..guest.values import canonical, decode
from ..records import Json
from ..trial import Made, Walk
from .matching import fits, matches
from .task import Call, Case, Expected

RULES = ("end", "calls", "approvals", "limits")
"""How it ended, and with which result; the calls that must come, in their order, and those that
must be undone; what people must have agreed to; what
must not be called or asked, or not so often, and how long it may take."""

_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was wrong in one case, by rule; nothing where it is solved."""

    case: str
    wrong: Mapping[str, tuple[str, ...]]

    def holds(self, rule: str) -> bool:
        """Whether this rule was kept."""
        return not self.wrong[rule]

    @property
    def solved(self) -> bool:
        """Whether all of them were."""
        return not any(self.wrong.values())


def judged(case: Case, walk: Walk) -> Judgement:
    """What a walk was worth."""
    expect = case.expect
    return Judgement(
        case.name,
        {
            "end": tuple(_end(expect, walk)),
            "calls": (*_calls(expect, walk.calls), *_left(expect, walk.calls)),
            "approvals": tuple(_approvals(expect, walk)),
            "limits": (*_limits(expect, walk.calls), *_measures(expect, walk)),
        },
    )


# how it ended


def _end(expect: Expected, walk: Walk) -> Iterator[str]:
    wanted = ("completed", "failed") if expect.outcome == "any" else (expect.outcome,)
    if walk.outcome not in wanted:
        yield f"it is {walk.outcome}, not {' or '.join(wanted)}{_why(walk)}"
    elif expect.has_result and not matches(expect.result, decode(walk.result)):
        yield f"its result is {_short(walk.result)}"


def _why(walk: Walk) -> str:
    if not isinstance(walk.error, dict):
        return ""
    line = f", line {walk.error['line']}" if walk.error.get("line") else ""
    return f" ({walk.error.get('type')}: {walk.error.get('message')}{line})"


# what it called


def _calls(expect: Expected, made: Sequence[Made]) -> Iterator[str]:
    if expect.unordered:
        yield from (f"it lacks {_told(expect.calls[i])}" for i in _unmatched(expect.calls, made))
        return
    place = 0
    for number, call in enumerate(expect.calls):
        found = next((i for i in range(place, len(made)) if _is(call, made[i])), None)
        if found is None:
            after = f" after {_told(expect.calls[number - 1])}" if any(_is(call, one) for one in made) else ""
            yield f"it lacks {_told(call)}{after}"
        else:
            place = found + 1


def _unmatched(wanted: Sequence[Call], made: Sequence[Made]) -> list[int]:
    """The wanted calls for which none is left, where each call that was made stands for one of them: a matching, since
    the first that fits may be the only one for another."""
    taken: dict[int, int] = {}

    def place(i: int, seen: set[int]) -> bool:
        for j in (j for j, one in enumerate(made) if j not in seen and _is(wanted[i], one)):
            seen.add(j)
            if j not in taken or place(taken[j], seen):
                taken[j] = i
                return True
        return False

    return [i for i in range(len(wanted)) if not place(i, set())]


def _left(expect: Expected, made: Sequence[Made]) -> Iterator[str]:
    for tool, undoing in expect.undone.items():
        open_ = 0
        for one in (one for one in made if one.outcome != "failed"):
            open_ = open_ + 1 if one.tool == tool else max(0, open_ - 1) if one.tool == undoing else open_
        if open_:
            yield f"it called {tool}, and {undoing} did not undo it"


def _limits(expect: Expected, made: Sequence[Made]) -> Iterator[str]:
    for call in expect.never:
        if found := next((one for one in made if _is(call, one)), None):
            yield f"it called {found.tool}({_short(found.args)}), which must not be"
    for tool, most in expect.most.items():
        count = sum(one.tool == tool and one.outcome != "failed" for one in made)
        if count > most:
            yield f"it called {tool} {count} times, not at most {most}"


def _measures(expect: Expected, walk: Walk) -> Iterator[str]:
    asked = sum(one.kind != "outcome" for one in walk.asked)
    if expect.asked is not None and asked > expect.asked:
        yield f"it asked people {asked} times, not at most {expect.asked}"
    if expect.lasts is not None and walk.seconds < expect.lasts:
        yield f"it took {walk.seconds:.0f} seconds, not at least {expect.lasts:.0f}"
    if expect.within is not None and walk.seconds > expect.within:
        yield f"it took {walk.seconds:.0f} seconds, not at most {expect.within:.0f}"


# what people agreed to


def _approvals(expect: Expected, walk: Walk) -> Iterator[str]:
    for made in walk.calls:
        if made.tool in expect.approved and not _agreed(made, walk):
            yield f"nobody had agreed to {made.tool}({_short(made.args)})"


def _agreed(made: Made, walk: Walk) -> bool:
    """Whether somebody said yes, before, to exactly this call."""
    return any(
        asked.said == "approve"
        and asked.order < made.order
        and any(call.tool == made.tool and canonical(call.args) == canonical(made.args) for call in asked.calls)
        for asked in walk.asked
    )


def _is(call: Call, made: Made) -> bool:
    return call.tool == made.tool and fits(call.args, made.args)


def _told(call: Call) -> str:
    return f"{call.tool}({_short(call.args)})"


def _short(value: Json) -> str:
    text = canonical(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
