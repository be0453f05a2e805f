"""What trying a plan out has shown: every way that was taken, what became of it, and what no way came to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields

from ..guest.answers import Approval, Event
from ..records import Finding, Json, Node
from . import Given, Walk
from .verdicts import Verdict, missing_key


@dataclass(frozen=True, slots=True)
class Path:
    """A walk, and whose fault it is if it failed."""

    walk: Walk
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Trial:
    """All walks through one plan."""

    paths: tuple[Path, ...]
    left: int = 0
    """Ways that are known and were not taken."""
    missed: tuple[Node, ...] = ()
    """Steps that no walk came to."""
    payload: Json = None
    """The payload that was made up, where none was given and the plan reads one."""

    @property
    def guessed(self) -> tuple[str, ...]:
        """Whose values were made up although no schema says what is in them."""
        return tuple(dict.fromkeys(source for path in self.paths for source in path.walk.guessed))

    def unused(self, given: Given) -> list[str]:
        """The names of tools and the patterns of decisions that were given, and that no way came to."""
        played = frozenset[str]().union(*(path.walk.played for path in self.paths))
        return [name for name in (*given.answers, *given.decisions) if name not in played]

    @property
    def failed(self) -> bool:
        """Whether one of them failed by the plan's own fault."""
        return any(path.verdict == "fault" for path in self.paths)

    def summary(self) -> dict[str, Json]:
        """What is kept of it with an answer of a model."""
        counts = {verdict: sum(path.verdict == verdict for path in self.paths) for verdict in ("fault", "unsure")}
        missed = [{"name": node.name, "kind": node.kind, "line": node.line} for node in self.missed]
        return {"paths": len(self.paths), **counts, "left": self.left, "missed": missed}


def findings(trial: Trial, hidden: Collection[str] = ()) -> Iterator[Finding]:
    """What a plan must mend: each error once, on the first way that has it. What is `hidden` stands in none."""
    seen: set[tuple[str, int | None]] = set()
    for path in trial.paths:
        if path.verdict == "fault":
            error, walk = path.walk.error, path.walk
            place = error["type"], error.get("line")
            if place not in seen:
                seen.add(place)
                said = _said(f"{error['type']}: {error['message']}", hidden), _said(when(walk), hidden)
                yield Finding(
                    "AF951", "error", error.get("line") or 0, 0, ": so the run fails".join(said), _advice(walk)
                )


def _said(text: str, hidden: Collection[str]) -> str:
    return text if not any(one in text for one in hidden) else "(this would tell the payload)"


def when(walk: Walk) -> str:
    """On which way, in words: `, when 'agree' is rejected`; nothing where there is only one."""
    said = way(walk)
    return f", when {', '.join(said)}" if said else ""


def way(walk: Walk) -> list[str]:
    """The choices of a walk in words, and what was made to fail; of many, the first and the last."""
    said = [f"{choice.what.partition(' ')[2]!r} {choice.way}" for choice in walk.choices]
    said += [f"{key.removesuffix('#1')!r} fails" for key in sorted(walk.failing)]
    return said if len(said) <= _SHOWN else [*said[:2], "...", *said[-(_SHOWN - 2) :]]


_SHOWN = 6
_ADVICE = {
    "KeyError": "Read only keys that the schema of the result names, or that the payload has; else use .get().",
    "TypeError": "See what each value in this line is on this way: None, a text, a number, a list, a dict.",
    "AttributeError": "Values are plain data (dict, list, text, number, None): use what these have.",
    "NameError": "Give the name a value on every way that leads here, before it is read.",
    "UnboundLocalError": "Give the name a value on every way that leads here, before it is read.",
    "Diverged": "Let nothing but the payload and the results of steps decide which steps come.",
    "ToolRefused": "Give the tool arguments that fit its schema on this way, too.",
    "LimitExceeded": "Do less between two steps, and end every loop.",
}


_OURS = {
    "StepFailed": "step, attempts, type, message, data",
    "ApprovalRejected": "step, by, reason, message",
    "ApprovalExpired": "step, message",
    "WaitTimeout": "step, message",
    "StepTimeout": "step, message",
    **{kind.__name__: ", ".join(field.name for field in fields(kind)) for kind in (Approval, Event)},
}
"""What objects of the plan API have."""


def _advice(walk: Walk) -> str:
    found = re.match(r"'(\w+)' object has no attribute", walk.error["message"])
    if found and found[1] in _OURS:
        return f"{found[1]} has {_OURS[found[1]]}: use one of these."
    advice = _ADVICE.get(walk.error["type"], "Let the plan handle this case before this line, or raise PlanFailed.")
    key = missing_key(walk)
    if key is not None and not walk.calls and not walk.asked:
        return f"The payload of this goal has no {key!r}: read what it has, or use event.payload.get({key!r})."
    return advice
