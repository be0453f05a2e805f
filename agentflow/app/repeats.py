"""Requests that are sent again: what was answered the first time is answered once more, and nothing is done twice."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from ..errors import Conflict, UsageError
from ..records import new_id
from ..store import Row, Write
from .house import House

DAY = 86_400.0
"""Seconds for which an answer is kept."""
LOST = 60.0
"""Seconds after which a request of a service that is gone counts as never answered."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: text, of a media type."""

    status: int
    media: str
    body: str


class Repeats:
    """The answers of one service, by tenant and key."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._owner = new_id("service")

    async def begin(self, tenant: str, key: str, digest: str) -> Answer | None:
        """Take a request up; where it was answered before, the answer.

        Raises `Conflict` while the first one is under way, and `UsageError` where the key was used for another.
        """
        now = self._house.clock.now()
        old = {"before": now - DAY, "owner": self._owner, "lost": now - LOST}
        taken = Conflict(f"a request with the key {key!r} is under way: ask again when it is answered")
        values = {"tenant": tenant, "key": key, "digest": digest, "owner": self._owner, "now": now}
        try:
            await self._house.store.write([Write("drop_old_answers", old), Write("insert_answer", values, taken)])
        except Conflict:
            row = await self._house.store.row("answer", tenant=tenant, key=key)
            if row is None:  # it was just let go
                raise
            return self._known(row, key, digest, taken)
        return None

    async def keep(self, tenant: str, key: str, answer: Answer) -> None:
        """Store what is answered to a request that was taken up."""
        values = {"status": answer.status, "media": answer.media, "body": answer.body}
        await self._house.store.write([Write("keep_answer", {**self._of(tenant, key), **values})])

    def acting(self, tenant: str, key: str) -> AbstractContextManager[None]:
        """Around what a request does: that it acted is stored with the act, so that it never acts twice."""
        return self._house.store.along(Write("act_answer", self._of(tenant, key)))

    async def drop(self, tenant: str, key: str) -> None:
        """Forget a request that came to no answer: it may be sent again, where it has not acted."""
        of = self._of(tenant, key)
        await self._house.store.write([Write("drop_answer", of), Write("disown_answer", of)])

    def _known(self, row: Row, key: str, digest: str, taken: Conflict) -> Answer:
        if row["digest"] != digest:
            raise UsageError(f"the key {key!r} was used for another request: take a new one for each")
        if row["status"] is None and row["acted"] and row["owner"] != self._owner:
            raise Conflict(f"the request with the key {key!r} has acted, but its answer is lost: look what came of it")
        if row["status"] is None:
            raise taken
        return Answer(row["status"], row["media"], row["body"])

    def _of(self, tenant: str, key: str) -> dict[str, str]:
        return {"tenant": tenant, "key": key, "owner": self._owner}
