"""Runs looked back at: their history replayed on the code that they have, or on another, without any effect."""

from __future__ import annotations

from ..agent import rows
from ..dispatch.rewinding import rewinding
from ..dispatch.world import code
from ..errors import Conflict, PlanRefused
from ..records import Run
from ..records.moments import Moment, Replay
from ..registry import digest_of, refusal
from ..sandbox import Code
from ..tools.shipped import SHIPPED
from .house import House


async def replayed(house: House, run: Run, source: str | None, to: str | None) -> Replay:
    """How a run's history replays on a source, checked as a plan of its agent's; without one, on its own code."""
    back = await rewinding(house.world, run.id)
    own = await code(house.world, back.story.run) if source is None else await _code(house, run, source)
    return await back.replay(own, to)


def stood(run: Run, replay: Replay) -> Moment:
    """Where a run stood, as a replay up to there says. Raises `Conflict` where its code has not come so far."""
    if replay.moment is None:
        raise Conflict(
            f"run {run.id} cannot be shown there: its code differs from its history in turn {replay.turns + 1},"
            f" where that has {replay.was} and the code {replay.now}"
        )
    return replay.moment


async def _code(house: House, run: Run, source: str) -> Code:
    [row] = await house.store.rows("agent", id=run.agent)
    agent = rows.agent(row)
    known = house.tools.granted(agent.tools) if house.tools.names() != SHIPPED else None  # nothing of it is called
    compiled = await house.sandbox.compile(source, known)
    if compiled.blob is None or compiled.entry is None:
        raise PlanRefused(refusal(compiled.findings), compiled.findings)
    limits = house.most(agent).guest()
    return Code(agent.id, 0, digest_of(source), compiled.blob, compiled.entry, limits, agent.name)
