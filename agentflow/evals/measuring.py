"""Measures: a goal goes the way that every goal goes, and what is planned is walked through, case by case."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..app import AgentFlow, GoalHandle
from ..errors import UsageError
from ..llm import Models
from ..records import Attempt, Spent, ToolSpec, Usage, total
from ..records.shown import Listing
from ..settings import EngineSettings, Settings
from ..tools import ToolContext
from ..tools.standing import StandIn
from .asking import Heard, Source
from .playing import given
from .questions import Question
from .replies import Replies
from .scored import Scored
from .scoring import RULES, Judgement, judged
from .task import Task

AT_ONCE = 4
"""Questions that are worked on at the same time."""


async def measure(question: Question, settings: Settings) -> tuple[Scored, Replies]:
    """Ask one question, and judge what was planned."""
    with TemporaryDirectory(prefix="agentflow-") as folder:
        async with _House(Path(folder) / "eval.db", question, settings) as flow:
            goal = await _planned(flow, question)
            judgements = (
                await judgements_on(flow, question.task, (await goal.plan()).source) if goal.record.version else ()
            )
            scored = _scored(question, goal, judgements, flow.heard)
    return scored, Replies(scored.model, scored.task, scored.repeat, scored.prompt, tuple(flow.heard.replies))


async def measure_all(
    questions: Sequence[Question], settings: Settings, done: Callable[[Scored, Replies], None]
) -> list[Scored]:
    """Ask all of them, a few at a time, and say of each when it is done; what came of them, in their order.

    Where one cannot be asked at all, no other is begun, and those that have begun come to their end.
    """
    left = deque(enumerate(questions))
    found: dict[int, Scored] = {}

    async def work() -> None:
        while left:
            number, question = left.popleft()
            try:
                found[number], replies = await measure(question, settings)
            except BaseException:
                left.clear()
                raise
            done(found[number], replies)

    ends = await asyncio.gather(*(work() for _ in range(AT_ONCE)), return_exceptions=True)
    if error := next((end for end in ends if end is not None), None):
        raise error
    return Listing(found[number] for number in range(len(questions)))


async def judgements_on(flow: AgentFlow, task: Task, source: str) -> tuple[Judgement, ...]:
    """How a plan does in each case of a task. Raises `PlanRefused` where the checks find an error."""
    stage = await flow.trials.stage(source, tools=task.specs())
    judgements: list[Judgement] = []
    for case in task.cases:
        try:
            judgements.append(judged(case, await stage.walk(given(case))))
        except UsageError as error:  # a question of another kind than the case has an answer to
            judgements.append(Judgement(case.name, {rule: (str(error),) if rule == "end" else () for rule in RULES}))
    return tuple(judgements)


class _House(AgentFlow):
    """The house of one question: its task's tools, and whoever answers it."""

    def __init__(self, db: Path, question: Question, settings: Settings) -> None:
        settings = settings.model_copy(update={"engine": EngineSettings()})  # it lives in a file, and alone
        super().__init__(db, settings=settings, tools=[StandIn(spec, _nothing) for spec in question.task.specs()])
        self._source: Callable[[Models], Source] = question.source
        self.heard: Heard

    def _models(self) -> Models:
        self.heard = Heard(self._source(super()._models()))
        return self.heard


async def _nothing(spec: ToolSpec, args: Mapping[str, Any], context: ToolContext) -> Any:
    """While a goal is planned, no tool is called."""
    raise AssertionError(f"{spec.name} was called while a goal was planned")


async def _planned(flow: AgentFlow, question: Question) -> GoalHandle:
    task = question.task
    agent = await flow.agents.create(
        task.domain, model=question.model, tools=sorted(task.tools), instructions=task.instructions, review=task.review
    )
    goal = await agent.submit(task.goal, task.cases[0].payload, plan_only=True)
    async for _ in goal.watch():
        continue
    return goal


def _scored(question: Question, goal: GoalHandle, judgements: tuple[Judgement, ...], heard: Heard) -> Scored:
    attempts, replies = goal.attempts, heard.replies
    took = total(Spent(**asdict(reply.answer.usage), cost=reply.cost) for reply in replies)
    return Scored(
        question.model,
        question.task.id,
        question.repeat,
        heard.prompt or (attempts[-1].prompt if attempts else None),
        len(attempts),
        goal.status,
        goal.record.reason,
        tuple(map(_codes, attempts)),
        judgements,
        Usage(took.input, took.output, took.cached, took.written),
        took.cost,
        sum(reply.seconds for reply in replies),
        heard.stale,
    )


def _codes(attempt: Attempt) -> tuple[str, ...]:
    return tuple(sorted({finding.code for finding in attempt.findings if finding.severity == "error"}))
