"""Answers of models while they are written, for those who look at their goal."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from ..agent.progress import Draft
from .goals import GoalHandle

__all__ = ["Draft", "draft", "growing"]


def draft(handle: GoalHandle) -> Draft | None:
    """What is being written for a goal in this process, as far as it came; None where nothing is.

    Of what is written for another process, the goal's `progress` tells how much there is, and the last line.
    """
    return handle._house.agency.drafts.of(handle.id)


async def growing(handle: GoalHandle) -> AsyncGenerator[None, None]:
    """Whenever a goal is another than it was: with more of an answer, a new one, or one that has been checked.

    It goes on where the goal is planned no longer: somebody may ask for changes. What it says of progress comes a few
    times in a second, in whichever process the answer is written.
    """
    last = handle.record
    async with aclosing(handle._house.news.about(handle.id)) as news:
        async for _ in news:
            if (now := await handle.refresh()) != last:
                last = now
                yield
