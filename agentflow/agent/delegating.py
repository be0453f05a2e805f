"""How one agent's run hands work to another agent: whether it may, and the goal or run that comes of it.

Ids follow from the step that waits, so beginning is idempotent: whoever begins again, after a crash, finds what is
there. What the parent may do is read from its agent's row, never from what its plan says.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from ..errors import Conflict, NotFound, ToolError
from ..records import Agent, Delegation
from ..store import Write
from . import Agency, rows
from .beginning import Wish, reusable, starts
from .starting import Parent, newest, run_start

DEEPEST = 4
"""Levels of delegation below the run that a person or a schedule started (design, issue 3)."""


@dataclass(frozen=True, slots=True)
class Delegating:
    """Begins what runs delegate; `most` is how many runs and goals one tree may delegate."""

    agency: Agency
    most: int

    async def begin(self, this: Delegation) -> None:
        """Make the goal or the run, once. Raises `ToolError` where that may not be."""
        if await self._exists(this):
            return
        agent, parent = await self._permitted(this), _parent(this)
        try:
            if this.goal is None:
                await self._start_run(this, agent, parent)
            else:
                await self._start_goal(this, agent, parent)
        except Conflict:
            if not await self._exists(this):
                raise

    async def _exists(self, this: Delegation) -> bool:
        store = self.agency.store
        found = [await store.row("goal_by_id", id=this.goal_id), await store.row("run_by_id", id=this.run_id)]
        parents = {row["parent"] for row in found if row is not None}
        if parents - {this.parent.id}:
            raise ToolError(f"{this.run_id} is another run's, or nobody's: delete it, and restart this run")
        return bool(parents)

    async def _permitted(self, this: Delegation) -> Agent:
        """The other agent, if this run may hand it work now."""
        store, parent = self.agency.store, this.parent
        [own] = await store.rows("agent", id=parent.agent)
        if not self.agency.tools.allows(json.loads(own["agents"]), this.agent):
            raise ToolError(
                f"agent {own['name']} may not delegate to {this.agent}: grant it with `agentflow agent create"
                f" {own['name']} --agents {this.agent} --update`"
            )
        row = await store.row("agent_by_name", tenant=parent.tenant, name=this.agent)
        if row is None or row["archived_at"] is not None:
            raise ToolError(f"there is no agent {this.agent}, or it is archived")
        if parent.depth >= DEEPEST:
            raise ToolError(f"runs are delegated at most {DEEPEST} levels deep")
        return rows.agent(row)

    def _still_permitted(self, this: Delegation) -> list[Write]:
        """What must hold in the commit itself: many may be begun at once, and the parent may be gone meanwhile."""
        parent = this.parent
        gone = Conflict(f"run {parent.id} has ended, or was restarted")
        full = ToolError(f"one run and all that it leads to delegate at most {self.most} times (limits.delegations)")
        return [
            Write("open_run", {"id": parent.id, "generation": parent.generation}, gone),
            Write("room_in_tree", {"root": parent.root or parent.id, "most": self.most}, full),
        ]

    async def _start_run(self, this: Delegation, agent: Agent, parent: Parent) -> None:
        agency = self.agency
        try:
            plan = await newest(agency.registry, agent)
        except NotFound as error:
            raise ToolError(str(error)) from None
        payload, by, now = this.payload or {}, this.parent.created_by, agency.clock.now()
        start = run_start(agent, plan, id=this.run_id, payload=payload, by=by, now=now, parent=parent)
        await agency.engine.start([replace(start, writes=[*self._still_permitted(this), *start.writes])])

    async def _start_goal(self, this: Delegation, agent: Agent, parent: Parent) -> None:
        agency, by = self.agency, this.parent.created_by
        wish = Wish(this.goal_id, agent, this.goal or "", this.payload or {}, by, parent=parent)
        reuse = await reusable(agency, wish)
        await agency.engine.start(starts(agency, wish, reuse, self._still_permitted(this)))


def _parent(this: Delegation) -> Parent:
    run = this.parent
    return Parent(run.id, this.step, run.root or run.id, run.depth + 1)
