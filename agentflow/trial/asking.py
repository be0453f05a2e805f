"""The people of a walk: what they are asked, and what they say to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial

from ..guest.values import compact, decode, encode
from ..records import Approval, Call, Json, ToolSpec
from . import Asked, Given, Say
from .desk import Desk
from .ways import Ways

MOST_ANSWERS = 6
"""Choices of an answer that are tried."""
Way = tuple[str, Callable[[], Say]]
"""What is said of a choice, and what somebody says who takes it."""
_SILENCE: Way = ("is not decided in time", partial(Say, "expire"))
_CALL: tuple[Way, ...] = (
    ("is approved", partial(Say, "approve")),
    ("is rejected", partial(Say, "reject", comment="rejected in this trial")),
    _SILENCE,
)


class People:
    """Everybody who may be asked."""

    def __init__(self, given: Given, ways: Ways, desk: Desk) -> None:
        self._given = given
        self._ways = ways
        self._desk = desk
        self._silent: set[str] = set()
        self.questions: dict[str, Approval] = {}
        self.asked: dict[str, Asked] = {}
        """By the ids of the questions, in order."""

    def hear(self, asked: Approval) -> None:
        """A question is opened."""
        self.questions[asked.id] = asked
        at = asked.created_at
        self.asked[asked.id] = Asked(
            asked.step, asked.kind, asked.question, asked.calls, at=at, schema=asked.schema, details=asked.details
        )

    def close(self, id: str, how: str) -> None:
        """Nobody has decided it in time, or nobody waits for it any more."""
        self.asked[id] = replace(self.asked[id], said=how, order=self._desk.order())

    def withdraw(self) -> None:
        """The run is over: so is what it still asked."""
        for id in [id for id, one in self.asked.items() if one.said == "pending"]:
            self.close(id, "withdrawn")

    def say(self, id: str, line: int | None, tools: Mapping[str, ToolSpec]) -> Say | None:
        """What somebody says to a question that is open; None where everybody is silent."""
        if id in self._silent:
            return None
        asked = self.questions[id]
        said = self._given_for(asked) or self._chosen(asked, line, tools)
        if said.how == "expire":
            self._silent.add(id)
            return None
        answer, comment = encode(said.value), said.comment
        done = replace(self.asked[id], said=said.how, value=answer, comment=comment, order=self._desk.order())
        self.asked[id] = done
        return replace(said, value=answer)

    def _given_for(self, asked: Approval) -> Say | None:
        about = [asked.question, asked.step, asked.step.rpartition("#")[0], *(call.tool for call in asked.calls)]
        for pattern, said in self._given.decisions.items():
            if any(fnmatchcase(text, pattern) for text in about):
                self._desk.played.add(pattern)
                return said
        return None

    def _chosen(self, asked: Approval, line: int | None, tools: Mapping[str, ToolSpec]) -> Say:
        name = asked.step.rpartition("#")[0]
        match asked.kind:
            case "ask":
                ways, what = [*self._answers(name, asked.schema), _SILENCE], "answer"
            case "outcome":
                ways, what = [*self._outcomes(asked, tools)], "outcome"
            case _:
                ways, what = [*_CALL], "approval"
        taken = self._ways.take(f"{what} {name}", [way for way, _ in ways], line)
        return ways[taken][1]()

    def _answers(self, name: str, schema: Json) -> Iterator[Way]:
        choices: Sequence[Json] = schema.get("enum") or [True, False] if _is_choice(schema) else ()
        for choice in choices[:MOST_ANSWERS]:
            yield f"is {compact(choice)}", partial(Say, "answer", decode(choice))
        if not choices:
            yield "is given", lambda: Say("answer", decode(self._desk.answer(name, schema)))

    def _outcomes(self, asked: Approval, tools: Mapping[str, ToolSpec]) -> Iterator[Way]:
        """Whether what nobody knows has happened."""
        yield "is said not to have happened", partial(Say, "not_happened")
        for call in asked.calls:
            if call.tool in tools:
                yield "is said to have happened", partial(self._happened, tools[call.tool], call)
        yield "is given up", partial(Say, "reject", comment="rejected in this trial")

    def _happened(self, tool: ToolSpec, call: Call) -> Say:
        return Say("happened", decode(self._desk.happened(tool, decode(call.args))))


def _is_choice(schema: Json) -> bool:
    return isinstance(schema, dict) and ("enum" in schema or schema.get("type") == "boolean")
