"""Asks a model for a plan: goal, tools and earlier findings in, one module's source out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from ..errors import ProviderError
from ..llm import Answer, Message, Models, Request, ignore
from ..records import Attempt, Feedback, Json, ToolSpec, Usage
from ..tools.stubs import stub
from . import extract, repair
from .prompts import load
from .shape import shape

__all__ = ["Brief", "Example", "Planner", "Reply"]


@dataclass(frozen=True, slots=True)
class Example:
    """An earlier plan of the same agent that ran well, and the goal that it was written for."""

    goal: str
    source: str


@dataclass(frozen=True, slots=True)
class Brief:
    """All that a plan is to be written for."""

    agent: str
    instructions: str
    goal: str
    payload: Json
    tools: Sequence[ToolSpec]
    shared: bool = False
    """Whether the model may see the payload's values."""
    examples: Sequence[Example] = ()
    feedback: Sequence[Feedback] = ()
    """What people and runs said to it, and before which answer."""
    source: str = ""
    """The plan that there was before the first answer, where there was one."""

    @property
    def toolset(self) -> str:
        """A digest of the tools as the model sees them."""
        return _digest([asdict(spec) for spec in self.tools])


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one question: either a `source`, or an `error` that says why there is none."""

    text: str
    source: str | None
    usage: Usage
    prompt: str
    model: str
    error: str | None
    tools: str
    """Digest of the tools as the model saw them."""
    cost: float | None
    """US dollars, None where the model has no price."""
    fallback: str | None = None
    """Why the model that was to answer could not, where its fallback did."""


class Planner:
    """Writes plans with the models it is given, from the templates in `prompts` or from those of the package."""

    def __init__(self, models: Models, prompts: str | os.PathLike[str] | None = None) -> None:
        self._models = models
        self._prompts = load(None if prompts is None else Path(prompts))

    def priced(self, model: str) -> bool:
        """Whether it is known what answers of this model cost."""
        return self._models.priced(model)

    def basis(self, model: str, brief: Brief) -> str:
        """A digest of all that a plan is written from, but for examples: where it is the same, the same plan serves."""
        told = [brief.instructions, brief.goal, _payload(brief), brief.shared, brief.toolset]
        return _digest([model, self._prompts.label, *told])

    async def answer(
        self,
        model: str,
        brief: Brief,
        attempts: Sequence[Attempt],
        on_text: Callable[[str], None] = ignore,
        *,
        fallback: str | None = None,
    ) -> Reply:
        """The next answer, given the earlier ones and what the checks said of them.

        The fallback is asked where the model's server is overloaded or silent, and never after a refusal or an error
        that would come again.
        """
        try:
            return await self._asked(model, brief, attempts, on_text)
        except ProviderError as error:
            if fallback is None or not error.retryable:
                raise
            busy = error
        try:
            return replace(await self._asked(fallback, brief, attempts, on_text), fallback=str(busy))
        except ProviderError as error:
            raise ProviderError(f"{busy}; nor did its fallback answer: {error}") from error

    async def _asked(
        self, model: str, brief: Brief, attempts: Sequence[Attempt], on_text: Callable[[str], None]
    ) -> Reply:
        llm, name = self._models.resolve(model)
        request = replace(self.conversation(brief, attempts), model=name)
        answer = await llm.ask(request, on_text)
        error = _unusable(answer, request.max_tokens)
        source = None if error else extract.source(answer.text)
        if source is None and error is None:
            error = "there is no Python code in it; write the whole module in one ```python block"
        cost = self._models.cost(answer.model, model, answer.usage)
        label, tools = self._prompts.label, brief.toolset
        return Reply(answer.text, source, answer.usage, label, answer.model, error, tools, cost)

    def conversation(self, brief: Brief, attempts: Sequence[Attempt]) -> Request:
        """What a model is told, whichever it is: what never changes first, then the goal, then earlier answers."""
        return Request("", self._system(brief), self._messages(brief, attempts))

    def _system(self, brief: Brief) -> str:
        tools = stub(brief.tools).strip() if brief.tools else ""
        return self._prompts.plan.render(instructions=brief.instructions.strip(), tools=tools)

    def _messages(self, brief: Brief, attempts: Sequence[Attempt]) -> tuple[Message, ...]:
        first = self._prompts.goal.render(
            goal=brief.goal.strip(), payload=_payload(brief), shared=brief.shared, examples=brief.examples
        )
        if brief.feedback and brief.feedback[0].before == 1:
            first = f"{first}\n{self._revise(brief, brief.feedback[0])}"
        return Message("user", first), *repair.turns(self._prompts, attempts, brief.feedback)

    def _revise(self, brief: Brief, said: Feedback) -> str:
        return self._prompts.revise.render(source=brief.source.strip(), happened=said.happened, text=said.text)


def _payload(brief: Brief) -> str:
    """What the model sees of the payload."""
    if brief.shared:
        return json.dumps(brief.payload, indent=2, ensure_ascii=False)
    return shape(brief.payload)


def _unusable(answer: Answer, limit: int) -> str | None:
    if answer.stop == "length":
        return f"it was cut off at the limit of {limit} tokens; write a shorter plan"
    if answer.stop == "refusal":
        words = " ".join(answer.text.split())[:200] or "it gave no reason"
        return f"the model refused: {words}"
    return None


def _digest(value: Json) -> str:
    return sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode(errors="surrogatepass")).hexdigest()
