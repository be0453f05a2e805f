"""Goals: watched while they are planned, reviewed, and what they lead to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from ..agent import rows, settled
from ..agent.answering import answer
from ..agent.feedback import changes
from ..agent.leading import Leading
from ..agent.starting import in_use
from ..approvals.policy import unfit
from ..engine import Item
from ..errors import AgentFlowError, Conflict, NotFound, PlanRefused, ProviderError, Refused, StillWaiting, UsageError
from ..records import Agent, Attempt, Goal, GoalStatus, PlanVersion
from ..records.shown import Several
from ..registry import Stored
from ..store import Write
from . import names
from .editing import edited
from .house import House
from .looking import Handle
from .pages import Moment as When
from .pages import Page, Window
from .runs import RunHandle, Runs
from .verbs import verb
from .watching import watched


class GoalHandle(Handle):
    """One goal and what can be done with it. `record` is as it was last read; `refresh` reads it again."""

    def __init__(self, house: House, record: Goal) -> None:
        self._house = house
        self.record = record

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def status(self) -> GoalStatus:
        return self.record.status

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The model's answers so far, each with its source and findings."""
        return Several(self.record.attempts)

    @verb("goals.get")
    async def refresh(self) -> Goal:
        """Read the goal again."""
        self.record = (await Goals(self._house).get(self.id)).record
        return self.record

    @verb("goals.get")
    @watched
    async def watch(self) -> AsyncIterator[Goal]:
        """The goal now and after every change, until it is no longer being planned."""
        last = None
        async with aclosing(self._house.news.about(self.id)) as news:
            async for _ in news:
                now = await self.refresh()
                if now != last:
                    last = now
                    yield now
                if now.status != "planning":
                    return

    @verb("goals.get")
    async def plan(self) -> PlanVersion:
        """Wait for the accepted plan. Raises `PlanRefused` with the last findings, or what made planning fail."""
        async for _ in self.watch():
            continue
        return (await self._house.registry.stored(self.record.agent, planned(self.record))).plan

    @verb("goals.get")
    async def run(self) -> RunHandle:
        """Wait for the run that the goal leads to. Raises `StillWaiting` where a person must approve the plan first."""
        await self.plan()
        return await Runs(self._house).get(led(self.record))

    @verb("goals.approve")
    async def approve(self) -> RunHandle:
        """Start a planned or reviewed goal's plan."""
        house, goal = self._house, await self.refresh()
        if goal.status not in ("planned", "review"):  # planned anew, it has the version that is to be changed
            raise Conflict(f"goal {goal.id} is {goal.status}: only a planned or reviewed goal can be approved")
        agent = await house.agent_of(goal.agent)
        in_use(agent)
        if why := unfit(agent.approvals, house.principal.name, goal.created_by):
            raise Refused(f"{house.principal.name} may not approve goal {goal.id}: {why}")
        assert goal.version is not None
        version = await house.registry.stored(goal.agent, goal.version)
        if version.plan.revoked_at is not None:
            raise Conflict(
                f"{agent.name}@{goal.version}, the plan of goal {goal.id}, is revoked: have it changed, or reject it"
            )
        if agent.approvals.no_self and version.plan.author == house.principal.name:
            raise Refused(f"{version.plan.author} may not approve goal {goal.id}: having written its plan themselves")
        run = await self._started(goal, agent, version)
        await self.refresh()
        return await Runs(house).get(run)

    async def _started(self, goal: Goal, agent: Agent, version: Stored) -> str:
        """Have the goal's plan run, by a run of its own or the one that it follows on; that run's id."""
        house, now, by = self._house, self._house.clock.now(), self._house.principal.name
        raced = Conflict(f"goal {goal.id} has just been decided: look at it with `agentflow goal show {goal.id}`")
        still = Write("reviewable_goal", {"id": goal.id}, raced)
        reviewed = Write("review_plan", {"agent": goal.agent, "number": goal.version, "by": by})
        noted = house.noted("goals.approve", goal.id, version=goal.version, sha256=version.plan.sha256)
        leading = Leading(house.engine, house.taking_over, goal, agent, version, by, now)
        return await leading.begin([still, reviewed, noted])

    @verb("goals.reject")
    async def reject(self, comment: str | None = None) -> Goal:
        """Refuse the plan of a goal that waits for a review."""
        self._house.no_secret("the comment", comment)
        goal = await self.refresh()
        if goal.status not in ("planned", "review"):
            raise Conflict(f"goal {goal.id} is {goal.status}: only a planned or reviewed goal can be rejected")
        why = f"rejected by {self._house.principal.name}" + (f": {comment}" if comment else "")
        now = self._house.clock.now()
        noted = self._house.noted("goals.reject", goal.id, version=goal.version, comment=comment)
        await self._settle([settled(goal.id, "refused", now, reason=why), noted], answer(goal, "refused", why, now))
        return await self.refresh()

    @verb("goals.ask_changes")
    async def ask_changes(self, comment: str) -> Goal:
        """Have the plan of a planned or reviewed goal changed: the model is asked again, and told this.

        What it answers is checked, and waits for the same review. It may be asked as often as for a new goal; tokens
        and money count over all of the goal's answers.
        """
        house, goal = self._house, await self.refresh()
        house.no_secret("the comment", comment)
        if not comment.strip():
            raise UsageError("the comment is empty: say what is to be changed")
        if goal.status not in ("planned", "review"):
            raise Conflict(f"goal {goal.id} is {goal.status}: changes are asked for while it is planned or in review")
        now = house.clock.now()
        noted = house.noted("goals.ask_changes", goal.id, version=goal.version, comment=comment)
        writes = [changes(goal, comment.strip(), house.principal.name, now), noted]
        await house.engine.post(goal.id, Item("changes", "", None, now), writes)
        return await self.refresh()

    @verb("plans.register")
    async def edit(self, source: str) -> Goal:
        """Put a plan that somebody has edited in the place of the one that waits to be approved.

        It is checked like every plan, is a version of its own, and waits as the one before did. Raises `PlanRefused`
        with the findings that must be mended.
        """
        house, goal = self._house, await self.refresh()
        house.no_secret("the plan", names.source(source))
        if goal.status not in ("planned", "review"):
            raise Conflict(f"goal {goal.id} is {goal.status}: its plan can be edited while it is planned or in review")
        await house.store.write(await edited(house, goal, source))
        return await self.refresh()

    @verb("goals.cancel")
    async def cancel(self) -> Goal:
        """Give it up; an answer that is being written is not waited for."""
        goal, now = await self.refresh(), self._house.clock.now()
        by = f"cancelled by {self._house.principal.name}"
        writes = [settled(goal.id, "cancelled", now, reason=by), self._house.noted("goals.cancel", goal.id)]
        await self._house.engine.post(goal.id, Item("cancel", "", None, now), writes)
        await self._settle([], answer(goal, "cancelled", by, now))
        return await self.refresh()

    async def _settle(self, writes: Sequence[Write], answered: tuple[str, Item] | None) -> None:
        """Store how the goal ended, and tell the run that delegated it, if one did."""
        if answered:
            await self._house.engine.post(*answered, writes)
        elif writes:
            await self._house.store.write(writes)


