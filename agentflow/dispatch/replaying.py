"""Whether code asks for what a history says that was asked for: on every replay, and of another version on trial."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from ..errors import Diverged, GuestDied, GuestError
from ..records import Json
from ..records.moments import Looked
from ..sandbox import Code, Command, Opening, Sandbox, Turn
from .steps import Issued


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first turn in which code does something else than the history has."""

    turn: int
    was: str
    now: str
    brief: str
    """The same without arguments: for whoever may not see what stands in them."""
    step: str | None = None
    """The key of the step, where it is one."""
    line: int | None = None
    """Where the code asks for it."""

    def __str__(self) -> str:
        return f"turn {self.turn}: the history has {self.was}, the code {self.now}"


@dataclass(frozen=True, slots=True)
class Replayed:
    """How far a history replays on some code."""

    turns: Sequence[Turn]
    """Those that are as they were, from the first on."""
    differs: Divergence | None
    """The one after them, where not all are."""
    asked: Sequence[Command] = ()
    """What the code asks for in that one."""
    looked: Looked | None = None
    """Where the code stands after all of them, where that was asked for."""


async def replay(
    sandbox: Sandbox,
    code: Code,
    opening: Opening,
    deliveries: Sequence[dict[str, Json]],
    known: Mapping[int, Sequence[Issued]],
    *,
    may_end: bool = False,
    look: bool = False,
    hidden: Container[str] = (),
) -> Replayed:
    """Play a history on some code, without any effect: what it asks for is compared with `known`, turn by turn.

    Code that ends in one of these turns differs, but in the last one where it `may_end` there. With `look`, it is told
    where the code stands then. The arguments of steps whose keys are `hidden` are not compared.
    """
    alike: list[Turn] = []
    try:
        activation = await sandbox.open(code, opening)
        try:
            for number, delivery in enumerate(deliveries, 1):
                [turn] = await activation.turns([delivery])
                differs = difference(number, known.get(number, ()), turn.commands, hidden)
                if not differs and not (may_end and number == len(deliveries)):
                    differs = _end(number, turn)
                if differs:
                    return Replayed(alike, differs, turn.commands)
                alike.append(turn)
            if look:
                return Replayed(alike, None, looked=await activation.look())
        finally:
            await activation.close()
    except GuestError as broken:
        looked_at = look and len(alike) == len(
            deliveries
        )  # the code has done all as before: this is the host's trouble
        if looked_at or (isinstance(broken, GuestDied) and not broken.own):
            raise
        return Replayed(
            alike, Divergence(len(alike) + 1, _ON, f"breaks: {broken}", "the new plan does not wait for it")
        )
    return Replayed(alike, None)


def compare(number: int, known: Sequence[Issued], replayed: Sequence[Command]) -> None:
    """Raise `Diverged` where a replayed turn asks for something else than the stored one did."""
    if differs := difference(number, known, replayed):
        raise Diverged(str(differs), number)


def difference(
    number: int, known: Sequence[Issued], replayed: Sequence[Command], hidden: Container[str] = ()
) -> Divergence | None:
    """What a replayed turn asks for otherwise than the stored one did, if it does."""
    if len(known) == len(replayed) and all(map(_alike, known, replayed)):
        return None
    before = [command for command in known if command.kind != "end"]
    for was, now in zip_longest(before, replayed):
        said = _outline if was and was.key in hidden else identity
        texts = [said(command) if command else _NOTHING for command in (was, now)]
        if texts[0] != texts[1]:
            return _divergence(number, was, now)
    return None


def _divergence(number: int, was: Issued | None, now: Command | None) -> Divergence:
    names = [f"{command.kind} {command.name!r}" if command else _NOTHING for command in (was, now)]
    other = "the same with other arguments" if names[0] == names[1] else names[1]
    shown = [_shown(command) if command else _NOTHING for command in (was, now)]
    brief = f"the run asked for {names[0]}, and the new plan for {other}"
    about = now or was
    return Divergence(
        number, shown[0], f"asks for {shown[1]}", brief, about.key if about else None, now.line if now else None
    )


def _shown(command: Issued | Command) -> str:
    """A command as people may see it."""
    return f"{command.kind} {command.key} [sensitive]" if command.spec.get("sensitive") else identity(command)


def identity(command: Issued | Command) -> str:
    """What must be equal on replay: not retries, timeouts or wording (design, section 4)."""
    spec, call = command.spec, command.spec.get("call")
    what = [call["tool"], call["args"]] if call else {key: spec[key] for key in _SAME if spec.get(key) is not None}
    return f"{command.kind} {command.name}#{command.occurrence} {json.dumps(what, sort_keys=True, ensure_ascii=False)}"


def _outline(command: Issued | Command) -> str:
    """The same without any argument: what can be equal where those are not known."""
    call, calls = command.spec.get("call"), command.spec.get("calls") or ()
    return f"{command.kind} {command.key} {[one['tool'] for one in ([call] if call else calls)]}"


def _end(number: int, turn: Turn) -> Divergence | None:
    return Divergence(number, _ON, "ends", "the new plan ends there") if turn.end is not None else None


def _alike(was: Issued, now: Command) -> bool:
    """Whether two commands are surely the same: most are, and texts are dear. Equal numbers may differ as JSON."""
    return (
        was.name == now.name
        and was.occurrence == now.occurrence
        and was.kind == now.kind
        and repr(was.spec.get("call") or was.spec) == repr(now.spec.get("call") or now.spec)
    )


_NOTHING = "nothing"
_ON = "a turn that goes on"
_SAME = ("seconds", "at", "types", "calls", "agent", "goal", "payload", "names")
