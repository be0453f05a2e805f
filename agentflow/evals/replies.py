"""Answers that are kept, as JSON files by model, task and repeat: a measurement is made again without a model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..errors import NotFound
from ..llm import Answer, Request
from ..records import Usage
from . import kept

ABOUT = "ABOUT.md"
"""Beside the replies of a model: who wrote them, and how."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, and what it was an answer to."""

    conversation: str
    """Digest of the conversation."""
    answer: Answer
    cost: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Replies:
    """The answers of one model to one task, from the first to the accepted one or the last that was asked for."""

    model: str
    task: str
    repeat: int
    prompt: str | None
    replies: tuple[Reply, ...]


def digest(request: Request) -> str:
    """Of a conversation: it changes with the prompts, the task and the checks' findings."""
    said = [request.system, *([message.role, message.text] for message in request.messages)]
    return sha256(json.dumps(said).encode()).hexdigest()[:16]


def write(folder: Path, replies: Replies) -> None:
    """Store them under their model's and task's names."""
    file = folder / _safe(replies.model) / f"{replies.task}.{replies.repeat}.json"
    document = {
        "model": replies.model,
        "task": replies.task,
        "repeat": replies.repeat,
        "prompt": replies.prompt,
        "replies": [_document(reply) for reply in replies.replies],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")


def stored(folder: Path, models: Sequence[str] = ()) -> list[Replies]:
    """All that are kept in a folder; only those of these models, where some are named."""
    if not folder.is_dir():
        raise NotFound(f"there is no folder {folder} of replies: make one with `agentflow eval --store {folder}`")
    found = [*_read(folder)]
    if missing := [model for model in models if model not in {one.model for one in found}]:
        known = ", ".join(sorted({one.model for one in found})) or "none"
        raise NotFound(f"{folder} has no replies of {missing[0]}; it has those of {known}")
    return [one for one in found if not models or one.model in models]


def abouts(folder: Path) -> dict[str, str]:
    """By model, how its replies were made: `ABOUT.md` beside them, where there is one."""
    found: dict[str, str] = {}
    for file in sorted(folder.glob(f"*/{ABOUT}")):
        if beside := next(file.parent.glob("*/*.json"), None):
            found[kept.read(beside).model] = file.read_text("utf-8")
    return found


def _read(folder: Path) -> Iterator[Replies]:
    for file in sorted(folder.glob("*/*/*.json")):
        found = kept.read(file)
        yield Replies(found.model, found.task, found.repeat, found.prompt, tuple(map(_reply, found.replies)))


def _document(reply: Reply) -> dict[str, Any]:
    answer = reply.answer
    return {
        "conversation": reply.conversation,
        "answered_by": answer.model,
        "stop": answer.stop,
        "usage": asdict(answer.usage) if answer.usage != Usage() else None,
        "cost": reply.cost,
        "seconds": round(reply.seconds, 3),
        "text": answer.text,
    }


def _reply(said: kept.Said) -> Reply:
    usage = Usage(**said.usage.model_dump()) if said.usage else Usage()
    return Reply(
        said.conversation, Answer(said.text, usage, said.stop, None, said.answered_by), said.cost, said.seconds
    )


def _safe(model: str) -> str:
    """A model's name as that of a folder; what it lost is told by a digest."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", model).strip("-.")[:60]
    return f"{name}-{sha256(model.encode()).hexdigest()[:6]}"
