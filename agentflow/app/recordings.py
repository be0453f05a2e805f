"""Runs as documents: written from the database, and looked back at wherever they are read, without one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib import metadata
from typing import Any

from ..approvals import rows
from ..dispatch.reading import Read, read
from ..dispatch.recording import Earlier, Recorded, document, sealed
from ..dispatch.rewinding import Rewinding, rewinding
from ..dispatch.spending import carried
from ..dispatch.story import read_commands, read_items
from ..dispatch.world import opening_of
from ..errors import Conflict, PlanRefused
from ..guest.values import compact
from ..records import Json, PlanVersion, Run, RunStatus, Spent, StepView
from ..records.moments import Moment, Replay
from ..redaction import Redactor
from ..registry import API, digest_of, python, refusal
from ..sandbox import Code
from .house import House
from .replays import stood
from .verbs import verb

GENERATIONS = 10
"""Earlier generations that are told of: what each took over from the one before is told again."""
_MOST = 2**31 - 1
"""Questions of one run: all of them."""


async def exported(house: House, run: Run) -> dict[str, Json]:
    """All that the replay of a run needs, as one document: nothing sensitive, and no secret that this house knows."""
    back = await rewinding(house.world, run.id)
    run = back.story.run
    plan = (await house.registry.stored(run.agent, run.version)).plan
    agent = (await house.agent_of(run.agent)).name
    tools = [spec for spec in house.tools.granted(["*"]) if spec.name in plan.tools]
    asked = await house.store.rows(
        "approvals_of_run", run=run.id, tenant=run.tenant, status=None, after=-1.0, after_id="", most=_MOST
    )
    questions = [rows.approval(row) for row in asked]
    said = [
        (one, [rows.verdict(row) for row in await house.store.rows("decisions", approval=one.id)]) for one in questions
    ]
    earlier = [one for one in [await _earlier(house, run, number) for number in _before(run)] if one.items]
    recorded = Recorded(run, agent, plan, tools, back.items, back.story.commands, said, earlier)
    now, release = house.clock.now(), metadata.version("agentflow")
    return await asyncio.to_thread(_written, recorded, now, release, house.redact)


def _before(run: Run) -> range:
    """The generations before this one, of many the last."""
    return range(max(1, run.generation - GENERATIONS), run.generation)


async def _earlier(house: House, run: Run, number: int) -> Earlier:
    """What is left of a generation: one that continued as new has been forgotten."""
    then = replace(run, generation=number)
    before = [move for move in run.moves if move.generation > number]
    version = before[0].before if before else run.version
    return Earlier(number, version, await read_items(house.store, then), await read_commands(house.store, then))


def _written(recorded: Recorded, now: float, release: str, redact: Redactor) -> dict[str, Json]:
    plain = json.loads(compact(document(recorded, now, release)))  # lists for tuples, as whoever reads it has them
    return sealed(redact(plain))


class Recording:
    """A run of a document. It is looked at and goes nowhere: no worker knows of it. Made by `flow.runs.load`."""

    def __init__(self, document: dict[str, Json], found: Read) -> None:
        self.document = document
        self._read = found

    @property
    def record(self) -> Run:
        """The run as it was then; its agent is told by its name."""
        return self._read.story.run

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def status(self) -> RunStatus:
        return self.record.status

    @property
    def notes(self) -> Sequence[str]:
        """What is to be known before anything is concluded from it."""
        found, said = self._read, []
        if not found.intact:
            said.append("it was edited since it was exported: what it tells may never have been")
        if found.plan.python != python():
            said.append(f"it ran on Python {found.plan.python}, and this is {python()}: code may differ for that alone")
        if found.hidden:
            names = ", ".join(sorted(found.hidden))
            said.append(
                f"of what is sensitive ({names}) it has placeholders: a plan that computes with them, or chooses by"
                " them, differs for that alone"
            )
        return said

    async def steps(self) -> tuple[StepView, ...]:
        """Every step of its generation, in order of start."""
        return self._read.steps

    def spent(self, steps: Iterable[StepView]) -> Spent:
        """What models took that it asked, in these steps and in earlier generations."""
        return carried(self.record, [step.spent for step in steps if step.spent])

    async def history(self) -> Sequence[dict[str, Json]]:
        """What was delivered to it: documents with `n`, `at`, `kind`, `key`, `body`."""
        items = enumerate(self._read.items)
        return [{"n": n, "at": one.at, "kind": one.kind, "key": one.key, "body": one.body} for n, one in items]

    async def plan(self) -> PlanVersion:
        """The version that it ran on."""
        return self._read.plan

    @property
    def earlier(self) -> Sequence[dict[str, Json]]:
        """What is told of its earlier generations, the oldest first: documents with `generation`, `version`, `history`,
        `commands`. They are to be read; a replay is of the last one alone."""
        return tuple(self.document.get("earlier", ()))

    @property
    def approvals(self) -> Sequence[dict[str, Any]]:
        """What people were asked and said: documents, each with its `verdicts`."""
        return tuple(self.document.get("approvals", ()))


class RecordedRun(Recording):
    """A run of a document, in a house that can replay it."""

    def __init__(self, house: House, document: dict[str, Json], found: Read) -> None:
        super().__init__(document, found)
        self._house = house

    @verb("runs.replay")
    async def replay(self, source: str | None = None, *, to: str | None = None) -> Replay:
        """As `RunHandle.replay`. The source is checked and compiled here: no code of the document is loaded."""
        found = self._read
        if source is None and found.plan.api > API:
            raise Conflict(f"its plan needs plan API {found.plan.api}, and this agentflow has {API}: upgrade this one")
        played = await _code(self._house, found.plan.source if source is None else source)
        opening = opening_of(found.story.run, found.agent)
        world = self._house.world
        back = Rewinding(world.sandbox, world.redact, found.story, found.items, opening, found.hidden)
        return await back.replay(played, to)

    @verb("runs.replay")
    async def at(self, step: str) -> Moment:
        """As `RunHandle.at`."""
        return stood(self.record, await self.replay(to=step))


async def loaded(document: Json, what: str) -> tuple[dict[str, Json], Read]:
    """What a document says. It is read beside the loop: it may be large. Raises `UsageError` where it is no run."""
    return document, await asyncio.to_thread(read, document, what)


async def _code(house: House, source: str) -> Code:
    """The code of a source, checked but for its tools: none of them is called, and nobody here may know them."""
    compiled = await house.sandbox.compile(source, None)
    if compiled.blob is None or compiled.entry is None:
        raise PlanRefused(refusal(compiled.findings), compiled.findings)
    digest = digest_of(source)
    return Code(f"recorded {digest[:12]}", 0, digest, compiled.blob, compiled.entry, house.world.bounds.guest())
