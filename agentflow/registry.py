"""Versions of an agent's code: numbered, immutable, found again by whoever runs them."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

from .errors import Conflict, NotFound, PlanRefused
from .graph import read
from .records import Compiled, Finding, Graph, Json, PlanVersion
from .store import Row, Store, Write

API = 1
"""The plan API version that this release writes plans for."""
_MOST = 2**63 - 1
"""The largest number that SQLite holds."""
LATER = ("revoked_at", "revoked_by", "revoked_why", "reviewed_by")
"""What is not known of a version when it is registered."""
_TRIES = 20
"""How often a version is given a number, where others take it at the same moment."""
KEPT = 256
"""How many versions a process keeps in memory; a version is a few kilobytes."""


Noted = Callable[[int], Write]
"""What else is written with a version, by its number."""


def python() -> str:
    """The Python minor version that code is bound to."""
    return ".".join(platform.python_version_tuple()[:2])


def digest_of(source: str) -> str:
    """The digest by which a source is known."""
    return sha256(source.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Origin:
    """Who or what wrote a plan."""

    author: str
    prompt: str | None = None
    goal: str | None = None
    reviewed: bool = True


@dataclass(frozen=True, slots=True)
class Revocation:
    """Who takes a version out of use, when and why."""

    by: str
    at: float
    why: str | None = None
    lets_run: bool = False
    """Whether its runs that there are go on."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A version with the opaque code that only guests load."""

    plan: PlanVersion
    code: bytes


class Registry:
    """Registers versions and hands them out."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pinned: dict[tuple[str, int], Stored] = {}

    async def draft(self, agent: str, source: str, compiled: Compiled, origin: Origin, now: float) -> tuple[int, Write]:
        """The number and the row of the agent's next version. Raises `PlanRefused` where a finding is an error."""
        number = await self._next(agent)
        return number, _drafted(agent, number, source, compiled, origin, now)

    async def register(
        self, agent: str, source: str, compiled: Compiled, origin: Origin, now: float, noted: Noted | None = None
    ) -> PlanVersion:
        """Store a version, and what is `noted` of it. The same source again is the version that it already is, also
        where somebody else registers at the same moment."""
        for left in reversed(range(_TRIES)):
            number = await self._next(agent)  # before the look: who registers the same after it takes this number
            if found := await self._found(agent, source):
                return found
            write = _drafted(agent, number, source, compiled, origin, now)
            try:
                await self._store.write([write, noted(number)] if noted else [write])
                break
            except Conflict:
                if not left:
                    raise
        return (await self.stored(agent, number)).plan

    async def _next(self, agent: str) -> int:
        [row] = await self._store.rows("next_plan_number", agent=agent)
        return int(row["number"])

    async def _found(self, agent: str, source: str) -> PlanVersion | None:
        digest = digest_of(source)
        row = await self._store.row("plan_by_digest", agent=agent, sha256=digest, python=python(), api=API)
        return plan(row) if row else None

    async def revoke(self, agent: str, number: int, end: Revocation, noted: Noted) -> PlanVersion:
        """Let no run of a version start. Raises `NotFound`, and `Conflict` where it is revoked already."""
        await self.stored(agent, number)
        already = Conflict(f"version {number} is revoked already")
        revoked = {
            "agent": agent,
            "number": number,
            "now": end.at,
            "by": end.by,
            "why": end.why,
            "lets_run": end.lets_run,
        }
        await self._store.write([Write("revoke_plan", revoked, already), noted(number)])
        return (await self.stored(agent, number)).plan

    async def go_back(self, agent: str, number: int, noted: Noted) -> PlanVersion:
        """Let new runs of an agent be of this version, until there is one that is newer than all there are now.

        Raises `NotFound`, and `Conflict` where no run of it may start.
        """
        plan = (await self.stored(agent, number)).plan
        if plan.revoked_at is not None or not plan.reviewed:
            why = "revoked" if plan.revoked_at is not None else "waiting for a review"
            raise Conflict(f"version {number} is {why}: nobody can go back to it")
        await self._store.write([Write("go_back", {"id": agent, "number": number}), noted(number)])
        return plan

    async def stored(self, agent: str, number: int) -> Stored:
        """A version with its code, as it is now. Raises `NotFound`."""
        row = await self._store.row("plan", agent=agent, number=number) if number <= _MOST else None
        if row is None:
            raise NotFound(f"there is no version {number} of this agent: `agentflow plan list` names them")
        return Stored(plan(row), row["code"])

    async def pinned(self, agent: str, number: int) -> Stored:
        """A version for whoever runs it: what never changes of it is kept. Raises `NotFound`."""
        if (agent, number) not in self._pinned:
            if len(self._pinned) >= KEPT:
                self._pinned.pop(next(iter(self._pinned)))
            self._pinned[agent, number] = await self.stored(agent, number)
        return self._pinned[agent, number]

    async def graph(self, agent: str, number: int) -> Graph | None:
        """What a version does, as it was drawn when it was registered; None where there was no graph then."""
        row = await self._store.row("plan_graph", agent=agent, number=number)
        return read(json.loads(row["graph"])) if row else None

    async def draw(self, agent: str, number: int, graph: Graph | None) -> None:
        """Keep the graph of a version that has none yet."""
        await self._store.write([Write("draw_plan", {"agent": agent, "number": number, "graph": _stored(graph)})])

    async def newest(self, agent: str) -> PlanVersion | None:
        """The newest version that is neither revoked nor waiting for a review."""
        row = await self._store.row("newest_plan", agent=agent)
        return plan(row) if row else None

    async def reusable(self, tenant: str, agent: str, basis: str) -> PlanVersion | None:
        """The newest version that was written from the same and has proved itself."""
        row = await self._store.row("reusable_plan", tenant=tenant, agent=agent, basis=basis, python=python(), api=API)
        return plan(row) if row else None

    async def versions(self, agent: str) -> Sequence[PlanVersion]:
        """All versions of an agent, the oldest first."""
        return [plan(row) for row in await self._store.rows("plans", agent=agent)]


