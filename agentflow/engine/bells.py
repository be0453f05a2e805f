"""How Restate is told that an id is due, and where the workers are."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from urllib.parse import quote

import httpx2

log = logging.getLogger("agentflow.engine")

_NOT_FOUND = 404
_AT_ONCE = 32
"""Calls on their way."""
_PATIENCE = httpx2.Timeout(10.0, connect=2.0)
"""Seconds for one of them."""
_DEAF = 1.0
"""Seconds for which a server that did not hear is not called again: whoever posts shall not wait for it each time."""


class Restate:
    """A server of Restate, or none: then nobody is told, and workers find what is overdue."""

    def __init__(self, url: str | None, service: str) -> None:
        self._url, self._service = url and url.rstrip("/"), service
        self._client = httpx2.AsyncClient(timeout=_PATIENCE) if url else None
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
                self.stranger = called.status_code == _NOT_FOUND
                self._hears(called.is_success, self._unknown() if self.stranger else _answer(called))
            except httpx2.HTTPError as error:
                self._hears(False, f"cannot be reached: {error!r}")

    def _hears(self, heard: bool, why: str) -> None:
        """Said once for an outage, and once when it is over."""
        if not heard and not self._deaf:
            log.warning("Restate at %s %s; what is due waits until it hears again", self._url, why)
        if heard and self._deaf:
            log.warning("Restate at %s hears again", self._url)
        self._deaf = not heard
        if not heard:
            self._deaf_until = time.monotonic() + _DEAF

    async def register(self, admin: str, address: str) -> str | None:
        """Say where the workers are; what went wrong, if anything did."""
        assert self._client is not None
        body = {"uri": address, "force": True}
        try:
            answer = await self._client.post(f"{admin.rstrip('/')}/deployments", json=body)
        except httpx2.HTTPError as error:
            return f"{admin} cannot be reached: {error!r}"
        if not answer.is_success:
            return f"{admin} refuses {address}: {answer.text[:500]}"
        self._deaf_until = float("-inf")  # it did not know whom to call
        return None

    async def faults(self, admin: str) -> list[str]:
        """Whether it can be reached at both of its addresses, and knows the workers."""
        asked = ((self._url, "/restate/health"), (admin.rstrip("/"), f"/services/{self._service}"))
        return [f"Restate at {place} {why}" for place, path in asked if (why := await self._fault(f"{place}{path}"))]

    async def _fault(self, url: str) -> str | None:
        assert self._client is not None
        try:
            answer = await self._client.get(url)
        except httpx2.HTTPError as error:
            return f"cannot be reached: {error!r}"
        if answer.status_code == _NOT_FOUND:
            return self._unknown()
        return None if answer.is_success else _answer(answer)

    def _unknown(self) -> str:
        return f"does not know {self._service!r}: a worker tells it when it begins"

    async def close(self) -> None:
        """Once those who were to be told have been."""
        if self._ringing:
            await asyncio.wait(self._ringing)
        if self._client:
            await self._client.aclose()


def _answer(answer: httpx2.Response) -> str:
    return f"answers {answer.status_code}: {answer.text[:200]}"