class Goals:
    """The goals of one tenant."""

    def __init__(self, house: House) -> None:
        self._house = house

    @verb("goals.get")
    async def get(self, id: str) -> GoalHandle:
        """The goal with this id. Raises `NotFound`."""
        row = await self._house.store.row("goal", tenant=self._house.principal.tenant, id=id)
        if row is None:
            raise NotFound(f"there is no goal {id}: `agentflow goal list` names them")
        return GoalHandle(self._house, await rows.goal(self._house.store, row))

    @verb("goals.list")
    async def list(
        self,
        *,
        agent: str | None = None,
        status: GoalStatus | None = None,
        since: When | None = None,
        until: When | None = None,
        text: str | None = None,
        most: int = 100,
        cursor: str | None = None,
    ) -> Page[Goal]:
        """Goals, the newest first; of one agent, of one status, made since and before a moment, with a text in their
        id, words, payload or reason. The page's `next` is the `cursor` of the one after it."""
        names.one_of("status", status, GoalStatus)
        house, window = self._house, Window(since, until, text, most, cursor)
        of = (await house.agent(agent)).id if agent else None
        query = "goals_of_agent" if of else "goals_with_status" if status else "goals"
        found = await window.rows(house.store, query, tenant=house.principal.tenant, agent=of, status=status)
        return Page(await rows.goals(house.store, found), found.next)


def planned(goal: Goal) -> int:
    """The version that was accepted for a goal. Raises what kept it from being planned."""
    if goal.status == "planning":  # anew, perhaps: what was accepted before is kept, and is what is to be changed
        raise Conflict(f"goal {goal.id} is planning: it has no plan yet")
    if goal.version is None:
        raise _no_plan(goal)
    return goal.version


def led(goal: Goal) -> str:
    """The run that a goal led to. Raises what kept it from running, `StillWaiting` where that is a person."""
    planned(goal)
    if goal.status in ("refused", "cancelled"):
        raise _no_plan(goal)
    if goal.run is None:
        raise StillWaiting(f"goal {goal.id} is {goal.status}: approve its plan with `agentflow goal approve {goal.id}`")
    return goal.run


def _no_plan(goal: Goal) -> AgentFlowError:
    reason = f"goal {goal.id} is {goal.status}: {goal.reason}"
    if goal.status == "refused":
        return PlanRefused(reason, goal.attempts[-1].findings if goal.attempts else ())
    return ProviderError(reason) if goal.status == "failed" else Conflict(reason)
