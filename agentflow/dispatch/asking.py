"""What a run's machine wants, asked of the engine: attempts and timers that should be, and those that should not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from ..engine import Fn, Step
from ..errors import ToolError
from ..records import Delegation, Json
from .attempts import Attempt, attempt, told
from .delegation import child_ids
from .evaluating import Evaluation, evaluate
from .failures import Failure
from .steps import OpenStep
from .story import Story
from .world import World


class Asking:
    """Brings the engine to the state that a machine wants, wherever that has changed."""

    def __init__(self, world: World, story: Story, step: Step, stored: Callable[[], int]) -> None:
        self._world = world
        self._run = story.run
        self._machine = story.machine
        self._step = step
        self._stored = stored

    def wish(self) -> None:
        """Tell the engine what should be in flight and timed, where that has changed."""
        wishes = self._machine.wishes
        for key in wishes.changed():
            if step := wishes.attempts.get(key):
                self._step.do(key, self._work(step))
            elif key in wishes.timers:
                self._step.timer(key, wishes.timers[key])
            else:
                self._step.drop(key)

    def _work(self, step: OpenStep) -> Fn:
        if step.state == "registering":
            return self._evaluation(step, "rollback", {"result": step.result})
        if step.state == "pacing":
            assert step.last is not None
            return self._evaluation(step, "delay", {"attempt": step.attempt, "error": _document(step, step.last)})
        if step.command.kind == "delegate":
            return partial(self._delegate, step)
        return self._attempt(step)

    def _attempt(self, step: OpenStep) -> Fn:
        before = self._before(step) if step.spec["call"] is None else ()
        origin = self._machine.origin(step.key)
        this = Attempt(self._run, step.command, step.attempt, step.deadline, origin, self._stored, before)
        return partial(attempt, self._world, self._step, this)

    def _evaluation(self, step: OpenStep, what: str, given: dict[str, Json]) -> Callable[[], Awaitable[Json]]:
        this = Evaluation(self._run, step.key, what, given, self._before(step))  # type: ignore[arg-type]
        return partial(evaluate, self._world, this)

    def _before(self, step: OpenStep) -> list[dict[str, Json]]:
        return self._machine.deliveries[: step.command.turn]

    async def _delegate(self, step: OpenStep) -> Json:
        spec, world = step.spec, self._world
        goal_id, run_id = child_ids(self._run.id, self._machine.origin(step.key), step.key)
        this = Delegation(self._run, step.key, spec["agent"], spec["goal"], spec["payload"], goal_id, run_id)
        try:
            await world.delegates.begin(this)
        except ToolError as refused:
            return {"error": {**told(world, refused), "fault": "plan"}}
        except Exception as error:  # noqa: BLE001  # whatever is in the way is a value here, and tried again
            return {"error": {**told(world, error), "fault": "host"}}
        return {"ok": run_id}


def _document(step: OpenStep, failed: Failure) -> dict[str, Json]:
    """A failure as the plan's own function sees it."""
    what = {"type": failed.type, "message": failed.message, "data": failed.data}
    return {"kind": "StepFailed", "step": step.command.name, "attempts": step.attempt, **what}
