"""Runs in a real house, each beside its reference: what is done to one is done to the other, and both must agree."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentflow.app import RunHandle
from agentflow.dispatch import load
from agentflow.dispatch.world import code, opening
from agentflow.errors import Conflict
from agentflow.records import FINISHED

from .house import Call, House, loads
from .plans import Body, source
from .reference import Generation, Moment, Posted, Row

PATIENCE = 20.0
"""Seconds in which what is owed must come, on a machine that has other things to do."""


@dataclass(slots=True)
class Compared:
    """One run, and what must have become of it."""

    handle: RunHandle
    body: Body
    generations: list[Generation]
    shown: int = 0
    keys: dict[tuple[Any, ...], str] = field(default_factory=dict)
    """Idempotency keys by generation and step."""

    @property
    def now(self) -> Generation:
        return self.generations[-1]


class Comparison:
    """Everything that can be done to a house, and the check that follows each."""

    def __init__(self, folder: Path, linger: float) -> None:
        self.house = House(folder, linger)
        self.runs: list[Compared] = []
        self._calls = 0
        self._earlier = self.house.clock.now()
        self._forward = True
        self._values = 0

    async def open(self, bodies: Sequence[Body]) -> None:
        """A run for each plan, and one worker."""
        versions = await self.house.open([source(body) for body in bodies])
        for number, (body, version) in enumerate(zip(bodies, versions, strict=True), 1):
            handle = await self.house.agent.start({}, version=version, id=f"run_{number}")
            start = Posted("start", self.house.clock.now())
            self.runs.append(Compared(handle, body, [Generation(body, [start])]))
        await self.house.hire()
        await self.settle()

    # what is done

    def calls(self) -> list[Call]:
        """Those that have not ended."""
        return [call for call in self.house.calls if call.open]

    def answer(self, call: Call, what: str) -> None:
        """A tool says something."""
        self._values += 1
        attempt = self._of(call).begun[call.number, call.context.attempt]
        attempt.became, attempt.value = what, self._values
        call.become(what, self._values)

    async def control(self, run: Compared, verb: str) -> None:
        """Pause, resume or cancel."""
        await self._post(run, Posted(verb, self.house.clock.now()), getattr(run.handle, verb)())

    async def send(self, run: Compared, type: str) -> None:
        """An event."""
        self._values += 1
        sent = (type, self._values)
        await self._post(run, Posted("event", self.house.clock.now(), "", sent), run.handle.send(*sent))

    async def _post(self, run: Compared, message: Posted, doing: Any) -> None:
        try:
            id = await doing
        except Conflict:
            assert (await run.handle.refresh()).status in FINISHED
            return
        run.now.inbox.append(Posted(message.kind, message.at, id or "", message.body))

    async def restart(self, run: Compared) -> None:
        """A new generation, to which every event is unread."""
        at = self.house.clock.now()
        await run.handle.restart()
        events = [message for message in [*run.now.heard, *run.now.inbox] if message.kind == "event"]
        run.generations.append(Generation(run.body, [Posted("start", at), *events]))
        run.shown = 0

    async def decide(self, number: int, action: str) -> None:
        """A person says what became of an attempt."""
        asked = await self.house.client.approvals.pending()
        if not asked:
            return
        question = asked[number % len(asked)]
        run = next(run for run in self.runs if run.handle.id == question.record.run)
        self._values += 1
        at = self.house.clock.now()
        if action == "happened":
            await question.happened(self._values)
        elif action == "not":
            await question.not_happened()
        else:
            await question.reject("no")
        said = (question.record.step, action, self._values)
        run.now.inbox.append(Posted("decision", at, question.record.id, said))

    def put_back(self, seconds: float) -> None:
        """The clock goes back."""
        self.house.clock.advance(-seconds)
        self._earlier, self._forward = self.house.clock.now(), False

    # what must come of it

    async def settle(self) -> None:
        """Wait until both agree that nothing more can happen now."""
        end, pause = time.monotonic() + PATIENCE, 0.0
        turns = 0
        while True:
            await self._bury()
            self._look()
            owed = self._owed()
            if not owed or not self.house.workers:
                break
            assert time.monotonic() < end, (
                owed,
                self.house.clock.now(),
                self.house.rows("SELECT * FROM work"),
                self.house.rows("SELECT * FROM inbox"),
            )
            await asyncio.sleep(pause)
            turns += 1
            pause = 0.001 if turns > 50 else 0.0
            if turns % 100 == 0:
                self.house.clock.advance(0.5)
        self._earlier = self.house.clock.now()

    async def _bury(self) -> None:
        """Whoever ran into a trap is dead, and another comes."""
        for worker in [worker for worker in self.house.workers if worker.trap and worker.trap.sprung]:
            await self.house.kill(worker)
            await self.house.hire()

    def _look(self) -> None:
        """Show the references what has happened since."""
        calls = self.house.calls[self._calls :]
        self._calls += len(calls)
        moment = Moment(self._earlier, self.house.clock.now(), self._forward, self.house.lost)
        for run in self.runs:
            for row in self._history(run):
                run.now.show(row, moment)
                run.shown += 1
        for call in calls:
            self._called(call)

    def _history(self, run: Compared) -> list[Row]:
        query = """SELECT history.kind, history.key, at, body, attempts.worker FROM history LEFT JOIN attempts
            ON history.kind = 'outcome' AND attempts.id = run AND attempts.generation = history.generation
                AND attempts.key = history.key
            WHERE run = :run AND history.generation = :generation AND n >= :n ORDER BY n"""
        found = self.house.rows(query, run=run.handle.id, generation=len(run.generations), n=run.shown)
        return [Row(kind, key, at, loads(body), worker) for kind, key, at, body, worker in found]

    def _called(self, call: Call) -> None:
        """An attempt calls once, and a step always with the key that it had."""
        attempt = self._of(call).begun.get((call.number, call.context.attempt))
        assert attempt is not None, ("called, and not begun", call)
        assert attempt.called is None, ("called twice", call)
        attempt.called = call.at
        run = self._run(call)
        key = (call.context.generation, call.number)
        assert run.keys.setdefault(key, call.context.idempotency_key) == call.context.idempotency_key
        assert len(set(run.keys.values())) == len(run.keys)

    def _run(self, call: Call) -> Compared:
        return next(run for run in self.runs if run.handle.id == call.context.run)

    def _of(self, call: Call) -> Generation:
        return self._run(call).generations[call.context.generation - 1]

    def _owed(self) -> list[object]:
        owed: list[object] = []
        for run in self.runs:
            owed += run.now.owed(self.house.clock.now()) or self._stored(run)
        for call in self.calls():
            generation = self._of(call)
            wanted = generation.begun[call.number, call.context.attempt] in generation.flying.values()
            if not wanted or generation is not self._run(call).now:
                owed.append(("not cancelled", call))
        return owed

    def _stored(self, run: Compared) -> list[object]:
        """What the database must say besides."""
        [(status, reason, result, error)] = self.house.rows(
            "SELECT status, reason, result, error FROM runs WHERE id = :id", id=run.handle.id
        )
        wanted, owed = run.now.shown(), list[object]()
        if status != wanted:
            owed.append((status, "must be", wanted))
        elif wanted == "completed" and loads(result) != run.now.meaning.result:
            owed.append((result, "must be", run.now.meaning.result))
        elif wanted == "failed" and loads(error)["kind"] != run.now.meaning.error:
            owed.append((error, "must be", run.now.meaning.error))
        elif wanted in ("waiting", "sleeping"):
            waits = {wait["step"]: wait["until"] for wait in loads(reason)["waits"]}
            owed += [] if waits == run.now.waits() else [(waits, "must be", run.now.waits())]
        return owed or self._orphans(run)

    def _orphans(self, run: Compared) -> list[object]:
        """Attempts of the dead that nobody has taken over."""
        query = "SELECT key, worker FROM attempts WHERE id = :id AND generation = :generation AND ended_at IS NULL"
        open = self.house.rows(query, id=run.handle.id, generation=len(run.generations))
        return [row for row in open if row[1] in self.house.lost] if run.now.status is None else []

    # the end

    async def finish(self) -> None:
        """No run is lost: with a worker, with answers and with time, each comes to its end."""
        if not self.house.workers:
            await self.house.hire()
        for _ in range(200):
            await self.settle()
            open = [run for run in self.runs if run.now.status is None]
            if not open:
                break
            await self._help(open)
        for run in self.runs:
            assert run.now.status in FINISHED
            await self._check_replay(run)
            self._check_rest(run)

    async def _help(self, open: list[Compared]) -> None:
        for call in self.calls():
            self.answer(call, "ok")
        for run in open:
            if run.now.paused:
                await self.control(run, "resume")
        await self.decide(0, "happened")
        dues = [due for run in open for due in run.now.waits().values() if due is not None]
        self.house.clock.advance(max(0.0, min(dues, default=0.0) - self.house.clock.now()))

    async def _check_replay(self, run: Compared) -> None:
        """A fresh guest that is handed the history asks for what is stored, word for word."""
        house = self.house.client._open()
        story = await load(house.store, run.handle.id)
        assert story is not None
        activation = await house.sandbox.open(await code(house.world, story.run), await opening(house.world, story.run))
        turns = await activation.turns(story.machine.deliveries)
        await activation.close()
        for number, turn in enumerate(turns, 1):
            stored = [(c.kind, c.key, c.line, c.spec) for c in story.commands.get(number, ())]
            assert stored == [(c.kind, c.key, c.line, c.spec) for c in turn.commands]

    def _check_rest(self, run: Compared) -> None:
        """Nothing is claimed, waiting or left behind; attempts are numbered without a gap and end once."""
        id = run.handle.id
        assert self.house.rows("SELECT kind FROM inbox WHERE id = :id AND kind <> 'event'", id=id) == []
        assert self.house.rows("SELECT id FROM approvals WHERE status = 'pending'") == []
        ended = self.house.rows(
            "SELECT key, COUNT(*) FROM history WHERE run = :id AND kind = 'outcome' GROUP BY generation, key", id=id
        )
        assert all(count == 1 for _, count in ended)
