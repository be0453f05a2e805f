"""Takes notices out: those whose moment has come, one try each, and what became of it is stored."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from ..engine.clock import Clock
from ..errors import Conflict, SecretMissing, StorageError
from ..records import Json
from ..redaction import Redactor
from ..settings import NotifySettings
from ..store import Row, Store, Write
from ..tools.secrets import Secrets
from . import LEASE, Channel, Entrance, NotTheirs, next_try
from .posting import Parcel, Unsent, post
from .subjects import Asked, Reviewed, Subject

log = logging.getLogger("agentflow.notices")

PAUSE = 1.0
"""Seconds between two looks."""
FEW = 20
"""Notices that are under way at a time."""


Admitting = Callable[[NotifySettings, Subject, str], Awaitable[Entrance]]
"""How whoever a way reaches gets to see a thing of which this kind of notice tells. Raises `NotTheirs`, and
`Unsent` where the person cannot be told now."""
_TOLD_WHILE = {"expired": "expired", "review": "review"}
"""Which status a thing must have to be told of; others wait for somebody."""


class _Taken(Conflict):
    """Another courier has it."""


@dataclass(frozen=True, slots=True)
class Courier:
    """Knows the ways that the settings name, and no others."""

    store: Store
    clock: Clock
    ways: Mapping[str, NotifySettings]
    secrets: Secrets
    redact: Redactor
    admit: Admitting

    def channels(self) -> tuple[Channel, ...]:
        """The ways by name."""
        return tuple(Channel(name, way.after or 0.0, way.person, way.tenant) for name, way in self.ways.items())

    async def run(self) -> None:
        """Take out what is due, for ever. Without a way it ends at once."""
        while self.ways:
            try:
                while await self.round() == FEW:
                    continue
            except StorageError as error:
                log.warning("notices stay for now: %s", error)
            await self.clock.wait(asyncio.Event(), self.clock.now() + PAUSE)

    async def round(self) -> int:
        """Take out what is due now; how many notices were looked at."""
        due = await self._due()
        await asyncio.gather(*(self._take_out(row) for row in due))
        return len(due)

    async def send(self, channel: str, id: str, text: str, document: Json, url: str | None = None) -> None:
        """Send something now. Raises `Unsent`, with no secret in its words."""
        way = self.ways[channel]
        try:
            secret = await self.secrets.named(way.secret) if way.secret else None
            await asyncio.to_thread(post, way, secret, Parcel(id, text, document, self.clock.now(), url))
        except (Unsent, SecretMissing) as error:
            raise Unsent(self.redact.text(str(error))) from None

    async def _due(self) -> list[Row]:
        ways = json.dumps(list(self.ways))
        return await self.store.rows("due_notices", channels=ways, now=self.clock.now(), most=FEW)

    async def _take_out(self, row: Row) -> None:
        now = self.clock.now()
        key = {"about": row["about"], "kind": row["kind"], "channel": row["channel"]}
        taken = {**key, "tries": row["tries"], "until": now + LEASE}
        with suppress(_Taken):
            await self.store.write([Write("take_notice", taken, _Taken())])
            end = await self._outcome(row)
            told = {"state": end.state, "error": end.error, "due_at": end.due_at, "link": end.link}
            await self.store.write([Write("end_notice", {**key, **told, "now": self.clock.now()})])

    async def _outcome(self, row: Row) -> _End:
        """What became of this try."""
        kind, now = row["kind"], self.clock.now()
        thing = await self.store.row("reviewed_goal" if kind == "review" else "asked_question", id=row["about"])
        if kind == "expired" and thing and thing["status"] == "pending":
            return _End("waiting", due_at=max(now + PAUSE, thing["expires_at"] or 0.0))  # not heard yet, or more time
        if thing is None or thing["status"] != _TOLD_WHILE.get(kind, "pending"):
            return _End("dropped")
        subject: Subject = Reviewed.of(thing) if kind == "review" else Asked.of(thing)
        try:
            return _End("sent", link=await self._tell(row, subject))
        except NotTheirs as error:
            return _End("dropped", str(error))
        except Unsent as error:
            again = next_try(row["tries"] + 1, now)
            log.warning("notice of %s by %s was not taken: %s", row["about"], row["channel"], error)
            return _End("undelivered" if again is None else "waiting", str(error), again)

    async def _tell(self, row: Row, subject: Subject) -> str | None:
        """Tell it, with a link that is made now and stored nowhere; of which kind that is."""
        kind, channel = row["kind"], row["channel"]
        way = self.ways[channel]
        entrance = await self.admit(way, subject, kind)
        said = {**subject.document(kind), "at": self.clock.now(), "person": way.person, "url": entrance.url}
        await self.send(channel, subject.delivery(kind, channel), subject.words(kind), said, entrance.url)
        return entrance.kind


@dataclass(frozen=True, slots=True)
class _End:
    """The state of a notice after a try, why, when it is tried again, and the kind of link that it had."""

    state: str
    error: str | None = None
    due_at: float | None = None
    link: str | None = None
