"""What every command shares: the options --db and --json, the open house, and where words and data go."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import shlex
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer
from rich.console import Console
from rich.text import Text

from ..errors import NotFound, UsageError
from ..records import DEFAULT_TENANT, Principal
from ..records.places import shown
from ..wording import visible
from . import failures
from .logs import log_as, log_to_stderr
from .text import json_text, one_line

if TYPE_CHECKING:
    from ..app import AgentFlow, AgentHandle
    from ..records import Json
    from ..settings import Settings

Database = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="PATH|ADDRESS",
        help="The database: a file, or postgresql://...; else AGENTFLOW_DB, else what agentflow.toml names.",
    ),
]
Owner = Annotated[
    str | None, typer.Option("--tenant", metavar="NAME", help="Whose things; else AGENTFLOW_TENANT, else default.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Address = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        help="A service, in a database's place; else AGENTFLOW_URL. Its key: AGENTFLOW_KEY.",
    ),
]

Engine = Annotated[
    Literal["embedded", "restate"] | None,
    typer.Option(
        "--engine", help="What says which worker works on what; else AGENTFLOW_ENGINE, else what agentflow.toml names."
    ),
]
RestateUrl = Annotated[
    str | None,
    typer.Option("--restate-url", metavar="URL", help="Where Restate takes requests; else AGENTFLOW_RESTATE_URL."),
]

_UNBOUNDED = 100_000
"""Columns of what is no terminal: nothing is cut there."""


@dataclass(frozen=True)
class Session:
    """What this call of the command was asked with."""

    db: Path | str | None = None
    as_json: bool = False
    tenant: str | None = None
    url: str | None = None

    @classmethod
    def of(
        cls, context: typer.Context, db: Path | str | None, as_json: bool, url: str | None, tenant: str | None = None
    ) -> Session:
        """The session of a command, with what the commands before it in the line were given."""
        before = context.obj or cls()
        db, url, tenant = db or before.db, url or before.url, before.tenant if tenant is None else tenant
        if url and db:
            raise UsageError("--db and --url name two places: give one of them")
        if tenant == "":
            raise UsageError("--tenant is empty: name a tenant, or leave it out")
        context.obj = session = cls(db, as_json or before.as_json, tenant, url)
        if session.service and tenant:
            raise UsageError("--tenant goes with a database: at a service, AGENTFLOW_KEY says whose things are meant")
        return context.obj  # type: ignore[no-any-return]  # typer's context carries anything

    @cached_property
    def settings(self) -> Settings:
        """What agentflow.toml says; it is read once."""
        from ..settings import load

        return load()

    # the house

    @property
    def service(self) -> str | None:
        """The address of the service that is meant, where it is not a database."""
        return self.url or (None if self.db else os.environ.get("AGENTFLOW_URL") or None)

    @asynccontextmanager
    async def open(
        self, *, worker: bool = False, engine: Mapping[str, str | None] | None = None
    ) -> AsyncIterator[AgentFlow]:
        """The app on the database, which is made if it does not exist; or the service, which has workers of its own.

        `engine` is what options say of it.
        """
        from ..app import AgentFlow
        from ..settings import with_engine

        if self.service:
            async with AgentFlow.connect(self.service, os.environ.get("AGENTFLOW_KEY") or None) as remote:
                yield cast("AgentFlow", remote)  # it has the same verbs
            return
        log_as(self.settings.log.format)
        place = self.place
        if isinstance(place, Path) and not place.parent.is_dir():
            raise UsageError(
                f"there is no folder {place.parent} for the database: make it, or name another file with --db"
            )
        settings = with_engine(self.settings, engine or {})
        house = AgentFlow(place, settings=settings, worker=worker, principal=self.principal())
        failures.redact = house.redact.text
        async with house as flow:
            with _ended_by_sigterm(worker):
                yield flow

    def principal(self) -> Principal:
        """The person at this machine, who has the database and may do everything in it."""
        tenant = self.tenant or os.environ.get("AGENTFLOW_TENANT") or DEFAULT_TENANT
        return Principal(tenant=tenant, channel="cli")

    @asynccontextmanager
    async def existing(self, *, worker: bool = False) -> AsyncIterator[AgentFlow]:
        """The app on a database that is there already, or whose agents agentflow.toml names.

        With `worker`, what is asked for is done here as well: in a file. A server has workers that are there to stay.
        """
        if not self.service and not self.settings.agents:
            self.database()
        async with self.open(worker=worker and isinstance(self.place, Path)) as flow:
            yield flow

    def here(self) -> None:
        """Raise `UsageError` where a service is meant, for commands that need the database itself."""
        if self.service:
            raise UsageError(
                "this works on a database and not over HTTP: leave out --url, and AGENTFLOW_URL, where the database is"
            )

    @property
    def place(self) -> Path | str:
        """The path of the database, or the address of its server. Raises `UsageError`."""
        from ..settings import given_place

        return given_place("--db", self.db, Path()) if self.db else self.settings.database

    def database(self) -> Path | str:
        """The place of a database that is there already, as far as its path says. Raises `NotFound`."""
        self.here()
        place = self.place
        if isinstance(place, Path) and not place.exists():
            raise NotFound(f"there is no database {place} yet: name another with --db, or begin with `agentflow init`")
        return place

    @asynccontextmanager
    async def nowhere(self) -> AsyncIterator[AgentFlow]:
        """The app with the tools of agentflow.toml and no database, for commands that need none; or the service."""
        from ..app import AgentFlow

        if self.service:
            async with self.open() as remote:
                yield remote
            return
        settings = self.settings.model_copy(update={"agents": {}})
        with TemporaryDirectory(prefix="agentflow-") as folder:
            house = AgentFlow(Path(folder) / "empty.db", settings=settings, worker=False)
            failures.redact = house.redact.text
            async with house as flow:
                yield flow

    @asynccontextmanager
    async def for_file(self, agent: str | None) -> AsyncIterator[tuple[AgentFlow, AgentHandle | None]]:
        """Where a plan of a file is read: with the agent whose tools it has; nowhere, where none is named."""
        if agent is None:
            async with self.nowhere() as flow:
                yield flow, None
        else:
            async with self.existing() as flow:
                yield flow, await flow.agents.get(agent)

    async def mind_workers(self, flow: AgentFlow, *, waitable: bool = False) -> None:
        """Say so if nobody will do what was just asked for."""
        if not await flow.workers():
            wait = ", or use --wait" if waitable and isinstance(self.place, Path) else ""
            self.say(f"no worker is running: start one with `{self.starting}`{wait}")

    @property
    def starting(self) -> str:
        """The command that starts a worker: beside the service, or with an engine that works on this database."""
        if self.service:
            return "agentflow worker"
        lacks_engine = not isinstance(self.place, Path) and self.settings.engine.kind == "embedded"
        return self.command(f"worker{' --engine restate --restate-url URL' if lacks_engine else ''}")

    # words and data

    def show(self, document: Json, lines: Iterable[Text | str] = ()) -> None:
        """Print data: the document with --json, else the lines."""
        if self.as_json:
            self.show_json(document)
            return
        console = stdout()
        for line in lines:
            console.print(line if isinstance(line, Text) else Text(visible(line)), soft_wrap=True)

    def show_json(self, document: Json, *, indent: int | None = 2) -> None:
        """Print one JSON document."""
        plain = asdict(document) if is_dataclass(document) and not isinstance(document, type) else document
        ascii_only = "utf" not in (sys.stdout.encoding or "").lower()
        sys.stdout.write(json_text(plain, indent=indent, ascii_only=ascii_only) + "\n")
        sys.stdout.flush()

    def say(self, message: str | Text) -> None:
        """Print a message for the person."""
        stderr().print(message if isinstance(message, Text) else Text(one_line(message)), soft_wrap=True)

    def say_more(self, cursor: str | None) -> None:
        """Say how a list goes on, if it does."""
        if cursor is not None:
            self.say(f"there are more: the same with --cursor {cursor}")

    def command(self, words: str) -> str:
        """A command to type next, in the same place."""
        where = f"--db {shlex.quote(shown(self.db))} " if self.db else ""
        where = f"--url {shlex.quote(self.service)} " if self.service else where
        whose = f"--tenant {shlex.quote(self.tenant)} " if self.tenant else ""
        return f"agentflow {where}{whose}{words}"


@contextmanager
def _ended_by_sigterm(worker: bool) -> Iterator[None]:
    """While this process works, SIGTERM ends it as Ctrl-C does: attempts finish, claims are given back."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    if not worker or task is None:
        yield
        return
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


