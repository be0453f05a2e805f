"""Where hostile plans are run: one open house, an agent that they are written for, and a neighbour."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import Field

from agentflow.app import AgentFlow, AgentHandle, RunHandle
from agentflow.errors import PlanRefused
from agentflow.records import FINISHED, Json
from agentflow.sandbox import Layers
from agentflow.settings import EngineSettings, Limits, Settings
from agentflow.tools import Tool, tool

from ..fakes.waiting import until
from .cards import Card
from .doors import Doors, Way

MARK = "ESCAPED"
"""What a plan says only where it got at what it was not given."""
HARMLESS = """from agentflow import Workflow, tools


class Plan(Workflow):
    \"\"\"Does what was asked.\"\"\"

    async def run(self, event, step):
        return await step.do("look", tools.shop.look(value=event.payload["value"]))
"""
_PEOPLE = frozenset({"approval", "answer", "outcome"})
WAITING = HARMLESS.replace("tools.shop.look(value=event.payload", "tools.hold.on(value=event.payload")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a hostile plan."""

    said: frozenset[str]
    """Codes of findings, or type of error, limit and status of its run."""
    trace: str
    """All that the plan could write where others read it: result, error, steps, calls that reached a tool."""


@dataclass
class Crew:
    """Tools that note each call."""

    calls: list[tuple[str, Any]] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def tools(self) -> list[Tool]:
        """`shop.look` (read), `shop.note`, `shop.pay` (always asks), `vault.open` (granted to nobody), `hold.on`."""

        @tool(namespace="shop", effect="read")
        async def look(value: Any = None) -> Any:
            """Looks something up."""
            return self._noted("shop.look", value)

        @tool(namespace="shop")
        async def note(text: str) -> str:
            """Notes a text."""
            return str(self._noted("shop.note", text))

        @tool(namespace="shop", risk="high", approval="always")
        async def pay(to: str, amount: int) -> str:
            """Pays somebody."""
            return str(self._noted("shop.pay", f"{MARK} {amount}" if amount > 100 else amount))

        @tool(namespace="vault", effect="read")
        async def open(key: str = "") -> str:
            """Opens what nobody may open."""
            return str(self._noted("vault.open", f"{MARK} into the vault {key}"))

        @tool(namespace="hold", effect="read")
        async def on(value: Any = None) -> Any:
            """Waits until the test goes on."""
            await self.released.wait()
            return value

        @tool(namespace="shop", effect="read")
        async def count(number: Annotated[int, Field(json_schema_extra={"maximum": 9})]) -> int:
            """Counts up to nine, as its schema says and nothing else."""
            self._noted("shop.count", f"{MARK} beyond nine" if number > 9 else number)
            return number

        @tool(namespace="shop", effect="read")
        async def weigh(grams: int, labels: list[str] | None = None) -> int:
            """Weighs something."""
            return len(labels or ())

        @tool(namespace="shop", effect="read")
        async def fail() -> None:
            """Never works."""
            raise RuntimeError("no")

        return [look, note, pay, open, on, count, weigh, fail]

    def _noted(self, name: str, value: Any) -> Any:
        self.calls.append((name, value))
        return value


