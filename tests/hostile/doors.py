"""The sandbox of the hostile tests: it takes each source into the house by the door that the test has opened for it."""

from __future__ import annotations

import marshal
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import pytest

from agentflow.guest import policy
from agentflow.records import Compiled, ToolSpec
from agentflow.sandbox import Activation, Code, GuestLimits, Layers, Opening, launch
from agentflow.sandbox.blanks import Blanks
from agentflow.sandbox.local import ProcessSandbox
from agentflow.sandbox.process import Process
from agentflow.sandbox.zygotes import Zygote

LOOSE = "tests.hostile.loose"
_IN_THE_GUEST = """activation capabilities descriptors dumpable environment guards landlock namespaces
    no-new-privileges rlimits seccomp uid"""
IN_THE_GUEST = frozenset(_IN_THE_GUEST.split())
"""Layers that a guest puts on by itself: without one of them, it is started from the loose module."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a source is let in: without which layers, and with how much of everything."""

    off: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ()
    memory_mb: int = 256
    seconds: float = 20.0

    @property
    def taken_out(self) -> frozenset[str]:
        """What the guest itself goes without."""
        return self.off & IN_THE_GUEST


class Doors:
    """A `Sandbox` of sandboxes: one for each set of layers that is missing."""

    def __init__(self, **_: object) -> None:
        self._ways: dict[str, Way] = {}
        self._sandboxes: dict[frozenset[str], ProcessSandbox] = {}

    def open_for(self, source: str, way: Way) -> None:
        """From now on this source comes in that way."""
        self._ways[sha256(source.encode(errors="surrogatepass")).hexdigest()] = way

    async def compile(self, source: str, tools: Sequence[ToolSpec] | None) -> Compiled:
        """What the policy makes of it, or, without the policy, plain Python."""
        way = self._ways.get(sha256(source.encode(errors="surrogatepass")).hexdigest(), Way())
        if "policy" not in way.off:
            return await self._sandbox(Way()).compile(source, tools)
        return Compiled((), _unguarded(source, way.parts), "Plan")

    async def open(self, code: Code, opening: Opening) -> Activation:
        """An activation in a guest of the sandbox that its way leads to."""
        way = self._ways.get(code.sha256, Way())
        limits = GuestLimits(way.seconds, way.seconds, way.memory_mb)
        return await self._sandbox(way).open(replace(code, limits=limits), opening)

    async def layers(self) -> Layers:
        """What holds a plan's process where nothing is missing."""
        return await self._sandbox(Way()).layers()

    async def close(self) -> None:
        """Kill every guest."""
        for sandbox in self._sandboxes.values():
            await sandbox.close()

    def _sandbox(self, way: Way) -> ProcessSandbox:
        if way.taken_out not in self._sandboxes:
            off = way.taken_out
            self._sandboxes[off] = _LooseSandbox(off) if off else ProcessSandbox()
        return self._sandboxes[way.taken_out]


class _LooseSandbox(ProcessSandbox):
    """Its guests go without some layers."""

    def __init__(self, off: frozenset[str]) -> None:
        super().__init__(unsafe=True)
        self._blanks = _LooseBlanks(off, self._blanks.memory_mb)


class _LooseBlanks(Blanks):
    """Forks from the loose module."""

    def __init__(self, off: frozenset[str], memory_mb: int) -> None:
        super().__init__(memory_mb, unsafe=True)
        hosts = {"HOSTILE_SECRET": os.environ["HOSTILE_SECRET"], "PYTHONHASHSEED": "random"}
        given = hosts if "environment" in off else {}
        self._environment = {**launch.environment(), **given, "LOOSE": ",".join(sorted(off))}

    async def _plans(self, memory_mb: int) -> Process:
        return await self._start(LOOSE, memory_mb, "the process of a plan")

    async def _zygote(self, module: str) -> Zygote:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(launch, "environment", lambda: self._environment)
            return await super()._zygote(module)


def _unguarded(source: str, parts: Sequence[str]) -> bytes:
    """Code that nobody has looked at: without the hooks of the policy, or, in part, only without what it refuses."""
    if {"names", "rules"}.isdisjoint(parts):
        return marshal.dumps(compile(source, policy.FILENAME, "exec", dont_inherit=True))
    with pytest.MonkeyPatch.context() as patch:
        for check in ("variable_problem", "attribute_problem") if "names" in parts else ():
            patch.setattr(policy, check, lambda name: None)
        if "names" in parts:
            patch.setattr(policy._Policy, "visit_Global", policy._Policy._contents)
        code, problems = policy.build(source)
    assert code is not None, problems
    return marshal.dumps(code)