def stdout() -> Console:
    """Standard output, for data."""
    return _console(stderr=False)


def stderr() -> Console:
    """Standard error, for messages."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    # In a notebook, too, it writes text: there rich would show each of its lines by itself.
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False, force_jupyter=False)
    if not console.is_terminal:
        console.width = _UNBOUNDED
    return console


def width() -> int:
    """Columns that a table may use: those of the terminal, in a pipe what COLUMNS says; 0 where nothing limits it."""
    console, said = stdout(), os.environ.get("COLUMNS", "")
    return console.width if console.is_terminal else int(said) if said.isdecimal() else 0


Verb = Callable[..., Coroutine[Any, Any, int | None]]


def command(verb: Verb) -> Callable[..., int]:
    """A command for typer: the verb's own parameters after the session, and --db, --json, --url in any position."""
    own = list(inspect.signature(verb, eval_str=True).parameters.values())[1:]

    def invoke(
        context: typer.Context, db: str | None, tenant: str | None, as_json: bool, url: str | None, **values: Any
    ) -> int:
        session = Session.of(context, db, as_json, url, tenant)
        log_to_stderr(logging.WARNING)
        return asyncio.run(verb(session, **values)) or 0

    shared = [
        _keyword("context", typer.Context),
        _keyword("db", Database, None),
        _keyword("tenant", Owner, None),
        _keyword("as_json", AsJson, False),
        _keyword("url", Address, None),
    ]
    parameters = [*(one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own), *shared]
    invoke.__name__, invoke.__doc__ = verb.__name__, verb.__doc__
    invoke.__annotations__ = {one.name: one.annotation for one in parameters}
    invoke.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what inspect looks for
    return invoke


def _keyword(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
