"""What only the plan can say of a step: what undoes it, how long to wait. Worked out beside the run, as bodies are.

The functions given as `rollback=` and `retries.delay` run in a second activation, replayed to the turn that started the
step, so that they see what the step's function would see, and change nothing. Their values are outcomes, and stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..errors import GuestDied, GuestError, ToolError
from ..records import Json, Run
from ..sandbox import End
from .attempts import BodyFailed, told
from .facts import call_facts
from .retries import LONGEST
from .world import Held, World, code, granted, opening

What = Literal["rollback", "delay"]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Which function of which step, with what it is given: a result, or an attempt's number and error."""

    run: Run
    key: str
    what: What
    given: dict[str, Json]
    deliveries: Sequence[dict[str, Json]]
    """What the run had been delivered when the step was started."""


async def evaluate(world: World, this: Evaluation) -> Json:
    """The outcome of an evaluation. Never raises: an error is a value."""
    try:
        value = await _evaluated(world, this)
        return {"ok": await _checked(world, this, value)}
    except Held:
        return {"interrupted": True}  # the run may not go on: it is worked out anew once it may
    except Exception as error:  # noqa: BLE001  # whatever the plan's function does is a value here
        return {"error": {**told(world, error), "final": True, "fault": "plan"}}


async def _evaluated(world: World, this: Evaluation) -> Json:
    end = None
    while end is None:
        try:
            end = await _end(world, this)
        except GuestDied as death:
            if death.own:
                raise
    if end.error:
        raise BodyFailed(end.error, "plan")
    return end.result


async def _end(world: World, this: Evaluation) -> End:
    activation = await world.sandbox.open(await code(world, this.run), await opening(world, this.run))
    try:
        await activation.turns(this.deliveries)
        return await activation.evaluate(this.key, this.what, world.clock.now(), this.given)
    finally:
        await activation.close()


async def _checked(world: World, this: Evaluation, value: Json) -> Json:
    if this.what == "delay":
        if type(value) not in (int, float) or not 0 <= value <= LONGEST:
            raise GuestError(f"a delay is a number of seconds up to {LONGEST:g}, not {value!r:.40}")
        return value
    if value is None:
        return {"call": None, "facts": {}}
    try:
        return {"call": value, "facts": await call_facts(world, await granted(world, this.run), value)}
    except ToolError as error:
        return {"call": value, "facts": {"refused": str(error), "effect": "read"}}
