"""What people were told, and what could not be told to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ..errors import NotFound, ProviderError, UsageError
from ..notices.posting import Unsent
from ..records import new_id
from .house import House
from .verbs import verb

State = Literal["waiting", "sent", "dropped", "undelivered"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice of a question on one channel. `kind`: asked, due, escalated, expired."""

    approval: str
    kind: str
    channel: str
    created_at: float
    due_at: float
    state: State
    tries: int
    error: str | None
    ended_at: float | None


@dataclass(frozen=True, slots=True)
class Failings:
    """What did not reach people, and what they did not decide: two things."""

    undelivered: int
    expired_undecided: int


class Notices:
    """The notices of one tenant."""

    def __init__(self, house: House) -> None:
        self._house = house

    @verb("notices.list")
    async def list(
        self, *, state: State | None = None, approval: str | None = None, most: int = 100
    ) -> Sequence[Notice]:
        """Notices, the newest first; in one state, of one question."""
        if state is not None and state not in get_args(State):
            raise UsageError(f"a notice is never {state!r}: it is {', '.join(get_args(State))}")
        asked = {"tenant": self._house.principal.tenant, "state": state, "approval": approval, "most": most}
        return [Notice(**dict(row)) for row in await self._house.store.rows("notices", **asked)]

    @verb("notices.list")
    async def failings(self) -> Failings:
        """How many notices nobody took, and how many questions nobody decided in time."""
        tenant, store = self._house.principal.tenant, self._house.store
        [undelivered] = await store.rows("undelivered", tenant=tenant)
        [expired] = await store.rows("expired_undecided", tenant=tenant)
        return Failings(undelivered["n"], expired["n"])

    @verb("notices.list")
    def channels(self) -> Sequence[str]:
        """The channels that the settings name."""
        return [channel.name for channel in self._house.courier.channels()]

    @verb("notices.test")
    async def test(self, channel: str) -> str:
        """Send a test on a channel now, and give its id. Raises `ProviderError` where it is not taken."""
        courier, id = self._house.courier, new_id("notice")
        if channel not in courier.ways:
            named = ", ".join(courier.ways) or "none"
            raise NotFound(f"there is no channel {channel!r}: [notify.NAME] of agentflow.toml names them, here {named}")
        document = {"kind": "test", "at": self._house.clock.now(), "id": id}
        try:
            await courier.send(channel, id, "This is a test: what waits for people would be told here.", document)
        except Unsent as error:
            raise ProviderError(f"{channel} did not take it: {error}") from None
        return id
