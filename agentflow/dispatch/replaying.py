"""Whether replayed code asks for what it asked for before. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..errors import Diverged
from ..sandbox import Command
from .steps import Issued


def compare(number: int, known: Sequence[Issued], replayed: Sequence[Command]) -> None:
    """Raise `Diverged` where a replayed turn asks for something else than the stored one did."""
    if len(known) == len(replayed) and all(map(_alike, known, replayed)):
        return
    before = [identity(command) for command in known if command.kind != "end"]
    after = [identity(command) for command in replayed]
    for i in range(max(len(before), len(after))):
        was = before[i] if i < len(before) else "nothing"
        now = after[i] if i < len(after) else "nothing"
        if was != now:
            raise Diverged(f"turn {number}: the history has {was}, the code asks for {now}", number)


def identity(command: Issued | Command) -> str:
    """What must be equal on replay: not retries, timeouts or wording (design, section 4)."""
    spec, call = command.spec, command.spec.get("call")
    what = [call["tool"], call["args"]] if call else {key: spec[key] for key in _SAME if spec.get(key) is not None}
    return f"{command.kind} {command.name}#{command.occurrence} {json.dumps(what, sort_keys=True, ensure_ascii=False)}"


def _alike(was: Issued, now: Command) -> bool:
    """Whether two commands are surely the same: most are, and texts are dear. Equal numbers may differ as JSON."""
    return (
        was.name == now.name
        and was.occurrence == now.occurrence
        and was.kind == now.kind
        and repr(was.spec.get("call") or was.spec) == repr(now.spec.get("call") or now.spec)
    )


_SAME = ("seconds", "at", "types", "calls", "agent", "goal", "payload", "names")