class Stage:
    """The open house."""

    def __init__(self, flow: AgentFlow, doors: Doors, crew: Crew, payload: dict[str, Json]) -> None:
        self._flow = flow
        self._doors = doors
        self._payload = payload
        self.crew = crew
        self.agent: AgentHandle
        self.neighbour: AgentHandle

    async def settle_in(self) -> None:
        """The two agents, each with a plan as version 1."""
        create = self._flow.agents.create
        self.agent = await create("prey", model="offline:./answers", tools=["shop.*"], review="never")
        self.neighbour = await create("neighbour", model="offline:./answers", tools=["hold.*"], review="never")
        await self.agent.register(HARMLESS)
        await self.neighbour.register(WAITING)
        assert await self.next_run() == 7

    async def layers(self) -> Layers:
        """What holds a plan's process on this machine."""
        return await self._doors.layers()

    async def attack(self, card: Card, source: str, way: Way) -> Outcome:
        """Hand in a plan and, where it is let in, run it."""
        self._doors.open_for(source, way)
        self.crew.calls.clear()
        if "process" in way.off:
            return await _in_one_process(source, way)
        if card.category == "bombs" and "policy" in way.off:
            return await _in_one_process(source, way, "compile")
        try:
            version = await self.agent.register(source)
        except PlanRefused as refused:
            return Outcome(frozenset(found.code for found in refused.findings if found.severity == "error"), "")
        said: set[str] = set()
        trace: list[Json] = []
        for _ in range(int(card.number("runs", 1))):
            run = await self.agent.start(self._payload, version=version.number)
            await self._follow(run, int(card.number("approves", 0)))
            said |= _said(run)
            trace += [run.record.result, run.record.error, run.record.reason, run.record.progress]
            trace += [asked.question for asked in await self._flow.approvals.list(run=run.id)]
            trace += [f"{step.key} {step.error}" for step in await run.steps()]
            if run.status not in FINISHED:
                await run.cancel()
                await until(lambda run=run: _over(run))  # type: ignore[misc]
        return Outcome(frozenset(said), json.dumps([*trace, *self.crew.calls], default=str))

    async def _follow(self, run: RunHandle, approvals: int) -> None:
        """Until it ends, is parked, or asks more than the person of this test agrees to."""
        given = 0

        async def at_rest() -> bool:
            nonlocal given
            record = await run.refresh()
            if record.status != "waiting" or not _PEOPLE.issuperset(wait["for"] for wait in record.reason["waits"]):
                return record.status in {*FINISHED, "paused"}
            for question in await self._flow.approvals.pending():
                if question.record.run == run.id and given >= approvals:
                    return True
                given += question.record.run == run.id
                await question.approve()
            return False

        await until(at_rest)

    async def next_run(self) -> Any:
        """A run of the agent's own harmless plan."""
        return await (await self.agent.start({"value": 7}, version=1)).result()

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[None]:
        """A run of another agent goes on meanwhile, and ends as it should."""
        self.crew.released.clear()
        run = await self.neighbour.start({"value": 8}, version=1)
        await until(lambda: _has_begun(run))
        yield
        self.crew.released.set()
        assert await run.result() == 8


def _said(run: RunHandle) -> set[str]:
    record, error = run.record, run.record.error or {}
    said = {record.status, error.get("type"), (error.get("data") or {}).get("limit") if error.get("data") else None}
    return {str(one) for one in said | {(record.reason or {}).get("paused")} if one}


async def _in_one_process(source: str, way: Way, *words: str) -> Outcome:
    """The plan in the process of whoever asks for it, as if there were no other: a child, which may die of it."""
    program = str(Path(__file__).with_name("near.py"))
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "LOOSE": ",".join(sorted(way.off))}
    child = await asyncio.create_subprocess_exec(
        sys.executable, program, *words, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment
    )
    said, _ = await child.communicate(source.encode())
    return Outcome(frozenset(), "" if b"still here" in said else f"{MARK} with the host: {child.returncode}")


async def _over(run: RunHandle) -> bool:
    return (await run.refresh()).status in FINISHED


async def _has_begun(run: RunHandle) -> bool:
    await run.refresh()
    return any(step.attempts for step in await run.steps())


async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(f"{MARK} to the network".encode())
    await writer.drain()
    writer.close()


@asynccontextmanager
async def staged(folder: Path, db: str | None = None, engine: EngineSettings | None = None) -> AsyncIterator[Stage]:
    """A house in this folder, with things around it that no plan may reach: a file, a port, a socket."""
    (folder / "secret.txt").write_text(f"{MARK} from a file", encoding="utf-8")
    abstract = f"\0agentflow-hostile-{os.getpid()}"
    crew, doors = Crew(), Doors()
    limits = Limits(linger_seconds=0.0, steps=50)
    settings = Settings(folder=folder, limits=limits, engine=engine or EngineSettings())
    async with (
        await asyncio.start_server(_greet, "127.0.0.1", 0) as server,
        await asyncio.start_unix_server(_greet, abstract),
    ):
        payload: dict[str, Json] = {
            "file": str(folder / "secret.txt"),
            "folder": str(folder),
            "port": server.sockets[0].getsockname()[1],
            "socket": abstract[1:],
            "host": os.getpid(),
            "vault": "vault.open",
            "messages": os.readlink("/proc/self/ns/ipc"),
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HOSTILE_SECRET", f"{MARK} from the environment")
            patch.setattr("agentflow.app.ProcessSandbox", lambda *_, **__: doors)
            flow = AgentFlow(db, tools=crew.tools(), settings=settings)
            async with flow:
                stage = Stage(flow, doors, crew, payload)
                await stage.settle_in()
                yield stage
                crew.released.set()
