"""Which questions a measurement asks, and who answers each: every model, every task, every repeat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..errors import UsageError
from ..llm import Models
from ..planner.prompts import load
from ..settings import ProviderSettings, Settings
from .asking import FOLDER, Asked, Recalled, Source, Written
from .replies import Replies, stored
from .task import Task

_EXEC = "exec:"


@dataclass(frozen=True, slots=True)
class Question:
    """A task that a model is given, for the which time, and where the answers come from."""

    task: Task
    model: str
    repeat: int
    source: Callable[[Models], Source]
    """Made of the models of an open house."""


def asked(tasks: Sequence[Task], models: Sequence[str], repeats: int) -> list[Question]:
    """Of models, each as often as that, and of folders with answers (`replies:FOLDER`)."""
    if repeats < 1:
        raise UsageError(f"--repeats cannot be {repeats}: it is a number from 1")
    if repeats > 1 and any(model.startswith(FOLDER) for model in models):
        raise UsageError(f"{FOLDER}FOLDER has one answer to each question: leave --repeats out")
    numbers, label = range(1, repeats + 1), load().label
    return [_question(task, model, repeat, label) for model in models for task in tasks for repeat in numbers]


def recalled(tasks: Sequence[Task], folder: Path, models: Sequence[str] = ()) -> list[Question]:
    """Of what is stored in a folder; of these models, if some are named."""
    known = {task.id: task for task in tasks}
    kept = [one for one in stored(folder, models) if one.task in known]
    if not kept:
        raise UsageError(f"{folder} has no replies to these tasks; name others, or store some with --store")
    return [Question(known[one.task], one.model, one.repeat, partial(_recalled, one)) for one in kept]


def allowing(settings: Settings, models: Sequence[str]) -> Settings:
    """Settings in which the commands that were typed as models may be run. Nothing else is taken over than how models
    are reached: limits and budgets of a folder would make another measurement there."""
    commands = [model.removeprefix(_EXEC) for model in models if model.startswith(_EXEC)]
    own = settings.models.get("exec") or ProviderSettings()
    listed = own.model_copy(update={"commands": [*own.commands, *commands]})
    return Settings(models={**settings.models, "exec": listed}, folder=settings.folder)


def _question(task: Task, model: str, repeat: int, label: str) -> Question:
    if not model.startswith(FOLDER):
        return Question(task, model, repeat, Asked)
    named = model.removeprefix(FOLDER)
    folder = Path(named)
    if not named or not folder.is_dir():
        raise UsageError(f"{model}: there is no such folder; `agentflow eval --prompts FOLDER` makes one")
    return Question(task, f"{FOLDER}{folder.resolve().name}", repeat, partial(_written, folder, task.id, label))


def _recalled(kept: Replies, _: Models) -> Source:
    return Recalled(kept)


def _written(folder: Path, task: str, label: str, _: Models) -> Source:
    return Written(folder, task, label)
