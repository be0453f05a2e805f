"""Takes notices out: those whose moment has come, one try each, and what became of it is stored."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from ..engine.clock import Clock
from ..errors import Conflict, SecretMissing, StorageError
from ..records import Json
from ..redaction import Redactor
from ..settings import NotifySettings
from ..store import Row, Store, Write
from ..tools.secrets import Secrets
from . import LEASE, Asked, Channel, next_try, words
from .posting import Parcel, Unsent, post

log = logging.getLogger("agentflow.notices")

PAUSE = 1.0
"""Seconds between two looks."""
FEW = 20
"""Notices that are under way at a time."""


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

    def channels(self) -> tuple[Channel, ...]:
        """The ways by name."""
        return tuple(Channel(name, way.after or 0.0) for name, way in self.ways.items())

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
        due = [row for name in self.ways for row in await self._due(name)][:FEW]
        await asyncio.gather(*(self._take_out(row) for row in due))
        return len(due)

    async def send(self, channel: str, id: str, text: str, document: Json) -> None:
        """Send something now. Raises `Unsent`, with no secret in its words."""
        way = self.ways[channel]
        try:
            secret = await self.secrets.named(way.secret) if way.secret else None
            await asyncio.to_thread(post, way, secret, Parcel(id, text, document, self.clock.now()))
        except (Unsent, SecretMissing) as error:
            raise Unsent(self.redact.text(str(error))) from None

    async def _due(self, channel: str) -> list[Row]:
        return await self.store.rows("due_notices", channel=channel, now=self.clock.now(), most=FEW)

    async def _take_out(self, row: Row) -> None:
        now = self.clock.now()
        key = {"approval": row["approval"], "kind": row["kind"], "channel": row["channel"]}
        taken = {**key, "tries": row["tries"], "until": now + LEASE}
        with suppress(_Taken):
            await self.store.write([Write("take_notice", taken, _Taken())])
            state, error, due = await self._outcome(row)
            end = {**key, "state": state, "error": error, "due_at": due, "now": self.clock.now()}
            await self.store.write([Write("end_notice", end)])

    async def _outcome(self, row: Row) -> tuple[str, str | None, float | None]:
        """Its state after this try, why it was not sent, and when it is tried again."""
        now, tries = self.clock.now(), row["tries"] + 1
        if (
            row["kind"] == "expired" and row["status"] == "pending"
        ):  # its run has not heard yet, or it has more time now
            return "waiting", None, max(now + PAUSE, row["expires_at"] or 0.0)
        if row["status"] != ("expired" if row["kind"] == "expired" else "pending"):
            return "dropped", None, None
        known = Asked.of(row)
        document = {"kind": f"approval.{row['kind']}", "at": now, "approval": known.document()}
        try:
            id = f"{row['approval']}/{row['kind']}/{row['channel']}"
            await self.send(row["channel"], id, words(row["kind"], known), document)
        except Unsent as error:
            again = next_try(tries, now)
            log.warning("notice of %s by %s was not taken: %s", row["approval"], row["channel"], error)
            return ("undelivered" if again is None else "waiting"), str(error), again
        return "sent", None, None
