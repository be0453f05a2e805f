"""A run as one document, read: whatever it says is checked, since nobody knows who wrote it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from ..engine import Item
from ..errors import UsageError
from ..guest.values import decode
from ..records import Json, Move, PlanVersion, Run, RunStatus, Spent, StepView
from ..registry import digest_of
from ..sandbox.shapes import LATEST_MOMENT, is_flat
from .machine import Issued
from .recording import FORMAT, VERSION, sealed
from .status import views
from .story import Story, story_of

LEFT_OUT = "[left out]"
"""Stands where a record has what a document does not tell."""
_NUMBER = (int, float)
_MAYBE = type(None)
_HEAD: Mapping[str, Any] = {
    "agent": str,
    "plan": dict,
    "run": dict,
    "history": list,
    "commands": list,
    "sensitive": list,
    "approvals": list,
}
_PLAN: Mapping[str, Any] = {"number": int, "sha256": str, "source": str, "api": int, "python": str}
_RUN: Mapping[str, Any] = {
    "id": str, "generation": int, "status": str, "reason": (dict, _MAYBE), "payload": dict, "created_at": _NUMBER,
    "updated_at": _NUMBER, "ended_at": (*_NUMBER, _MAYBE), "error": (dict, _MAYBE), "schedule": (dict, _MAYBE),
    "progress": (dict, _MAYBE), "rollback": (dict, _MAYBE), "inherited": (dict, _MAYBE), "begun": (dict, _MAYBE),
    "spent_before": (dict, _MAYBE), "moves": list,
}  # fmt: skip
_ITEM: Mapping[str, Any] = {"kind": str, "key": str, "at": _NUMBER}
_COMMAND: Mapping[str, Any] = {
    "turn": int, "kind": str, "name": str, "occurrence": int, "line": (int, _MAYBE), "spec": dict, "facts": dict,
}  # fmt: skip
_WAIT: Mapping[str, Any] = {"for": str, "step": str, "since": _NUMBER}
_CALL: Mapping[str, Any] = {"tool": str, "args": dict}
_EARLIER: Mapping[str, Any] = {"generation": int, "version": int, "history": list, "commands": list}
_QUESTION: Mapping[str, Any] = {"question": str, "status": str, "verdicts": list}
_CAME = ("ok", "value", "payload")
_ERROR: Mapping[str, Any] = {"type": str, "message": str}
_PROGRESS: Mapping[str, Any] = {"at": _NUMBER, "message": str, "fraction": (*_NUMBER, _MAYBE)}
_UNDONE: Mapping[str, Any] = {"undone": list, "left": list, "error": (dict, _MAYBE)}
_SHOWN = (
    ("error", _ERROR, "its error"),
    ("progress", _PROGRESS, "what it said"),
    ("rollback", _UNDONE, "what was undone"),
)
_BROKEN = (KeyError, TypeError, ValueError, AttributeError, IndexError, AssertionError, OverflowError, RecursionError)
"""What a history raises that no run can have had: the machine trusts its rows."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a document says of a run."""

    agent: str
    plan: PlanVersion
    story: Story
    steps: tuple[StepView, ...]
    items: Sequence[Item]
    hidden: frozenset[str]
    """The keys of the steps of which there are only placeholders."""
    intact: bool
    """Whether nobody has changed the document since it was written."""


