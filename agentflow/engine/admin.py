"""What Restate knows of the workers, how it is told, and what keeps it from calling them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any

import httpx2

from ..errors import SecretMissing
from ..records import new_id
from ..store import Store, Write

HOUSE = "database"
"""Under which name Restate keeps, of a service, whose workers it calls for that."""
NOT_FOUND = 404
UNREACHED = (httpx2.HTTPError, SecretMissing)
"""What keeps a question from being asked."""
Token = Callable[[], Awaitable[str]]
"""What Restate lets in, looked up anew for each question. Raises `SecretMissing`."""

_SEAL = "restate"
_PAUSED = "SELECT id FROM sys_invocation WHERE target_service_name = '{}' AND status = 'paused'"
_PATIENCE = httpx2.Timeout(10.0, connect=2.0)
"""Seconds for one question."""


class Admin:
    """Where Restate is administered, for the workers that it calls by the name of this service."""

    def __init__(self, client: httpx2.AsyncClient, url: str, service: str) -> None:
        self._client, self._url, self._service = client, url, service

    async def register(self, address: str, house: str) -> str | None:
        """Say where the workers of this house are; what went wrong, if anything did."""
        body = {"uri": address, "force": True}
        try:
            if taken := await self.taken(house):
                return taken
            answer = await self._client.post(f"{self._url}/deployments", json=body)
        except UNREACHED as error:
            return f"{self._url} {unreached(error)}"
        return None if answer.is_success else f"{self._url} refuses {address}: {answer.text[:500]}"

    async def taken(self, house: str | None) -> str | None:
        """What it means that the service is another house's, as far as that can be seen. Raises `SecretMissing`."""
        try:
            answer = await self._known()
        except httpx2.HTTPError:
            return None
        return self._theirs(answer.json(), house) if answer.is_success else None

    async def fault(self, house: str | None) -> str | None:
        """What keeps Restate from calling the workers of this house."""
        try:
            answer = await self._known()
            if answer.status_code == NOT_FOUND:
                return f"Restate at {self._url} {unknown(self._service)}"
            if not answer.is_success:
                return f"Restate at {self._url} {answered(answer)}"
            return self._theirs(answer.json(), house) or await self._paused()
        except UNREACHED as error:
            return f"Restate at {self._url} {unreached(error)}"

    async def _known(self) -> httpx2.Response:
        return await self._client.get(f"{self._url}/services/{self._service}")

    def _theirs(self, known: Mapping[str, Any], house: str | None) -> str | None:
        if known.get("metadata", {}).get(HOUSE, house) == house:
            return None
        return (
            f"Restate at {self._url} has the name {self._service!r} for workers of another database, and calls those:"
            " give these another one (`service` in [engine]); or, where the others are gone for good, have Restate"
            f" forget them: curl -X DELETE '{self._url}/deployments/{known['deployment_id']}?force=true'"
        )

    async def _paused(self) -> str | None:
        """Nobody but a person pauses calls; until they are resumed, none is made for the same ids."""
        query = {"query": _PAUSED.format(self._service)}
        answer = await self._client.post(f"{self._url}/query", json=query, headers={"accept": "application/json"})
        paused = [row["id"] for row in answer.json()["rows"]] if answer.is_success else []
        if not paused:
            return None
        return (
            f"Restate at {self._url} has {len(paused)} paused calls, whose runs stand still: resume each, such as with"
            f" curl -X PATCH {self._url}/invocations/{paused[0]}/resume"
        )


async def house_of(store: Store) -> str | None:
    """What a database is called where there may be others; None of one for which no worker has begun yet."""
    row = await store.row("seal", name=_SEAL)
    return row["secret"] if row else None


async def named(store: Store) -> str:
    """The same, of one that has a name from now on."""
    await store.write([Write("insert_seal", {"name": _SEAL, "secret": new_id("house")})])
    return str(await house_of(store))


def client(token: Token | None) -> httpx2.AsyncClient:
    """Whoever asks Restate something."""
    return httpx2.AsyncClient(timeout=_PATIENCE, auth=_Bearer(token) if token else None)


class _Bearer(httpx2.Auth):
    """Shows a token."""

    def __init__(self, token: Token) -> None:
        self._token = token

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        request.headers["Authorization"] = f"Bearer {await self._token()}"
        yield request


def unreached(error: Exception) -> str:
    """Why nothing came of a question."""
    return f"is not asked: {error}" if isinstance(error, SecretMissing) else f"cannot be reached: {error!r}"


def answered(answer: httpx2.Response) -> str:
    """What came of it instead."""
    return f"answers {answer.status_code}: {answer.text[:200]}"


def unknown(service: str) -> str:
    """That Restate has nobody to call by this name."""
    return f"does not know {service!r}: a worker tells it when it begins"
