"""Who answers in a measurement: the model itself, its stored replies, or whoever writes answers into a folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from ..errors import ProviderError
from ..llm import LLM, Answer, Models, Request, ignore, plain
from ..records import Usage
from .replies import Replies, Reply, digest

FOLDER = "replies:"
"""Before the path of a folder: answers that people or programs have written into it."""


class Source(Protocol):
    """Where answers to one task come from."""

    @property
    def prompt(self) -> str | None:
        """The prompts that they were written for; None for those of now."""

    async def reply(self, model: str, request: Request, on_text: Callable[[str], None]) -> tuple[Reply, bool]:
        """The next answer, and whether it was written for another conversation. Raises `ProviderError`."""

    def ready(self, model: str) -> None:
        """Raise `ProviderError` where it is known already that nobody can be asked."""

    async def close(self) -> None:
        """Give back what it holds."""


class Asked:
    """The model itself."""

    prompt = None

    def __init__(self, models: Models) -> None:
        self._models = models

    async def reply(self, model: str, request: Request, on_text: Callable[[str], None]) -> tuple[Reply, bool]:
        llm, request_model = self._models.resolve(model)
        began = time.monotonic()
        answer = await llm.ask(replace(request, model=request_model), on_text)
        cost = self._models.cost(answer.model, model, answer.usage)
        return Reply(digest(request), answer, cost, time.monotonic() - began), False

    def ready(self, model: str) -> None:
        self._models.ready(model)

    async def close(self) -> None:
        await self._models.close()


class Recalled:
    """What a model answered when it was asked."""

    def __init__(self, kept: Replies) -> None:
        self.prompt = kept.prompt
        self._kept = kept

    async def reply(self, model: str, request: Request, on_text: Callable[[str], None]) -> tuple[Reply, bool]:
        number, kept = _number(request), self._kept
        if number > len(kept.replies):
            raise ProviderError(f"there is no stored reply {number} of {kept.model} to {kept.task}")
        reply = kept.replies[number - 1]
        return reply, reply.conversation != digest(request)

    def ready(self, model: str) -> None:
        """It has answered."""

    async def close(self) -> None:
        """There is nothing to give back."""


class Written:
    """A folder into which questions are written, and answers by whoever has one: `ID.md` and `ID.reply.md`, for the
    second question to the same task `ID.2.md` and `ID.2.reply.md`. In `PROMPT` stands of which prompts they are."""

    def __init__(self, folder: Path, task: str, label: str) -> None:
        self._folder = folder
        self._task = task
        self._label = label
        self._known = folder / "PROMPT"

    @property
    def prompt(self) -> str | None:
        return self._known.read_text("utf-8").strip() if self._known.is_file() else None

    async def reply(self, model: str, request: Request, on_text: Callable[[str], None]) -> tuple[Reply, bool]:
        number = _number(request)
        name = self._task if number == 1 else f"{self._task}.{number}"
        question, answer = (self._folder / f"{name}{end}" for end in (".md", ".reply.md"))
        told = plain(request)
        if not answer.is_file():
            self._write(question, told, is_first=number == 1)
            raise ProviderError(f"nobody has answered {question} yet; the answer goes into {answer.name} beside it")
        said = Answer(answer.read_text("utf-8"), Usage(), "end", None, f"{FOLDER}{self._folder.resolve().name}")
        is_other = question.is_file() and question.read_text("utf-8") != told
        return Reply(digest(request), said, None, 0.0), is_other

    def _write(self, question: Path, told: str, *, is_first: bool) -> None:
        question.parent.mkdir(parents=True, exist_ok=True)
        question.write_text(told, "utf-8")
        if is_first:
            self._known.write_text(f"{self._label}\n", "utf-8")

    def ready(self, model: str) -> None:
        """Whoever answers does so in their own time."""

    async def close(self) -> None:
        """There is nothing to give back."""


class Heard(Models):
    """The models of one goal: whichever is named, a source answers, and what it says is kept."""

    def __init__(self, source: Source) -> None:
        super().__init__({})
        self.replies: list[Reply] = []
        self.stale = 0
        """Answers that were written for another conversation."""
        self._source = source

    @property
    def prompt(self) -> str | None:
        """The prompts that the answers were written for; None for those of now."""
        return self._source.prompt

    def resolve(self, model: str) -> tuple[LLM, str]:
        return _Ear(self, self._source), model

    def ready(self, model: str) -> None:
        self._source.ready(model)

    def cost(self, answered: str, asked: str, usage: Usage) -> float | None:
        """Of the answer that came last."""
        return self.replies[-1].cost

    async def close(self) -> None:
        await self._source.close()

    def keep(self, reply: Reply, *, is_other: bool) -> Answer:
        """Note an answer."""
        self.replies.append(reply)
        self.stale += is_other
        return reply.answer


class _Ear:
    """A model that is listened to."""

    name = "heard"

    def __init__(self, heard: Heard, source: Source) -> None:
        self._heard = heard
        self._source = source

    async def ask(self, request: Request, on_text: Callable[[str], None] = ignore) -> Answer:
        reply, is_other = await self._source.reply(request.model, request, on_text)
        return self._heard.keep(reply, is_other=is_other)

    async def close(self) -> None:
        """The models close their source."""


def _number(request: Request) -> int:
    """Which answer to the task this is to be, from 1."""
    return 1 + sum(message.role == "assistant" for message in request.messages)