def read(document: Json, what: str) -> Read:
    """The run of a document, which `what` names. Raises `UsageError` where it is none."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UsageError(f"{what} is no run: `agentflow run export RUN` writes one")
    if not is_flat(document):
        raise UsageError(f"{what} is nested too deeply for a run: export it again")
    version = document.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise UsageError(
            f"{what} was written by a newer agentflow (format {version!r}, this one reads {VERSION}): upgrade this one"
        )
    try:
        return _read(document, what)
    except _BROKEN as error:
        said = f"{type(error).__name__}: {error}"[:200]
        raise UsageError(f"{what} tells of no run that can have been ({said}): export it again") from None


def _read(document: Mapping[str, Json], what: str) -> Read:
    _check(document, _HEAD, what, "it")
    plan, run = _plan(document["plan"], what), _run(document, what)
    items = [_item(entry, what) for entry in document["history"]]
    for entry in document["approvals"]:
        _check(entry, _QUESTION, what, "a question")
    for entry in document.get("earlier", ()):
        _check(entry, _EARLIER, what, "an earlier generation")
    commands: dict[int, list[Issued]] = defaultdict(list)
    for entry in document["commands"]:
        _check(entry, _COMMAND, what, "a command")
        for call in [*filter(None, [entry["spec"].get("call")]), *(entry["spec"].get("calls") or ())]:
            _check(call, _CALL, what, "a call")
            decode(call["args"])
        commands[entry["turn"]].append(Issued(**{key: entry[key] for key in _COMMAND}))
    intact = document.get("digest") == sealed(document)["digest"] and plan.sha256 == digest_of(plan.source)
    story = story_of(run, items, commands)
    steps = views(story.machine)
    if any((step.due or 0.0) > LATEST_MOMENT for step in steps):
        raise UsageError(f"{what} has a step that is due after all time: export it again")
    return Read(document["agent"], plan, story, steps, items, frozenset(map(str, document["sensitive"])), intact)


def _plan(entry: Mapping[str, Json], what: str) -> PlanVersion:
    _check(entry, _PLAN, what, "its plan")
    made: dict[str, Any] = {
        "agent": LEFT_OUT,
        "author": LEFT_OUT,
        "prompt": None,
        "goal": None,
        "tools": tuple(entry.get("tools", ())),
    }
    more: dict[str, Any] = {"entry": entry.get("entry", ""), "created_at": entry.get("created_at", 0.0)}
    return PlanVersion(**{key: entry[key] for key in _PLAN}, **made, **more)


def _run(document: Mapping[str, Json], what: str) -> Run:
    entry = document["run"]
    _check(entry, _RUN, what, "its run")
    if entry["status"] not in get_args(RunStatus):
        raise UsageError(f"{what}: its run is {entry['status']!r}, which no run is: export it again")
    decode([entry["payload"], entry.get("result")])
    Spent(**(entry["spent_before"] or {}))
    if entry["schedule"] is not None:
        _check(decode(entry["schedule"]), {"name": str, "scheduled_at": datetime}, what, "its schedule")
    for wait in (entry["reason"] or {}).get("waits", ()):
        _check(wait, _WAIT, what, "what it waits for")
    for name, fields, of in _SHOWN:
        if entry[name] is not None:
            _check(entry[name], fields, what, of)
    moves = tuple(Move(**move) for move in entry["moves"])
    whose = {"tenant": LEFT_OUT, "agent": document["agent"], "goal": None, "created_by": LEFT_OUT}
    told = {**{key: entry[key] for key in _RUN}, "moves": moves, "result": entry.get("result")}
    return Run(**told, **whose, version=document["plan"]["number"])


def _item(entry: Json, what: str) -> Item:
    _check(entry, _ITEM, what, "an entry of its history")
    for value in _CAME if isinstance(entry.get("body"), dict) else ():
        decode(entry["body"].get(value))
    return Item(entry["kind"], entry["key"], entry.get("body"), float(entry["at"]))


def _check(entry: Json, fields: Mapping[str, Any], what: str, of: str) -> None:
    """Raise `UsageError` where a field is missing, or is of another kind."""
    found = entry if isinstance(entry, dict) else {}
    for name, kind in fields.items():
        value = found.get(name)
        right = name in found and isinstance(value, kind) and not isinstance(value, bool)
        if not right or (isinstance(value, _NUMBER) and not 0 <= value <= LATEST_MOMENT):
            raise UsageError(f"{what} is cut off or damaged: {of} has no right {name!r}; export it again")
