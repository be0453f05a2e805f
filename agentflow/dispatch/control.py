"""What people do to a run that exists: each verb checks the run's state and posts one message."""

from __future__ import annotations

from ..engine import Engine, Item
from ..engine.clock import Clock
from ..errors import Conflict, NotFound
from ..records import FINISHED, Json, Run, new_id
from ..store import Store, Write
from .story import from_row


class Control:
    """Pause, resume, cancel, restart, delete, send. Raises `NotFound`, and `Conflict` where the run's state forbids."""

    def __init__(self, store: Store, engine: Engine, clock: Clock, tenant: str) -> None:
        self._store = store
        self._engine = engine
        self._clock = clock
        self._tenant = tenant

    async def run(self, id: str) -> Run:
        """The run with this id, of this tenant."""
        row = await self._store.row("run", tenant=self._tenant, id=id)
        if row is None:
            raise NotFound(f"there is no run {id}: `agentflow run list` names them")
        return from_row(row)

    async def pause(self, id: str) -> None:
        """A running attempt finishes, no new turn starts. A paused run stays paused."""
        await self._post(await self._open(id, "be paused"), "pause")

    async def resume(self, id: str) -> None:
        """Go on. A run that is not paused stays as it is."""
        await self._post(await self._open(id, "be resumed"), "resume")

    async def cancel(self, id: str) -> None:
        """End it: attempts are cancelled, questions withdrawn, and no code of the plan runs any more."""
        run = await self._open(id, "be cancelled")
        if run.status == "paused" and run.reason["paused"] == "diverged":
            await self._end(run)
        else:
            await self._post(run, "cancel")

    async def _end(self, run: Run) -> None:
        """Cancel a run that its worker cannot go on with: it would not come as far as the message."""
        at = {"id": run.id, "generation": run.generation, "now": self._clock.now()}
        end = Write("end_run", {**at, "status": "cancelled", "result": None, "error": None})
        await self._engine.stop(
            run.id, [self._still_open(run), Write("withdraw_approvals", {**at, "run": run.id}), end]
        )

    async def send(self, id: str, type: str, payload: Json = None) -> str:
        """Send an event with an encoded payload; it is kept until the run waits for it. Returns the event's id."""
        run = await self._open(id, "receive events")
        event = {"id": new_id("event"), "type": type, "payload": payload, "timestamp": self._clock.now()}
        await self._post(run, "event", event)
        return str(event["id"])

    async def restart(self, id: str) -> Run:
        """Run the same version on the same payload again, as a new generation; events sent before are unread again."""
        run = await self.run(id)
        at = {"id": id, "generation": run.generation, "now": self._clock.now()}
        raced = Conflict(f"run {id} has just been restarted by somebody else")
        writes = [Write("withdraw_approvals", {**at, "run": id}), Write("restart_run", at, raced)]
        await self._engine.restart(id, run.generation + 1, writes)
        return await self.run(id)

    async def delete(self, id: str) -> None:
        """Stop it if it runs, and forget it with its history and its questions."""
        run = await self.run(id)
        names = ("delete_run", "delete_history", "delete_commands", "delete_approvals")
        writes = [Write(name, {"id": run.id}) for name in names]
        await self._engine.delete(run.id, writes)

    async def _open(self, id: str, verb: str) -> Run:
        run = await self.run(id)
        if run.status in FINISHED:
            raise Conflict(
                f"run {id} is {run.status}: it can no longer {verb}; `agentflow run restart {id}` runs it again"
            )
        return run

    async def _post(self, run: Run, kind: str, body: Json = None) -> None:
        await self._engine.post(run.id, Item(kind, "", body, self._clock.now()), [self._still_open(run)])

    def _still_open(self, run: Run) -> Write:
        done = Conflict(f"run {run.id} has just ended: look at it with `agentflow run show {run.id}`")
        return Write("open_run", {"id": run.id, "generation": run.generation}, done)
