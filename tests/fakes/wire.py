"""A wire to a PostgreSQL server that can be cut at a word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

SOCKET = ".s.PGSQL.5432"


class Wire:
    """Hands on what both ends say, until one that asks says `cut_at`."""

    def __init__(self, to: Path) -> None:
        self.cut_at: bytes | None = None
        self.says_it = True
        """Whether the server still hears the word at which it is cut."""
        self.asked = 0
        """How often the server was asked something."""
        self._to = to

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, out = await asyncio.open_unix_connection(str(self._to / SOCKET))
        answers = asyncio.create_task(self._answers(back, writer))
        try:
            while said := await reader.read(65_536):
                self.asked += 1
                cut = self.cut_at is not None and self.cut_at in said
                if cut:
                    answers.cancel()
                if not cut or self.says_it:
                    out.write(said)
                    await out.drain()
                if cut:
                    self.cut_at = None
                    await back.read(65_536 if self.says_it else 0)  # it was done
                    break
        finally:
            answers.cancel()
            writer.close()
            out.close()

    @staticmethod
    async def _answers(back: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await back.read(65_536):
            writer.write(said)


@asynccontextmanager
async def wire(to: Path, folder: Path) -> AsyncIterator[Wire]:
    """Between this folder and that of a server."""
    between = Wire(to)
    server = await asyncio.start_unix_server(between.meet, str(folder / SOCKET))
    try:
        yield between
    finally:
        server.close()
