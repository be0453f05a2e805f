"""Guests in this process: the real activations behind the real checks, with no process, no socket and no wall."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Sequence
from typing import cast

from agentflow.errors import GuestDied
from agentflow.guest import activation, frames, server
from agentflow.records import Compiled, Json, ToolSpec
from agentflow.sandbox import Code, Layers, Opening
from agentflow.sandbox.guests import Guest, GuestActivation
from agentflow.sandbox.process import Allowance, Process
from agentflow.validator import check


class NearProcess:
    """Stands where the child process would: answers each frame with one frame."""

    pid = 0
    what = ""

    def __init__(self) -> None:
        self._guest = server.Guest()
        self.alive = True

    def processor_time(self) -> float:
        """It has none of its own."""
        return 0.0

    def send(self, message: Json, may: Allowance) -> asyncio.Future[bytes]:
        """What will be the frame of its answer; the message has gone through one too."""
        if not self.alive:
            raise GuestDied("this guest is gone: open the run anew")
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        answer.set_result(self._guest.answer(_through(message)).encode())
        return answer

    async def end(self, why: str = "") -> None:
        """It answers no more."""
        self.alive = False


class NearSandbox:
    """Compiles and runs plans in this process: for plans that a test has made, and for nobody else's."""

    def __init__(self, *memory_mb: int, **limits: float) -> None:
        self._guests: dict[Code, Guest] = {}

    async def layers(self) -> Layers:
        """Nothing holds it."""
        return {}

    async def compile(self, source: str, tools: Sequence[ToolSpec] | None) -> Compiled:
        """The policy's code, unchecked by the validator's rules."""
        answer = check(source, None)
        assert answer["blob"] is not None, answer["findings"]
        return Compiled((), answer["blob"], answer["entry"], tuple(answer["tools"]))

    async def open(self, code: Code, opening: Opening) -> GuestActivation:
        """An activation in the guest of that code."""
        guest = self._guests.get(code)
        if guest is None or guest.worn or not guest.process.alive:
            guest = self._guests[code] = await Guest.load(code, cast(Process, NearProcess()))
        near = GuestActivation(guest, guest.reserve(opening.run), on_death=_nothing, on_close=_nothing)
        near.open(opening)
        return near

    async def close(self) -> None:
        """Nothing answers any more."""
        for guest in self._guests.values():
            await guest.process.end()


def bury() -> None:
    """Forget what was let go. A real guest never does: freeing a coroutine runs its plan's code, out of any run.

    It happens here and now, and what such code says is not heard.
    """
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        activation._graveyard.clear()
        gc.collect()
    finally:
        sys.unraisablehook = hook


def _nothing() -> None:
    """Nobody keeps a count of these."""


def _through(document: Json) -> Json:
    return frames.unpack(frames.pack(document)[frames.LENGTH.size :])
