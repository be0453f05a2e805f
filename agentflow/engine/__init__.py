"""The seam of the durable engine: what the rest of the house asks of it, whichever engine it is.

An engine keeps one ordered inbox for each id, runs attempts, holds timers, and calls the handler of an id whenever
something can be delivered to it. Nothing below this line retries, matches events, pauses or knows a status: all that
is written once, above, over these few verbs.

A handler is a loop: take the `next` thing that happened, decide, register attempts and timers, `commit`. What `do`
registers starts only after the commit that makes it known; what a handler writes is stored in that same commit. A
handler that is called again for the same id (after a crash, a takeover, a hibernation) registers again what is still
open: an attempt that had begun and whose outcome is not stored comes back as interrupted, with the mark that was left
on it, and is not run twice under one key.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..records import Json
from ..store import Row, Write

Fn = Callable[[], Awaitable[Json]]
"""One attempt: an error is a value. One that raises is a defect of the host, and unwinds the handler."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that happened: `outcome` of an attempt, `timer`, or a message of the inbox by its own kind."""

    kind: str
    key: str
    body: Json
    at: float
    """When it was ready: a message or outcome when it was stored, a timer when it was due. Epoch seconds."""


@dataclass(frozen=True, slots=True)
class Start:
    """An id to begin: what its worker must have (`needs`), and with whom it shares a limit (`lane`).

    `writes` are stored with it. The first of them that is refused refuses all.
    """

    id: str
    kind: str
    needs: Sequence[str]
    writes: Sequence[Write] = ()
    lane: str | None = None


@dataclass(frozen=True, slots=True)
class Inheritance:
    """What a new generation takes over: the messages and outcomes that come first, in order (the events that are in the
    inbox follow them), the keys of attempts that stay begun, each with its mark, if they have no outcome, and the keys
    whose messages stay in the inbox."""

    inbox: Sequence[Item]
    attempts: Sequence[str]
    answers: Sequence[str] = ()


Said = Sequence[tuple[str, Item]]
"""What goes to other ids in the same commit, in this order; unknown ones are passed over."""


class Suspended(BaseException):
    """Nothing can be delivered for a while: the handler is unwound, and called again when something can."""


class Step(Protocol):
    """What a handler may do for its id. Keys are the handler's own."""

    generation: int

    def do(self, key: str, fn: Fn) -> None:
        """Register one attempt; its outcome comes as one `Item("outcome", key, ...)`, at most once.

        An attempt whose outcome is in the inbox already is not run: that outcome is the one that comes.
        """
        ...

    def timer(self, key: str, at: float) -> None:
        """Register a timer for an epoch second; a second call under the same key moves it.

        One that has rung, by what is in the inbox, does not ring by itself.
        """
        ...

    def drop(self, key: str) -> None:
        """Withdraw an attempt or a timer: it is cancelled, and what it still says is refused."""
        ...

    async def mark(self, key: str, mark: str) -> None:
        """Leave a durable mark on a running attempt: an interruption brings it back."""
        ...

    async def next(self) -> Item:
        """Exactly one thing that happened, the one that was ready first. Raises `Suspended`."""
        ...

    async def commit(self, writes: Sequence[Write]) -> None:
        """Store the writes, that the items since the last commit were taken, and the new attempts; then start those.

        Raises `StaleClaim` when another worker has taken over, or a write's own refusal: nothing is stored then.
        """
        ...

    async def park(self, writes: Sequence[Write]) -> None:
        """Let running attempts end, store the writes and let go: the last item comes again when somebody posts."""
        ...

    def post(self, id: str, item: Item) -> None:
        """Put a message into the inbox of another id, with the next commit (or finish, or renew). Unknown ids are
        passed over."""
        ...

    async def renew(self, unread: Sequence[Item], writes: Sequence[Write], at: float) -> None:
        """The last commit of this generation, and the beginning of the next: what was begun is forgotten, with every
        message that names a key. The `unread` events and the events of the inbox (in this order) follow a `start`; what
        people have said comes before it. It is worked on from that moment on, or when somebody says something."""
        ...

    async def finish(self, writes: Sequence[Write]) -> None:
        """The last commit: the id is not worked on again until it is started or posted to anew."""
        ...


Handler = Callable[[str, Step], Awaitable[None]]


class Engine(Protocol):
    """One durable engine. `writes` of the caller are stored with the engine's own, all or nothing."""

    async def start(self, starts: Sequence[Start], said: Said = ()) -> None:
        """Make ids known and post each the message `start`, all or nothing."""
        ...

    async def post(self, id: str, item: Item, writes: Sequence[Write] = ()) -> None:
        """Put a message into the inbox of an id."""
        ...

    async def restart(
        self,
        id: str,
        generation: int,
        writes: Sequence[Write],
        inherit: Inheritance | None = None,
        said: Said = (),
        needs: Sequence[str] | None = None,
    ) -> None:
        """Begin as `generation`. Without an inheritance what was begun is forgotten, the first message is `start`, and
        events that came before are unread again, in their order. What is `said` to this id comes after all that. Where
        `needs` are given, a worker must have these."""
        ...

    async def stop(self, id: str, writes: Sequence[Write], said: Said = ()) -> None:
        """Take an id out of its worker's hands, without a word to its handler; unread events stay."""
        ...

    async def delete(self, id: str, writes: Sequence[Write], said: Said = ()) -> None:
        """Stop and forget an id."""
        ...


class WorkingEngine(Engine, Protocol):
    """One that can have a worker in this process, too: what an open house asks of it."""

    worker: str
    """The id of that worker."""

    async def work(
        self, handlers: Mapping[str, Handler], tools: Sequence[str], can: Callable[[Sequence[str]], bool]
    ) -> None:
        """Begin to run what is due, until `close`. `can` says whether this worker has the tools an id needs."""
        ...

    async def close(self) -> None:
        """Let attempts finish, give back what is in hand, leave."""
        ...

    @property
    def working(self) -> bool:
        """Whether this process runs what is due, and not only reads and posts."""
        ...

    async def alive(self) -> list[Row]:
        """The workers of this database that are alive."""
        ...

    async def pressing(self, soon: float) -> bool:
        """Whether anything is in a worker's hands, or is due by then and this worker can do it."""
        ...

    async def faults(self) -> list[str]:
        """What keeps work from coming to the workers, a sentence each."""
        ...

    def ring(self) -> None:
        """Have workers look for what has become due: somebody wrote that beside the engine."""
        ...
