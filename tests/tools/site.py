"""A server on 127.0.0.1 that says exactly the bytes that a test gave it, and keeps what it heard.

    async with Site(said(b"hello")) as site:
        await outbound().send(site.order())

Each connection is answered by the next act; the last one repeats.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from agentflow.tools.addresses import special
from agentflow.tools.order import Order
from agentflow.tools.outbound import Outbound

Act = bytes | Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

NAME = "site.test"
"""Resolves nowhere: who reaches it goes where the test says."""


@dataclass(frozen=True)
class Heard:
    """A request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes


def said(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer. Names of headers are written with `_` for `-`."""
    fields = {"content_length": str(len(body)), **headers}
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Site:
    """Listens from `async with` to its end."""

    def __init__(self, *acts: Act, trust: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        self.heard: list[Heard] = []
        self.port = port
        self.broken_off = 0
        """Connections that their client closed before all had been said."""
        self._acts = list(acts)
        self._trust = trust
        self._host = host
        self._answering: set[asyncio.Task[Any] | None] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._answer, self._host, self.port, ssl=self._trust)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._server.close()
        await self._server.wait_closed()
        for task in self._answering - {None}:
            await asyncio.wait_for(asyncio.shield(task), 60) if task else None

    @property
    def place(self) -> str:
        """As an allow-list names it."""
        return f"{NAME}:{self.port}" if self._trust else f"http://{NAME}:{self.port}"

    @property
    def url(self) -> str:
        return f"https://{self.place}/" if self._trust else f"{self.place}/"

    def order(self, method: str = "GET", path: str = "", **more: Any) -> Order:
        """A request to this server, which the agent is allowed."""
        return Order(method, self.url + path, **{"hosts": (self.place,), "timeout": 20.0, **more})

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._answering.add(asyncio.current_task())
        try:
            self.heard.append(await _heard(reader))
            act = self._acts.pop(0) if len(self._acts) > 1 else self._acts[0]
            if isinstance(act, bytes):
                writer.write(act)
                await writer.drain()
            else:
                await act(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.broken_off += 1
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()


class Names:
    """Resolves to one answer after the other, the last one for ever, and keeps what it was asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.asked: list[tuple[str, int]] = []
        self._answers = list(answers)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


async def here(host: str, port: int) -> Sequence[str]:
    """Every name is at 127.0.0.1."""
    return ["127.0.0.1"]


def near(address: str) -> str | None:
    """As the real rule, but that this machine counts as public."""
    return None if address.startswith("127.") else special(address)


def outbound(**given: Any) -> Outbound:
    """The real way out, with names that are here."""
    return Outbound(**{"resolve": here, "special": near, **given})


async def _heard(reader: asyncio.StreamReader) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-2])}
    return Heard(head[0], headers, await reader.readexactly(int(headers.get("content-length", 0))))
