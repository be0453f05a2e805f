"""What people were told, and what could not be told to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ..errors import NotFound, ProviderError, UsageError
from ..notices import Link
from ..notices.posting import Unsent
from ..records import new_id
from ..records.shown import Listing
from ..settings import NotifySettings
from ..store import Row
from .house import House
from .reaching import person
from .verbs import verb

State = Literal["waiting", "sent", "dropped", "undelivered"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice on one channel: of a question (`kind`: asked, due, escalated, expired), or of a plan (review)."""

    approval: str | None
    """The question that it tells of, or None."""
    kind: str
    channel: str
    created_at: float
    due_at: float
    state: State
    tries: int
    error: str | None
    """Why it was not sent: what the server said, or why it is nothing for this person."""
    ended_at: float | None
    goal: str | None = None
    """The goal whose plan waits, or None."""
    person: str | None = None
    """Whom the channel reaches, where it reaches one."""
    link: Link | None = None
    """What kind of link it had when it was sent: `signed` lets that person in, `plain` whoever signs in."""


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
        self, *, state: State | None = None, approval: str | None = None, goal: str | None = None, most: int = 100
    ) -> Sequence[Notice]:
        """Notices, the newest first; in one state, of one question, of one goal."""
        if state is not None and state not in get_args(State):
            raise UsageError(f"a notice is never {state!r}: it is {', '.join(get_args(State))}")
        return Listing(await notices(self._house, state=state, about=approval or goal, most=most))

    @verb("notices.list")
    async def failings(self) -> Failings:
        """How many notices nobody took, and how many questions nobody decided in time."""
        tenant, store = self._house.principal.tenant, self._house.store
        [undelivered] = await store.rows("undelivered", tenant=tenant)
        [expired] = await store.rows("expired_undecided", tenant=tenant)
        return Failings(undelivered["n"], expired["n"])

    @verb("notices.list")
    def channels(self) -> Sequence[str]:
        """The channels that the settings name: of the house, and of people of this tenant."""
        return [name for name, way in self._house.courier.ways.items() if self._knows(way)]

    @verb("notices.test")
    async def test(self, channel: str) -> str:
        """Send a test on a channel now, and give its id. Raises `ProviderError` where it is not taken."""
        house, id = self._house, new_id("notice")
        known = self.channels()
        if channel not in known:
            named = ", ".join(known) or "none"
            raise NotFound(f"there is no channel {channel!r}: [notify.NAME] of agentflow.toml names them, here {named}")
        way = house.courier.ways[channel]
        document = {"kind": "test", "at": house.clock.now(), "id": id, "person": way.person}
        try:
            if way.person is not None:
                await person(house, way)
            await house.courier.send(channel, id, "This is a test: what waits for people would be told here.", document)
        except Unsent as error:
            raise ProviderError(f"{channel} did not take it: {error}") from None
        return id

    def _knows(self, way: NotifySettings) -> bool:
        return way.person is None or way.tenant == self._house.principal.tenant


async def notices(house: House, *, state: State | None = None, about: str | None = None, most: int) -> list[Notice]:
    """The notices of a tenant, the newest first; in one state, of one thing."""
    asked = {"tenant": house.principal.tenant, "state": state, "about": about, "most": most}
    return [_notice(row) for row in await house.store.rows("notices_about" if about else "notices", **asked)]


def _notice(row: Row) -> Notice:
    values = dict(row)
    about, review = values.pop("about"), row["kind"] == "review"
    return Notice(**values, approval=None if review else about, goal=about if review else None)
