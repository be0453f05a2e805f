"""Runs moved to another version of their plan: one, or all of a version; what would become of each is shown first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..app.agents import AgentHandle
from ..app.runs import RunHandle
from ..errors import AgentFlowError, UsageError
from ..records.revisions import Migration
from ..roles import permit
from .runs import agent_names
from .shell import form, house, path, seen, show
from .versions import named, number_in


@dataclass(frozen=True, slots=True)
class Move:
    """What is to be moved: a run, or all runs of a version that have not ended."""

    agent: AgentHandle
    before: int
    run: RunHandle | None = None

    @property
    def back(self) -> str:
        """The page that leads here."""
        if self.run is not None:
            return f"/runs/{path(self.run.id)}"
        return f"/agents/{path(self.agent.name)}/plans/{self.before}"

    async def made(self, to: int, *, dry_run: bool) -> Sequence[Migration]:
        if self.run is None:
            return await self.agent.migrate(to, of=self.before, dry_run=dry_run)
        return [await self.run.migrate(to, dry_run=dry_run)]

    async def versions(self) -> list[int]:
        """Where it may go, the newest first."""
        plans = reversed(await self.agent.plans())
        return [one.number for one in plans if one.number != self.before and one.reviewed and one.revoked_at is None]


async def of_run(request: Request) -> Response:
    """A run. GET: `?to=` says what would become of it there. POST: it moves."""
    permit(house(request).principal, "runs.migrate")
    flow = house(request)
    run = await flow.runs.get(request.path_params["run"])
    names = await agent_names(flow)
    return await _answer(request, Move(await flow.agents.get(names[run.record.agent]), run.record.version, run))


async def of_version(request: Request) -> Response:
    """All runs of a version. GET: `?to=` says what would become of each there. POST: those that fit move."""
    permit(house(request).principal, "runs.migrate")
    return await _answer(request, Move(*await named(request)))


async def _answer(request: Request, move: Move) -> Response:
    if request.method != "POST":
        return await _look(request, move, number_in(request, "to"))
    given = (await form(request)).get("to", "")
    try:
        if not (given.isascii() and given.isdecimal() and len(given) < 10):
            raise UsageError("choose the version to move to")
        told = await move.made(int(given), dry_run=False)
    except AgentFlowError as error:
        return await _page(request, move, None, error=error)
    if move.run is not None and told[0].moves:
        return seen(move.back)
    return await _page(request, move, int(given), told, moved=True)


async def _look(request: Request, move: Move, to: int | None) -> Response:
    try:
        return await _page(request, move, to, None if to is None else await move.made(to, dry_run=True))
    except AgentFlowError as error:
        return await _page(request, move, None, error=error)


async def _page(
    request: Request,
    move: Move,
    to: int | None,
    told: Sequence[Migration] | None = None,
    *,
    moved: bool = False,
    error: AgentFlowError | None = None,
) -> Response:
    """The versions to choose from, and what became of each run, or would; those that stay come first."""
    return await show(
        request,
        "move.html",
        move=move,
        name=move.agent.name,
        to=to,
        versions=await move.versions(),
        staying=None if told is None else [one for one in told if not one.moves],
        moving=[one for one in told or () if one.moves],
        moved=moved,
        error=error,
    )


ROUTES = [
    Route("/runs/{run}/move", of_run, methods=["GET", "POST"]),
    Route("/agents/{name}/plans/{number}/move", of_version, methods=["GET", "POST"]),
]
