"""What people do to a run that exists: each verb checks the run's state and posts one message."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict

from ..approvals import withdrawn
from ..engine import Engine, Item
from ..engine.clock import Clock
from ..errors import Conflict, NotFound
from ..records import FINISHED, Json, Run, new_id, own_id
from ..store import Store, Write
from .children import Children, Words
from .delegation import answer
from .restarting import Cut, Moved, cut
from .spending import carried, lost
from .story import from_row, read_commands, read_items

_TRIES = 10
"""How often a run that goes on meanwhile is looked at, until nothing came in between."""


FORGOTTEN = ("delete_history", "delete_commands", "delete_decisions", "delete_notices", "delete_approvals")
"""What goes with a run, in this order."""


PARKED = frozenset({"diverged", "refused"})
"""Why runs are paused that their worker does not go on with, whatever they are told."""


def taken_over(run: Run, kept: Cut, now: float) -> list[Write]:
    """The writes that give the next generation its history; refused with `Moved`. The commands are the caller's."""
    old = {"run": run.id, "generation": run.generation}
    return [
        Write("unmoved_history", {**old, "n": kept.length}, Moved()),
        withdrawn(run.id, now, kept.kept),
        Write("inherit_approvals", {"generation": run.generation, "ids": json.dumps(kept.questions)}),
        Write("inherit_history", {**old, "n": kept.n}),
    ]