def _drafted(agent: str, number: int, source: str, compiled: Compiled, origin: Origin, now: float) -> Write:
    if compiled.blob is None or compiled.entry is None:
        raise PlanRefused(refusal(compiled.findings), compiled.findings)
    values = {
        "agent": agent,
        "number": number,
        "sha256": digest_of(source),
        "source": source,
        "code": compiled.blob,
        "entry": compiled.entry,
        "author": origin.author,
        "prompt": origin.prompt,
        "goal": origin.goal,
        "tools": json.dumps(compiled.tools),
        "api": API,
        "python": python(),
        "findings": json.dumps([asdict(finding) for finding in compiled.findings]),
        "reviewed": int(origin.reviewed),
        "created_at": now,
        "graph": _stored(compiled.graph),
    }
    taken = Conflict(f"another version of {agent} was registered at the same moment: try again")
    return Write("insert_plan", values, taken)


def _stored(graph: Graph | None) -> str:
    return json.dumps(None if graph is None else asdict(graph), ensure_ascii=False)


def refusal(findings: Sequence[Finding]) -> str:
    """How many findings must be mended, and the first of them."""
    errors = [f"line {finding.line}: {finding.message}" for finding in findings if finding.severity == "error"]
    many = "1 finding" if len(errors) == 1 else f"{len(errors)} findings"
    return f"the plan has {many} that must be mended: {'; '.join(errors[:1])}"


def plan(row: Row) -> PlanVersion:
    """A version as its record."""
    return PlanVersion(
        agent=row["agent"],
        number=row["number"],
        sha256=row["sha256"],
        source=row["source"],
        entry=row["entry"],
        author=row["author"],
        prompt=row["prompt"],
        goal=row["goal"],
        tools=tuple(json.loads(row["tools"])),
        api=row["api"],
        python=row["python"],
        created_at=row["created_at"],
        findings=findings(json.loads(row["findings"])),
        revoked_at=row["revoked_at"],
        reviewed=bool(row["reviewed"]),
        reviewed_by=row["reviewed_by"],
        revoked_by=row["revoked_by"],
        revoked_why=row["revoked_why"],
    )


def findings(documents: Json) -> tuple[Finding, ...]:
    """Findings from their stored documents."""
    return tuple(Finding(**document) for document in documents or ())
