"""A client of few words, which costs little beside the service that it measures: HTTP/1.1 over asyncio's streams."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple


class Told(NamedTuple):
    """An event of a stream."""

    name: bytes
    data: bytes


class Wire:
    """Connections to one service, which are kept: as many as there are requests at a time."""

    def __init__(self, host: str, port: int) -> None:
        self._where = (host, port)
        self._head = f"Host: {host}:{port}\r\n"
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and document of an answer."""
        reader, writer = await self._connection()
        writer.write(self._request(method, path, body))
        head = await reader.readuntil(b"\r\n\r\n")
        status, length = int(head[9:12]), _length(head)
        told = await reader.readexactly(length)
        self._free.append((reader, writer))
        return status, json.loads(told) if told else None

    async def listen(self, path: str, heard: asyncio.Event) -> AsyncIterator[Told]:
        """The events of a stream; `heard` is set when it has begun."""
        reader, writer = await asyncio.open_connection(*self._where, limit=2**20)
        writer.write(self._request("GET", path, None))
        head = await reader.readuntil(b"\r\n\r\n")
        if head[9:12] != b"200":
            raise AssertionError(f"{path}: {head[:40]!r}")
        heard.set()
        rest = b""
        try:
            while size := int((await reader.readline()).strip() or b"0", 16):  # chunks, as HTTP/1.1 has them
                *events, rest = (rest + (await reader.readexactly(size + 2))[:-2]).split(b"\n\n")
                for event in events:
                    if told := _told(event):
                        yield told
        finally:
            writer.close()

    def close(self) -> None:
        """No connection is left."""
        for _, writer in self._free:
            writer.close()
        self._free.clear()

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._free:
            reader, writer = self._free.pop()
            if not reader.at_eof():  # else the service has let go what was idle
                return reader, writer
            writer.close()
        return await asyncio.open_connection(*self._where)

    def _request(self, method: str, path: str, body: Any) -> bytes:
        sent = b"" if body is None else json.dumps(body).encode()
        kind = f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n" if sent or method == "POST" else ""
        return f"{method} {path} HTTP/1.1\r\n{self._head}{kind}\r\n".encode() + sent


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    raise AssertionError(f"an answer without a length: {head[:200]!r}")


def _told(event: bytes) -> Told | None:
    """What stands in an event; None where it is only there to keep the connection."""
    fields = dict(line.partition(b": ")[::2] for line in event.splitlines())
    return Told(fields.get(b"event", b""), fields.get(b"data", b"")) if b"data" in fields else None
