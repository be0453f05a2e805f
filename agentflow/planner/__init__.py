"""Asks a model for a plan: goal, tools and earlier findings in, one module's source out."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..llm import Answer, Message, Models, Request, ignore
from ..records import Attempt, Json, ToolSpec, Usage
from ..tools.stubs import stub
from . import extract, repair
from .prompts import load
from .shape import shape

__all__ = ["Brief", "Planner", "Reply"]


@dataclass(frozen=True, slots=True)
class Brief:
    """All that a plan is to be written for."""

    agent: str
    instructions: str
    goal: str
    payload: Json
    tools: Sequence[ToolSpec]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one question: either a `source`, or an `error` that says why there is none."""

    text: str
    source: str | None
    usage: Usage
    prompt: str
    model: str
    error: str | None


class Planner:
    """Writes plans with the models it is given, from the templates in `prompts` or from those of the package."""

    def __init__(self, models: Models, prompts: str | os.PathLike[str] | None = None) -> None:
        self._models = models
        self._prompts = load(None if prompts is None else Path(prompts))

    async def answer(
        self, model: str, brief: Brief, attempts: Sequence[Attempt], on_text: Callable[[str], None] = ignore
    ) -> Reply:
        """The model's next answer, given its earlier ones and what the checks said of them."""
        llm, name = self._models.resolve(model)
        request = Request(name, self._system(brief), self._messages(brief, attempts))
        answer = await llm.ask(request, on_text)
        error = _unusable(answer, request.max_tokens)
        source = None if error else extract.source(answer.text)
        if source is None and error is None:
            error = "there is no Python code in it; write the whole module in one ```python block"
        return Reply(answer.text, source, answer.usage, self._prompts.label, answer.model, error)

    def _system(self, brief: Brief) -> str:
        tools = stub(brief.tools).strip() if brief.tools else ""
        return self._prompts.plan.render(instructions=brief.instructions.strip(), tools=tools)

    def _messages(self, brief: Brief, attempts: Sequence[Attempt]) -> tuple[Message, ...]:
        first = self._prompts.goal.render(goal=brief.goal.strip(), payload=shape(brief.payload))
        return Message("user", first), *repair.turns(self._prompts.repair, attempts)


def _unusable(answer: Answer, limit: int) -> str | None:
    if answer.stop == "length":
        return f"it was cut off at the limit of {limit} tokens; write a shorter plan"
    if answer.stop == "refusal":
        words = " ".join(answer.text.split())[:200] or "it gave no reason"
        return f"the model refused: {words}"
    return None
