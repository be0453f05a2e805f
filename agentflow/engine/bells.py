"""How Restate is told that an id is due."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from urllib.parse import quote

from .admin import NOT_FOUND, UNREACHED, Admin, Token, answered, client, unknown, unreached

log = logging.getLogger("agentflow.engine")

_AT_ONCE = 32
"""Calls on their way."""
_DEAF = 1.0
"""Seconds for which a server that did not hear is not called again: whoever posts shall not wait for it each time."""


class Restate:
    """A server of Restate, or none: then nobody is told, and workers find what is overdue."""

    def __init__(self, url: str | None, service: str, token: Token | None = None) -> None:
        self._url, self._service = url and url.rstrip("/"), service
        self._client = client(token) if url else None
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._ringing: set[asyncio.Task[None]] = set()
        self._deaf = False
        self.stranger = False
        """Whether it does not know the workers: it has lost what it knew, or is another one."""
        self._deaf_until = float("-inf")

    async def ring(self, ids: Iterable[str], once: str | None = None) -> None:
        """Have these driven. `once` names the occasion: of several calls for the same, one is made.

        Where that fails, nothing is lost: the rows say that these ids are due.
        """
        await asyncio.gather(*(self._ring(id, once) for id in dict.fromkeys(ids)))

    def ring_soon(self, ids: Iterable[str], once: str | None = None) -> None:
        """The same, without waiting for it."""
        task = asyncio.create_task(self.ring(ids, once), name="bells of Restate")
        self._ringing.add(task)
        task.add_done_callback(self._ringing.discard)

    async def _ring(self, id: str, once: str | None) -> None:
        if self._client is None or time.monotonic() < self._deaf_until:
            return
        key = {} if once is None else {"idempotency-key": once}
        async with self._places:
            if time.monotonic() < self._deaf_until:  # since we began to wait
                return
            try:
                called = await self._client.post(
                    f"{self._url}/{self._service}/{quote(id, safe='')}/drive/send", headers=key
                )
                self.stranger = called.status_code == NOT_FOUND
                self._hears(called.is_success, unknown(self._service) if self.stranger else answered(called))
            except UNREACHED as error:
                self._hears(False, unreached(error))

    def _hears(self, heard: bool, why: str) -> None:
        """Said once for an outage, and once when it is over."""
        if not heard and not self._deaf:
            log.warning("Restate at %s %s; what is due waits until it hears again", self._url, why)
        if heard and self._deaf:
            log.warning("Restate at %s hears again", self._url)
        self._deaf = not heard
        if not heard:
            self._deaf_until = time.monotonic() + _DEAF

    def admin(self, url: str | None) -> Admin | None:
        """Where it is administered, by the same token."""
        return Admin(self._client, url, self._service) if self._client and url else None

    async def fault(self) -> str | None:
        """What keeps it from being rung."""
        assert self._client is not None
        try:
            answer = await self._client.get(f"{self._url}/restate/health")
        except UNREACHED as error:
            return f"Restate at {self._url} {unreached(error)}"
        return None if answer.is_success else f"Restate at {self._url} {answered(answer)}"

    def known(self) -> None:
        """It knows the workers now: before, it did not know whom to call."""
        self.stranger, self._deaf_until = False, float("-inf")

    async def close(self) -> None:
        """Once those who were to be told have been."""
        if self._ringing:
            await asyncio.wait(self._ringing)
        if self._client:
            await self._client.aclose()
