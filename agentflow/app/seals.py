"""What this house gives out and knows again: a sealed text says what it is for, what it holds and until when."""

from __future__ import annotations

import secrets

from itsdangerous import BadData, URLSafeSerializer

from ..errors import Expired, Unauthorized
from ..records import Json
from ..store import Write
from .house import House

_NAME = "house"


class Seals:
    """Of one database: whoever has it can seal, and everybody can read what a seal holds."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._secret = ""

    async def seal(self, purpose: str, said: dict[str, Json], until: float) -> str:
        """A text, fit for a cookie or an address, that `opened` takes for this purpose until then."""
        return str((await self._serializer(purpose)).dumps([until, said]))

    async def opened(self, purpose: str, text: str) -> dict[str, Json]:
        """What was sealed. Raises `Unauthorized` where this is no seal of this house for it, and `Expired`."""
        try:
            until, said = (await self._serializer(purpose)).loads(text)
        except BadData:
            raise Unauthorized(f"this {purpose} is none that was given out here") from None
        if self._house.clock.now() >= until:
            raise Expired(f"this {purpose} has expired")
        found: dict[str, Json] = said
        return found

    async def _serializer(self, purpose: str) -> URLSafeSerializer:
        """With the house's secret, which is made when it is needed first."""
        if not self._secret:
            self._secret = await self._known() or await self._made()
        return URLSafeSerializer(self._secret, salt=purpose)

    async def _known(self) -> str:
        row = await self._house.store.row("seal", name=_NAME)
        return row["secret"] if row else ""

    async def _made(self) -> str:
        """A secret of its own, or that of whoever was faster."""
        made = {"name": _NAME, "secret": secrets.token_urlsafe(32)}
        await self._house.store.write([Write("insert_seal", made)])
        return await self._known()
