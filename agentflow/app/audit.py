"""The audit log of one tenant: who did what, the newest first."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from functools import partial

from ..errors import UsageError
from ..records import Act, AuditState
from ..store.audit import act
from ..store.chain import Chain
from .house import House
from .pages import Moment as When
from .pages import Page, check, epoch, through
from .verbs import verb

_PORTION = 500


class Audit:
    """What the people and programs of one tenant have done. Nothing of it is ever changed or forgotten."""

    def __init__(self, house: House) -> None:
        self._house = house

    @verb("audit.list")
    async def list(  # what a list is narrowed by, each by name
        self,
        *,
        verb: str | None = None,
        who: str | None = None,
        thing: str | None = None,
        since: When | None = None,
        until: When | None = None,
        most: int = 100,
        cursor: str | None = None,
    ) -> Page[Act]:
        """Acts, the newest first; of one verb, of one person or key, on one thing, since and before a moment."""
        check(most)
        window = {
            "before": _position(cursor),
            "since": -math.inf if since is None else epoch(since, "since"),
            "until": math.inf if until is None else epoch(until, "until"),
            "most": most + 1,
        }
        of = {"tenant": self._house.principal.tenant, "verb": verb, "who": who, "thing": thing}
        found = [act(row) for row in await self._house.store.rows("audit", **of, **window)]
        return Page(found[:most], str(found[most - 1].n) if len(found) > most else None)

    @verb("audit.list")
    async def all(
        self,
        *,
        verb: str | None = None,
        who: str | None = None,
        thing: str | None = None,
        since: When | None = None,
        until: When | None = None,
    ) -> AsyncIterator[Act]:
        """Every act, the newest first, for whoever exports them; narrowed as a list is."""
        part = partial(self.list, verb=verb, who=who, thing=thing, since=since, until=until, most=_PORTION)
        async for one in through(part):
            yield one

    @verb("audit.verify")
    async def verify(self) -> AuditState:
        """Whether anybody has changed the log, of whichever tenant: all of it is read for that."""
        store = self._house.store
        last = await store.row("last_audit")
        chain = Chain(last["seq"] if last else 0)
        while rows := await store.rows("audit_after", after=chain.held, most=_PORTION):
            if wrong := chain.follow(rows):
                break
        wrong = wrong if rows else chain.end()
        return AuditState(chain.held, chain.held + 1 if wrong else None, wrong)


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 2**62
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 18:
        raise UsageError(f"{cursor!r} is no cursor: give the `next` of the page before")
    return int(cursor)
