"""Asks again what is worth asking again: a busy server, a failed one, a lost connection, a cut stream."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from ..errors import ProviderError
from .conversation import LLM, Answer, Request, ignore

TRIES = 4
LONGEST_WAIT = 60.0
"""Seconds. A server that asks for more is not asked again."""

_backoff = wait_exponential_jitter(initial=1, max=20, jitter=1)


class Retrying:
    """A provider that is patient with another one."""

    def __init__(self, llm: LLM, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._llm = llm
        self._sleep = sleep

    @property
    def name(self) -> str:
        return self._llm.name

    async def ask(self, request: Request, on_text: Callable[[str], None] = ignore) -> Answer:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(TRIES),
            retry=retry_if_exception(_worth_it),
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return await retrying(self._llm.ask, request, on_text)
        except ProviderError as error:
            tries = retrying.statistics["attempt_number"]
            if tries == 1:
                raise
            raise ProviderError(f"{error} (asked {tries} times)", retryable=error.retryable) from error

    async def close(self) -> None:
        await self._llm.close()


def _worth_it(error: BaseException) -> bool:
    return isinstance(error, ProviderError) and error.retryable and (error.after or 0) <= LONGEST_WAIT


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.after if isinstance(error, ProviderError) else None
    return _backoff(state) if asked is None else asked
