"""What is asked of a PostgreSQL server: whatever waits goes as one, as writes do.

While an answer is on its way others ask, of other runs; all of them are asked next, in one go, and what is asked twice
is asked once. Nobody is told what was read before he asked: who may no longer do something may not do it at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString

from . import Row
from .line import Asked, Line, answer, ask, written


@dataclass(slots=True)
class _Question:
    asked: Asked
    rows: asyncio.Future[list[Row]] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def refuse(self, error: Exception) -> None:
        if not self.rows.done():  # whoever asked for it is gone
            self.rows.set_exception(error)


class Reader:
    """One line, on which so many questions go at a time."""

    def __init__(self, line: Line, most: int) -> None:
        self._line, self._most = line, most
        self._waiting: list[_Question] = []
        self._asking: asyncio.Task[None] | None = None

    async def rows(self, sql: LiteralString, params: Mapping[str, Any]) -> list[Row]:
        """What a query finds. Raises what the driver says."""
        question = _Question((sql, params))
        self._waiting.append(question)
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_all())
        return await question.rows

    async def close(self) -> None:
        """Let what is asked be answered, then close."""
        while self._asking:
            await asyncio.wait([self._asking])
        await self._line.close()

    async def _ask_all(self) -> None:
        try:
            while self._waiting:
                now, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._ask(now)
        finally:
            self._asking = None

    async def _ask(self, questions: Sequence[_Question], *, again: bool = True) -> None:
        """Where the connection is lost meanwhile, the same over another one, once. Where one is no question, each by
        itself."""
        try:
            await self._answer(questions)
        except Exception as error:  # noqa: BLE001  # whatever it was, those who wait must hear of it
            if await self._line.lost(error):
                if again:
                    await self._ask(questions, again=False)
                    return
            elif len(questions) > 1:
                for question in questions:
                    await self._ask([question])
                return
            for question in questions:
                question.refuse(error)

    async def _answer(self, questions: Sequence[_Question]) -> None:
        cursor = (await self._line.open()).cursor()
        texts = written(cursor, [question.asked for question in questions])
        once = dict.fromkeys(texts)
        await ask(cursor, once)
        answers = {text: await answer(cursor) for text in once}
        for question, text in zip(questions, texts, strict=True):
            if not question.rows.done():
                question.rows.set_result(list(answers[text]))
