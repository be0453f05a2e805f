"""The front door: opens a database, builds every room once, and offers the verbs. Nothing else constructs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack, ExitStack
from dataclasses import asdict, fields
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ..agent import Agency, Pursuer
from ..agent.delegating import Delegating
from ..agent.scheduling import Scheduler
from ..agent.starting import needs
from ..dispatch import Bounds, Dispatcher, World
from ..dispatch.takeover import TakeOver
from ..dispatch.world import Rehearsal
from ..engine import Handler
from ..engine.clock import Clock, SystemClock
from ..engine.embedded import Pace
from ..errors import UsageError
from ..llm import Message, Models, Request
from ..notices import Entrance
from ..notices.courier import Courier
from ..notices.subjects import Subject
from ..planner import Planner
from ..records import DEFAULT_TENANT, Agent, Compiled, Json, Principal, Spent, Usage
from ..redaction import Redactor
from ..registry import Registry
from ..sandbox.local import ProcessSandbox
from ..settings import NotifySettings, Settings, given_place, unsafe
from ..store import Store
from ..tools import Tool, Toolbox
from ..tools.http import Send
from ..tools.loading import load
from ..tools.secrets import Given, Secrets
from ..tools.shipped import shipped
from ..trial.report import Trial
from . import names, secrecy
from .agents import AgentHandle
from .approvals import ApprovalHandle
from .beside import beside
from .doors import Doors
from .engines import check_work, engine_on
from .goals import GoalHandle
from .house import House
from .looking import Looker
from .measures import Measures, Queue
from .moving import mind
from .news import News
from .reaching import entrance
from .retention import Pruning, sweep
from .runs import RunHandle
from .schedules import ScheduleHandle
from .trials import tried

if TYPE_CHECKING:
    from ..remote import Remote
    from ..sync import Flow

__all__ = ["AgentFlow", "AgentHandle", "ApprovalHandle", "GoalHandle", "RunHandle", "ScheduleHandle"]


class AgentFlow(Doors):
    """One database with its agents, goals, runs, schedules and approvals.

    Use it as `async with AgentFlow("agentflow.db", tools=[...]) as flow`; `db` is a file, or `postgresql://...`. While
    it is open it is a worker too, unless `worker=False`. `settings` are those of an agentflow.toml
    (`agentflow.settings.load()`); `db` and `tools` add to it.
    `secrets` are what tools name in `@tool(secrets=[...])`: by name, or a function of the name, which may be async.
    """

    _rehearsal: Rehearsal | None = None
    _send: Send | None = None
    _within: House
    """The house as its own rooms know it: they are at work until it has closed, when nobody comes in any more."""

    def __init__(
        self,
        db: str | Path | None = None,
        *,
        tools: Iterable[Tool | Callable[..., Any]] = (),
        settings: Settings | None = None,
        worker: bool = True,
        principal: Principal | None = None,
        clock: Clock | None = None,
        secrets: Given | None = None,
    ) -> None:
        self._settings = settings or Settings()
        self._place = given_place("db", db, Path()) if db is not None else self._settings.database
        self._given = list(tools)
        self._worker = worker
        self._principal = principal or Principal()
        names.tenant(self._principal.tenant)
        self._clock = clock or SystemClock()
        self._secrets = secrets
        self._hidden = ExitStack()
        self.redact = Redactor()
        """Puts `[secret NAME]` in the place of each secret that this house knows."""
        super().__init__(None)
        self._aside: list[asyncio.Task[None]] = []
        """What a worker does beside runs and goals."""

    @staticmethod
    def connect(url: str, key: str | None = None) -> Remote:
        """A house that is open elsewhere, at `agentflow serve`: `async with AgentFlow.connect(url) as flow`.

        It has the same verbs, as whoever has the key. The room is found by its name, as the front door finds those
        behind it: it stands above this one, since it is made of the same handles.
        """
        remote: type[Remote] = import_module("agentflow.remote").Remote
        return remote(url, key)

    @staticmethod
    def sync(
        db: str | Path | None = None,
        *,
        url: str | None = None,
        key: str | None = None,
        tools: Iterable[Tool | Callable[..., Any]] = (),
        settings: Settings | None = None,
        worker: bool = True,
        principal: Principal | None = None,
        secrets: Given | None = None,
    ) -> Flow:
        """A house for whoever cannot await, in a script or a notebook. It is open at once, and each of its verbs waits.

        Use it as `with AgentFlow.sync("agentflow.db", tools=[...]) as flow`, or without `with`, and end with
        `flow.close()`; it closes when the process ends, too. `url` and `key` are those of a house that is open
        elsewhere. It lives on a thread of its own, found by its name as `connect` finds the other room.
        """
        opened: Callable[[AgentFlow | Remote], Flow] = import_module("agentflow.sync").opened
        if url is None and key is None:
            return opened(
                AgentFlow(db, tools=tools, settings=settings, worker=worker, principal=principal, secrets=secrets)
            )
        if url is None or db is not None or tools or settings or principal or secrets:
            raise UsageError("a house elsewhere has all but its address: give `url`, and `key` if it needs one")
        return opened(AgentFlow.connect(url, key))

    async def open(self) -> Self:
        """Open it where no `async with` can stand, as in a notebook with its many cells. End with `close`."""
        return await self.__aenter__()

    async def close(self) -> None:
        """Let running attempts finish, and close it. What is not done goes on when it is opened again."""
        await self.__aexit__(None, None, None)

    async def __aenter__(self) -> Self:
        if self._worker:
            check_work(self._place, self._settings.engine)
        models = self._models()
        loaded = load(self._settings.tools, self._settings.folder)
        bound = {host: given.headers for host, given in self._settings.http.items()}
        toolbox = Toolbox([*loaded, *self._given, *shipped(_completer(models), self._send, bound)])
        secrets = secrecy.secrets_of(self._settings, self._secrets, models, toolbox, self.redact)
        self._opened = self._within = self._built(models, toolbox, secrets, await Store.open(self._place))
        self._opened.looker.home = asyncio.get_running_loop()
        self._hidden.enter_context(secrecy.hidden(self.redact))
        try:
            await mind(self._opened.store)
            await self.tenants.own()
            await self._sync_agents()
            if self._worker:
                await self._work(self._opened)
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        house, self._opened = self._open(), None
        async with AsyncExitStack() as last:
            last.callback(self._hidden.close)
            last.callback(house.news.close)
            last.push_async_callback(house.store.close)
            last.push_async_callback(house.news.told)
            last.callback(house.looker.close)
            last.push_async_callback(house.models.close)
            last.push_async_callback(house.sandbox.close)
            last.push_async_callback(house.engine.close)
            for task in self._aside:
                task.cancel()
                last.push_async_callback(asyncio.wait, [task])

    # inside

    def _models(self) -> Models:
        """Who answers for models. A measurement puts itself between (`agentflow.evals`)."""
        return Models(self._settings.models, folder=self._settings.folder, redact=self.redact.text)

    def _built(self, models: Models, toolbox: Toolbox, secrets: Secrets, store: Store) -> House:
        limits, planning, clock = self._settings.limits, self._settings.planning, self._clock
        registry = Registry(store)
        sandbox = ProcessSandbox(limits.guest_memory_mb, unsafe=unsafe(), all_memory_mb=limits.guests_memory_mb)
        pace = Pace(limits.concurrent, limits.linger_seconds, limits.per_agent)
        engine = engine_on(store, clock, pace, self._settings.engine, secrets)
        courier = Courier(store, clock, self._settings.notify, secrets, self.redact, self._admitted)
        told = courier.channels()
        agency = Agency(
            store, engine, registry, sandbox, Planner(models), toolbox, clock, self.redact, planning, self._tried, told
        )
        delegates = Delegating(agency, limits.delegations)
        world = World(
            store,
            registry,
            sandbox,
            toolbox,
            clock,
            delegates,
            bounds=Bounds(**{field.name: getattr(limits, field.name) for field in fields(Bounds)}),
            secrets=secrets,
            redact=self.redact,
            rehearsal=self._rehearsal,
            notify=told,
        )
        return House(
            self._settings,
            self._principal,
            store,
            engine,
            registry,
            sandbox,
            models,
            toolbox,
            clock,
            world,
            agency,
            TakeOver(world, engine, needs),
            News(store),
            Measures(store),
            Queue(store, clock, limits.queued),
            self.redact,
            courier,
            Looker(
                lambda: beside(self._open(), self._place),
                db=None if self._place == self._settings.database else self._place,
            ),
        )

    async def _tried(self, source: str, compiled: Compiled, agent: Agent, payload: Json) -> Trial | None:
        return await tried(self._within, source, compiled, agent, payload)

    async def _admitted(self, way: NotifySettings, subject: Subject, kind: str) -> Entrance:
        return await entrance(self._within, way, subject, kind)

    async def _work(self, house: House) -> None:
        await house.sandbox.layers()  # or nothing is claimed that could not be run
        handlers: dict[str, Handler] = {
            "run": Dispatcher(house.world),
            "goal": Pursuer(house.agency, house.taking_over),
            "schedule": Scheduler(house.store, house.engine, house.registry, house.clock, house.queue.enter),
        }
        tools = house.tools
        lacking = set() if self._rehearsal else secrecy.lacking(tools, house.world.secrets)
        able = [name for name in tools.names() if name not in lacking]
        await house.engine.work(handlers, able, secrecy.fits(tools, lacking))
        pruning = Pruning(house.store, house.engine)
        self._aside = [
            asyncio.create_task(sweep(pruning, house.clock, self._settings.retention), name="retention"),
            asyncio.create_task(house.courier.run(), name="notices"),
        ]

    async def _sync_agents(self) -> None:
        """Agents that agentflow.toml names are made, or brought up to date: in the tenant of whoever has the file."""
        if self._principal.tenant != DEFAULT_TENANT:
            return
        by = Principal("agentflow.toml", self._principal.tenant, channel="settings")
        agents = self.acting_as(by).agents
        archived = {agent.name for agent in await agents.list(archived=True) if agent.archived_at is not None}
        for name, given in self._settings.agents.items():
            if name in archived:  # by a person, whose word counts more than the file
                continue
            await agents.create(
                name,
                model=given.model,
                tools=given.tools,
                agents=given.agents,
                limits=given.limits.model_dump(exclude_none=True),
                hosts=given.hosts,
                approvals=given.approvals.model_dump(exclude_none=True),
                instructions=given.instructions,
                review=given.review,
                repairs=given.repairs,
                plan_tokens=given.plan_tokens,
                plan_cost=given.plan_cost,
                fallback_model=given.fallback_model,
                update=True,
            )


def _completer(models: Models) -> Callable[..., Any]:
    """How the shipped tool `llm.generate` asks the agent's model."""

    async def complete(
        model: str, system: str, messages: list[tuple[str, str]], on_usage: Callable[[Usage], None]
    ) -> str:
        llm, name = models.resolve(model)
        talk = tuple(Message("assistant" if role == "assistant" else "user", text) for role, text in messages)
        answer = await llm.ask(Request(name, system, talk))
        on_usage(Spent(**asdict(answer.usage), cost=models.cost(answer.model, model, answer.usage)))
        return answer.text

    return complete