class Control:
    """Pause, resume, cancel, restart, delete, send. Raises `NotFound`, and `Conflict` where the run's state forbids."""

    def __init__(self, store: Store, engine: Engine, clock: Clock, tenant: str, noted: Callable[..., Write]) -> None:
        """`noted` makes the row of the audit log: of a verb, the run's id, and details by name."""
        self._store = store
        self._engine = engine
        self._clock = clock
        self._tenant = tenant
        self._noted = noted
        self._children = Children(store, clock)

    async def run(self, id: str) -> Run:
        """The run with this id, of this tenant; an id that was given may be written as it was given."""
        tenant = self._tenant
        row = await self._store.row("run", tenant=tenant, id=id)
        row = row or await self._store.row("run", tenant=tenant, id=own_id(tenant, id))
        if row is None:
            raise NotFound(f"there is no run {id}: `agentflow run list` names them")
        return from_row(row)

    async def pause(self, id: str) -> None:
        """A running attempt finishes, no new turn starts. A paused run stays paused."""
        await self._post(await self._open(id, "be paused"), "pause", noted=[self._noted("runs.pause", id)])

    async def resume(self, id: str) -> None:
        """Go on. A run that is not paused stays as it is."""
        await self._post(await self._open(id, "be resumed"), "resume", noted=[self._noted("runs.resume", id)])

    async def cancel(self, id: str, *, rollback: bool = False) -> None:
        """End it: attempts are cancelled, questions withdrawn, and no code of the plan runs any more.

        With `rollback`, attempts in flight end, and what was done is undone first.
        """
        run = await self._open(id, "be cancelled")
        if run.status == "paused" and run.reason["paused"] in PARKED:
            await self._end(run, rollback=rollback)
        else:
            noted = [self._noted("runs.cancel", id, rollback=rollback)]
            await self._post(run, "cancel", {"rollback": rollback}, noted=noted)

    async def _end(self, run: Run, *, rollback: bool) -> None:
        """Cancel a run that its worker cannot go on with: it would not come as far as the message."""
        if rollback:
            why = "has diverged" if run.reason["paused"] == "diverged" else "may not go on now"
            raise Conflict(f"run {run.id} {why}: it can be cancelled, but nothing of it can be undone by itself")
        at = {"id": run.id, "generation": run.generation, "now": self._clock.now()}
        end = Write("end_run", {**at, "status": "cancelled", "result": None, "error": None, "rollback": None})
        noted = self._noted("runs.cancel", run.id, rollback=False)
        ended = [self._still_open(run), withdrawn(run.id, self._clock.now()), end, noted]

        async def stop(words: Words) -> None:
            await self._engine.stop(run.id, [*words.writes, *ended], [*self._said(run), *words.said])

        await self._with_children(run, stop)

    async def rollback(self, id: str) -> None:
        """Try once more to undo what could not be undone when the run failed or was cancelled."""
        run = await self.run(id)
        if run.status in FINISHED and not run.rollback:
            raise Conflict(f"run {id} is {run.status} and undid nothing: this goes on with an undoing that has failed")
        if run.status not in FINISHED or run.rollback["outcome"] != "failed":
            raise Conflict(f"run {id} is {run.status}, and nothing is left that it could not undo")
        at = {"id": id, "generation": run.generation, "now": self._clock.now()}
        raced = Conflict(f"run {id} has just been set going again: look at it with `agentflow run show {id}`")
        writes = [Write("reopen_run", at, raced), self._noted("runs.rollback", id)]
        await self._engine.post(id, Item("rollback", "", None, self._clock.now()), writes)

    async def send(self, id: str, type: str, payload: Json = None) -> str:
        """Send an event with an encoded payload; it is kept until the run waits for it. Returns the event's id."""
        run = await self._open(id, "receive events")
        event = {"id": new_id("event"), "type": type, "payload": payload, "timestamp": self._clock.now()}
        await self._post(run, "event", event)
        return str(event["id"])

    async def restart(self, id: str, from_: str | None = None) -> Run:
        """Run the same version on the same payload again, as a new generation; events sent before are unread again.

        `from_` names a step, `NAME` or `NAME#K`: what was done before it stays done. Raises `NotFound` where there was
        no such step, and `Conflict` where something before it has been undone since.
        """
        run = await self.run(id)
        if from_ is None:
            writes = [
                withdrawn(run.id, self._clock.now()),
                self._noted("runs.restart", run.id, generation=run.generation + 1),
            ]

            async def begin(words: Words) -> None:
                await self._begin_anew(run, writes, None, await read_items(self._store, run), words)

            await self._with_children(run, begin)
        else:
            await self._cut_off(run, from_)
        return await self.run(id)

    async def _cut_off(self, run: Run, step: str) -> None:
        """Begin anew from a step. What is delivered between the cut and its commit would be lost: then, cut again."""
        for _ in range(_TRIES):
            items = await read_items(self._store, run)
            kept = cut(run, items, await read_commands(self._store, run), step, self._clock.now())
            old = {"run": run.id, "generation": run.generation}
            asked = Write("inherit_commands", {**old, "turn": kept.turn})
            with suppress(Moved):
                noted = self._noted("runs.restart", run.id, generation=run.generation + 1, step=step)
                writes = [*taken_over(run, kept, self._clock.now()), asked, noted]
                await self._begin_anew(run, writes, kept, kept.lost, await self._children.followed(run, kept))
                return
        raise Conflict(f"run {run.id} moves on too fast to be restarted from a step: pause it first")

    async def _with_children(self, run: Run, change: Callable[[Words], Awaitable[None]]) -> None:
        """Change a run together with what it delegated, none of which is wanted any more."""
        for _ in range(_TRIES):
            with suppress(Moved):
                await change(await self._children.left(run))
                return
        raise Conflict(f"run {run.id} delegates too fast for that: pause it first")

    async def _begin_anew(
        self, run: Run, writes: Sequence[Write], kept: Cut | None, gone: Sequence[Item], words: Words
    ) -> None:
        at = {"id": run.id, "generation": run.generation, "now": self._clock.now()}
        raced = Conflict(f"run {run.id} has just been restarted by somebody else")
        inherited = json.dumps(dict(kept.origins)) if kept else None
        begun = json.dumps(dict(kept.begun)) if kept else None
        spent = json.dumps(asdict(carried(run, lost(gone))))
        anew = Write("restart_run", {**at, "inherited": inherited, "begun": begun, "spent_before": spent}, raced)
        inheritance = kept.inheritance if kept else None
        await self._engine.restart(run.id, run.generation + 1, [*words.writes, anew, *writes], inheritance, words.said)

    async def delete(self, id: str) -> None:
        """Stop it if it runs, and forget it with its history and questions. What it delegated is cancelled."""
        run = await self.run(id)
        names = ("delete_run", *FORGOTTEN)
        said = [] if run.status in FINISHED else self._said(run)
        gone = [Write(name, {"id": run.id}) for name in names]
        noted = self._noted("runs.delete", run.id, status=run.status)

        async def delete(words: Words) -> None:
            await self._engine.delete(run.id, [*words.writes, *gone, noted], [*said, *words.said])

        await self._with_children(run, delete)

    def _said(self, run: Run) -> list[tuple[str, Item]]:
        """What a run that ends without its worker says to the one that waits for it."""
        end = answer(run, "cancelled", None, None)
        return [(run.parent, Item("child", run.parent_step or "", end, self._clock.now()))] if run.parent else []

    async def _open(self, id: str, verb: str) -> Run:
        run = await self.run(id)
        if run.status in FINISHED:
            raise Conflict(
                f"run {id} is {run.status}: it can no longer {verb}; `agentflow run restart {id}` runs it again"
            )
        return run

    async def _post(self, run: Run, kind: str, body: Json = None, noted: Sequence[Write] = ()) -> None:
        await self._engine.post(run.id, Item(kind, "", body, self._clock.now()), [self._still_open(run), *noted])

    def _still_open(self, run: Run) -> Write:
        done = Conflict(f"run {run.id} has just ended: look at it with `agentflow run show {run.id}`")
        return Write("open_run", {"id": run.id, "generation": run.generation}, done)
