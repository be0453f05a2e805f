"""A scenario: a plan, what its run is given and meets, and what must have come of it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from agentflow.records import Approval
from agentflow.settings import duration

FOLDER = Path(__file__).parent
PLANS = FOLDER / "plans"
Call = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Coming:
    """An event that is sent so long after the start."""

    type: str
    payload: Any = None
    at: str | int = 0

    @property
    def seconds(self) -> float:
        return duration(self.at)


@dataclass(frozen=True)
class Person:
    """Who decides the questions in whose words or calls `about` is found."""

    about: str = "."
    say: str = "approve"
    value: Any = None
    after: str = "1 hour"

    def knows(self, asked: Approval) -> bool:
        """Is this a question for this person?"""
        return re.search(self.about, f"{asked.question} {asked.calls} {asked.step}") is not None


@dataclass(frozen=True)
class Scenario:
    """One row of goals.toml or own.toml, as they are described there."""

    id: str
    text: str = ""
    tools: tuple[str, ...] = ()
    payload: Any = None
    events: tuple[Coming, ...] = ()
    people: tuple[Person, ...] = ()
    crew: Mapping[str, str] = field(default_factory=dict)
    status: str = "completed"
    result: Any = None
    calls: tuple[Mapping[str, Any], ...] = ()
    none: tuple[str, ...] = ()
    blind: bool = False

    @property
    def path(self) -> Path:
        """Where its plan is."""
        return PLANS / f"{'blind_' if self.blind else ''}{self.id}.py"

    def person(self, asked: Approval) -> Person:
        """Who decides a question: somebody who agrees after an hour, if nobody else is named."""
        return next((person for person in self.people if person.knows(asked)), Person())

    def missed(self, result: Any, made: Sequence[Call]) -> Iterator[str]:
        """What should have come of it, and has not."""
        if self.result is not None and not alike(self.result, result):
            yield f"result: {self.result} is expected, {result} is there"
        for wanted in self.calls:
            if not any(name == wanted["tool"] and alike(wanted.get("args", {}), args) for name, args in made):
                yield f"no call {wanted} among {made}"
        for name in {name for name, _ in made} & {*self.none}:
            yield f"{name} was called"


def scenarios() -> Iterator[Scenario]:
    """All that have a plan."""
    for row in tomllib.loads((FOLDER / "goals.toml").read_text(encoding="utf-8"))["goal"]:
        yield _scenario(row, blind=True)
    for row in tomllib.loads((FOLDER / "own.toml").read_text(encoding="utf-8"))["plan"]:
        yield _scenario(row, blind=False)


def _scenario(row: dict[str, Any], *, blind: bool) -> Scenario:
    events = tuple(Coming(**event) for event in row.pop("events", ()))
    people = tuple(Person(**person) for person in row.pop("people", ()))
    return Scenario(**row, events=events, people=people, blind=blind)


def alike(wanted: Any, found: Any) -> bool:
    """Is what was wanted in what was found: the same keys among others, the same numbers, a text that matches?"""
    match wanted:
        case dict():
            return isinstance(found, dict) and all(k in found and alike(v, found[k]) for k, v in wanted.items())
        case list():
            return isinstance(found, list) and len(wanted) == len(found) and all(map(alike, wanted, found))
        case str() if wanted.startswith("~"):
            text = found.decode() if isinstance(found, bytes) else str(found)
            return re.search(wanted[1:], text) is not None
        case float() | int() if not isinstance(wanted, bool):
            return isinstance(found, int | float | Decimal) and Decimal(str(wanted)) == Decimal(str(found))
    return bool(wanted == found)
