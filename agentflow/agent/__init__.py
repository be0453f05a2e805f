"""The front half of the way: a goal becomes a plan, a plan becomes a version, a version becomes a run.

One sentence, which `Pursuit.work` is: ask the model, store its answer, check it, and either hand the findings back and
ask again, or register the plan and start what it is for. A stored answer is never asked for again.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field, replace

from ..engine import Engine, Step
from ..engine.clock import Clock
from ..errors import AgentFlowError, Conflict, Overtaken
from ..notices import Channel, reviewed
from ..planner import Brief, Planner
from ..records import Agent, Attempt, Compiled, Finding, Goal, GoalStatus, Json, Review, ToolSpec
from ..records.revisions import Outlook
from ..redaction import Redactor, values
from ..registry import LATER, Origin, Registry, Stored, plan
from ..sandbox import Sandbox
from ..settings import Planning
from ..store import Store, Write
from ..tools import Toolbox
from ..trial.report import Trial, findings
from . import rows
from .answering import answer
from .briefing import brief, examples
from .course import Ask, End, course
from .feedback import since, unchanged
from .leading import Leading
from .progress import Drafts, Progress
from .revising import TakingOver, done_again, failed, foreseen
from .settling import settled
from .starting import run_start, startable

__all__ = ["Agency", "Pursuer", "needs_review", "run_start", "settled", "startable"]


Trier = Callable[[str, Compiled, Agent, Json], Awaitable[Trial | None]]
"""Tries a plan out that the checks have let pass, with the payload of its goal; None where that cannot be done now."""


@dataclass(frozen=True, slots=True)
class Agency:
    """What a goal is pursued with. Made once, by the app."""

    store: Store
    engine: Engine
    registry: Registry
    sandbox: Sandbox
    planner: Planner
    tools: Toolbox
    clock: Clock
    redact: Redactor
    planning: Planning
    """The budget of goals whose agent has none of its own."""
    trier: Trier
    notify: Sequence[Channel] = ()
    """The ways on which people are told that a plan waits for their review."""
    drafts: Drafts = field(default_factory=Drafts)
    """What models are writing for this process at this moment."""


@dataclass(frozen=True, slots=True)
class _Checked:
    """What the checks say of an answer, and what would become of the run that the goal follows on."""

    compiled: Compiled
    outlook: Outlook | None = None


class Pursuer:
    """The handler of goals."""

    def __init__(self, agency: Agency, taking_over: TakingOver) -> None:
        self._agency = agency
        self._taking_over = taking_over

    async def __call__(self, id: str, step: Step) -> None:
        store = self._agency.store
        row = await store.row("goal_by_id", id=id)
        if row is None:
            await step.finish([])
            return
        if row["status"] != "planning":
            again = Conflict(f"goal {id} has just been sent back to its model")
            await step.finish([Write("settled_goal", {"id": id}, again)])
            return
        goal = await rows.goal(store, row)
        [owner] = await store.rows("agent", id=goal.agent)
        await Pursuit(self._agency, self._taking_over, goal, rows.agent(owner), step).work()


class Pursuit:
    """One goal, from its first answer to the plan that is accepted or refused."""

    def __init__(self, agency: Agency, taking_over: TakingOver, goal: Goal, agent: Agent, step: Step) -> None:
        self._agency = agency
        self._taking_over = taking_over
        self._goal = goal
        self._agent = agent
        self._step = step
        self._tools = agency.tools.granted(agent.tools)
        self._attempts = list(goal.attempts)
        self._since = since(goal)

    async def work(self) -> None:
        """Until a plan is accepted, or none is left to hope for."""
        number = self._since
        while True:
            number += 1
            if await self._is_held() or await self._is_archived():
                return
            if number > len(self._attempts) and not await self._go_on(number):
                return
            try:
                checked = await self._check(self._attempts[number - 1])
                if checked is not None and checked.compiled.blob is not None:
                    await self._accept(self._attempts[number - 1], checked)
                    return
            except Overtaken as overtaken:
                await self._settle("failed", str(overtaken))
                return

    async def _is_held(self) -> bool:
        """Whether the tenant is suspended: then no model is asked, until it is resumed."""
        if await self._agency.store.row("active_tenant", name=self._goal.tenant) is not None:
            return False
        said = {"id": self._goal.id, "progress": f"the tenant {self._goal.tenant} is suspended"}
        await self._step.park([Write("goal_progress", said)])
        return True

    async def _is_archived(self) -> bool:
        """Read the agent again: what people changed meanwhile counts. An archived one pursues nothing."""
        [row] = await self._agency.store.rows("agent", id=self._goal.agent)
        self._agent = rows.agent(row)
        self._tools = self._agency.tools.granted(self._agent.tools)
        if self._agent.archived_at is None:
            return False
        await self._settle("failed", f"agent {self._agent.name} was archived")
        return True

    # one answer

    async def _go_on(self, number: int) -> bool:
        """Have the next answer stored; False where the goal came to its end instead."""
        agency = self._agency
        then = course(self._agent, self._attempts, agency.planning, agency.planner.priced, self._since)
        if isinstance(then, End):
            await self._settle(then.status, then.reason)
            return False
        return await self._ask(number, then)

    async def _ask(self, number: int, whom: Ask) -> bool:
        while True:
            document = await self._asked(number, whom)
            if document is None:
                await self._step.finish([])  # whoever cancelled it has settled it
                return False
            if "error" in document:
                await self._settle("failed", document["error"]["message"])
                return False
            if "ok" in document:
                await self._step.commit([rows.answered(self._goal, number, document["ok"])])
                self._attempts = list((await self._reloaded()).attempts)
                return True

    async def _asked(self, number: int, whom: Ask) -> Json:
        """The outcome of asking once: an answer, an error, an interruption; None when the goal was cancelled."""
        await self._step.commit([])  # what was taken is taken, before we look at what has begun
        begun = await self._agency.store.rows("attempts", id=self._goal.id, generation=self._step.generation)
        open_key = next((row["key"] for row in begun if row["ended_at"] is None), None)
        key = open_key or f"answer {number}.{len(begun) + 1}"
        self._step.do(key, self._question(number, whom, await self._told()))
        await self._step.commit([])
        while True:
            item = await self._step.next()
            if item.kind == "cancel":
                return None
            if item.kind == "outcome" and item.key == key:
                return item.body

    async def _told(self) -> Brief:
        """All that the model is told, but for its earlier answers."""
        goal, agent = self._goal, self._agent
        good = await examples(self._agency.store, goal)
        told = brief(agent, self._tools, goal=goal.text, payload=goal.payload, shared=goal.share_payload, examples=good)
        return replace(told, feedback=goal.feedback, source=await self._source())

    async def _source(self) -> str:
        """The plan that there was before the first answer, where it is to be changed."""
        first = self._goal.feedback[0] if self._goal.feedback else None
        if first is None or first.before > 1 or first.version is None:
            return ""
        return (await self._agency.registry.stored(self._goal.agent, first.version)).plan.source

    def _question(self, number: int, whom: Ask, told: Brief) -> Callable[[], Awaitable[Json]]:
        goal, agent, clock = self._goal, self._agent, self._agency.clock
        earlier, planner = tuple(self._attempts), self._agency.planner
        basis = planner.basis(agent.model, told)
        progress = Progress(self._agency.store, clock, goal.id, number, self._agency.redact)

        async def ask() -> Json:
            started_at = clock.now()
            try:
                with self._agency.drafts.written(goal.id, progress):
                    reply = await planner.answer(whom.model, told, earlier, progress.heard, fallback=whom.fallback)
            except AgentFlowError as error:
                return {"error": {"type": type(error).__name__, "message": self._agency.redact.text(str(error))}}
            return {"ok": self._agency.redact(rows.asked(reply, basis, started_at, clock.now()))}

        return ask

    async def _check(self, attempt: Attempt) -> _Checked | None:
        """Check an answer in a throw-away guest and store what was found; None where it holds no source, or was
        refused when it was checked before."""
        if any(finding.severity == "error" for finding in attempt.findings):
            return None
        if attempt.source is None:
            missing = Finding(
                "AF000", "error", 0, 0, attempt.error or "the answer holds no plan", "Answer with one plan."
            )
            await self._found(attempt, (missing,), None)
            return None
        compiled = await self._agency.sandbox.compile(attempt.source, self._tools)
        if same := unchanged(self._goal, self._attempts[: attempt.number], await self._source()):
            compiled = _refused(compiled, same)
        trial = await self._tried(attempt.source, compiled)
        if trial is not None and (shown := (*findings(trial, self._hidden(attempt.source)),)):
            compiled = replace(compiled, findings=(*compiled.findings, *shown), blob=None)
        checked = await self._followed(attempt, compiled)
        await self._found(attempt, checked.compiled.findings, trial)
        return checked

    async def _followed(self, attempt: Attempt, compiled: Compiled) -> _Checked:
        """The same, but refused where it follows on a run and would do again what that has done."""
        if self._goal.revises is None or compiled.blob is None:
            return _Checked(compiled)
        version, _ = await self._version(attempt, compiled, reviewed=True)
        outlook = await self._taking_over.outlook(self._goal.revises, version, failed(self._goal))
        again = done_again(outlook, compiled.graph)
        return _Checked(compiled if again is None else _refused(compiled, again), outlook)

    def _hidden(self, source: str) -> Sequence[str]:
        """What the model is not to see of the payload: an error's message may tell it."""
        return [] if self._goal.share_payload else [one for one in values(self._goal.payload) if one not in source]

    async def _tried(self, source: str, compiled: Compiled) -> Trial | None:
        """What a trial shows of a plan that may be registered."""
        if compiled.blob is None:
            return None
        return await self._agency.trier(source, compiled, self._agent, self._goal.payload)

    async def _found(self, attempt: Attempt, found: tuple[Finding, ...], trial: Trial | None) -> None:
        shown = self._agency.redact(trial.summary()) if trial else None
        texts = {"findings": json.dumps([asdict(finding) for finding in found]), "trial": json.dumps(shown)}
        await self._step.commit([Write("find_goal_attempt", {**self._at(attempt), **texts})])
        self._attempts[attempt.number - 1] = replace(attempt, findings=found, trial=shown)

    def _at(self, attempt: Attempt) -> dict[str, Json]:
        return {"goal": self._goal.id, "number": attempt.number}

    # what comes of it

    async def _accept(self, attempt: Attempt, checked: _Checked) -> None:
        """Register the plan and, in the same commit, say what comes next."""
        if await self._is_archived():
            return
        goal, compiled, now = self._goal, checked.compiled, self._agency.clock.now()
        review = needs_review(self._agent.review, compiled.tools, self._tools)
        version, write = await self._version(attempt, compiled, reviewed=not review)
        registered = [write, *([] if goal.revises else [Write("goal_basis", {"id": goal.id, "basis": attempt.basis})])]
        if review or goal.plan_only:
            status: GoalStatus = "review" if review else "planned"
            reason = foreseen(checked.outlook) if checked.outlook else None
            then = settled(goal.id, status, now, version=version.plan.number, reason=reason)
            told = reviewed(goal.id, goal.tenant, self._agency.notify, now) if review else ()
            await self._step.finish([*registered, then, *told])
            return
        await self._start(version, registered, now)

    async def _version(self, attempt: Attempt, compiled: Compiled, *, reviewed: bool) -> tuple[Stored, Write]:
        """An accepted answer as the version that it is going to be, and what stores it."""
        agency, goal = self._agency, self._goal
        origin = Origin(f"model:{attempt.model}", attempt.prompt, goal.id, reviewed=reviewed)
        _, write = await agency.registry.draft(goal.agent, attempt.source or "", compiled, origin, agency.clock.now())
        version = plan({**write.params, **dict.fromkeys(LATER)})
        return Stored(version, compiled.blob or b""), write

    async def _start(self, version: Stored, registered: Sequence[Write], now: float) -> None:
        agency, goal = self._agency, self._goal
        leading = Leading(agency.engine, self._taking_over, goal, self._agent, version, goal.created_by, now)
        await leading.begin(registered)
        await self._step.finish([])

    async def _settle(self, status: GoalStatus, reason: str) -> None:
        now = self._agency.clock.now()
        if answered := answer(self._goal, status, reason, now):
            self._step.post(*answered)
        await self._step.finish([settled(self._goal.id, status, now, reason=reason)])

    async def _reloaded(self) -> Goal:
        [row] = await self._agency.store.rows("goal_by_id", id=self._goal.id)
        return await rows.goal(self._agency.store, row)


def _refused(compiled: Compiled, finding: Finding) -> Compiled:
    """What was compiled, as what cannot be accepted all the same."""
    return Compiled((finding, *compiled.findings), None, None)


def needs_review(review: Review, called: Sequence[str], tools: Sequence[ToolSpec]) -> bool:
    """Whether a person must look at a plan before its first run: always, never, or where it calls a high-risk tool."""
    risky = {spec.name for spec in tools if spec.risk == "high"}
    return review == "always" or (review == "risky" and bool(risky.intersection(called)))
