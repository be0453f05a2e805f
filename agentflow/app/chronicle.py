"""What happens, a line of the log each: to runs and their steps, to goals, to questions, and what people do.

It is told of what this process has committed, so that several workers tell of each thing once. A line has words for
people, and `fields` for programs: tenant, agent, run, version and step, where there are any. What a step was given and
what it gave is in none.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import StorageError
from ..records import Json
from ..store import Row, Store, Write

log = logging.getLogger("agentflow.chronicle")

KEPT = 1_000
"""Runs and goals of which it is remembered whose they are."""

Params = Mapping[str, Any]
Whose = tuple[str, dict[str, Json]]
"""Whose an id is, in words and as fields."""
Told = tuple[str, str, dict[str, Json]]
"""The name of what happened, in words, and more fields."""


class Chronicle:
    """Tells of the commits of one house. Where a database is not so near that it can be asked whose an id is without
    waiting, what comes meanwhile waits for its turn."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, Whose] = {}
        self._untold: deque[Write] = deque()
        self._telling: asyncio.Task[None] | None = None

    def heard(self, writes: Sequence[Write]) -> None:
        """Tell of a batch that was committed. Nothing is looked up while nobody listens."""
        if not log.isEnabledFor(logging.INFO):
            return
        self._untold.extend(write for write in writes if write.name in _TOLD or write.name in _OTHERS_NOW)
        if self._telling is None:
            self._tell_what_is_known()
            if self._untold:
                self._telling = asyncio.create_task(self._tell_all(), name="chronicle")

    async def close(self) -> None:
        """Return when everything has been told."""
        if self._telling is not None:
            await self._telling

    def _tell_what_is_known(self) -> None:
        while self._untold:
            id = self._subject(self._untold[0])
            if id is not None and id not in self._known:
                if (whose := self._near(id)) is None:
                    return
                self._learn(id, whose)
            self._tell(self._untold.popleft(), id)

    async def _tell_all(self) -> None:
        try:
            while self._untold:
                id = self._subject(self._untold[0])
                if id is not None and id not in self._known and (whose := await self._far(id)) is not None:
                    self._learn(id, whose)
                self._tell(self._untold.popleft(), id)
        finally:
            self._telling = None

    def _subject(self, write: Write) -> str | None:
        """The id of which a write tells, if it tells of one. After some, an id is another one's."""
        if write.name in _OTHERS_NOW:
            self._known.pop(write.params["id"], None)
        if write.name == "insert_audit" or write.name not in _TOLD:
            return None
        key = "goal" if write.name == "insert_goal_attempt" else "run" if write.name in _OF_RUN else "id"
        id: str = write.params[key]
        return id

    def _tell(self, write: Write, id: str | None) -> None:
        told = _TOLD[write.name](write.params) if write.name in _TOLD else None
        if told is None:
            return
        name, words, more = told
        subject, fields = (
            ("", {"tenant": write.params["tenant"]}) if id is None else self._known.get(id) or _whose(id, [], [], [])
        )
        log.info("%s%s", subject, words, extra={"fields": {"event": name, **fields, **more}})

    def _learn(self, id: str, whose: Whose) -> None:
        if len(self._known) >= KEPT:
            self._known.pop(next(iter(self._known)))
        self._known[id] = whose

    def _near(self, id: str) -> Whose | None:
        """Of whom an id is, in words and as fields, if that can be had here and now."""
        runs, goals = self._store.glance("run_by_id", id=id), self._store.glance("goal_by_id", id=id)
        if runs is None or goals is None:
            return None
        owners = [self._store.glance("agent", id=row["agent"]) for row in (*runs, *goals)]
        return None if None in owners else _whose(id, runs, goals, [row for rows in owners for row in rows or ()])

    async def _far(self, id: str) -> Whose | None:
        """The same after a while, if the database answers."""
        try:
            runs, goals = await self._store.rows("run_by_id", id=id), await self._store.rows("goal_by_id", id=id)
            owners = [row for one in (*runs, *goals) for row in await self._store.rows("agent", id=one["agent"])]
        except StorageError:  # whoever needs more than this log from it says so
            return None
        return _whose(id, runs, goals, owners)


def _whose(id: str, runs: Sequence[Row], goals: Sequence[Row], owners: Sequence[Row]) -> Whose:
    for row in (*runs, *goals):
        agent = owners[0]["name"] if owners else row["agent"]
        of = {"tenant": row["tenant"], "agent": agent}
        if not runs:
            return f"{id} of {agent}: ", {"goal": id, **of}
        return f"{id} of {agent}@{row['version']}: ", {"run": id, **of, "version": row["version"]}
    return f"{id}: ", {"id": id}


def _run(params: Params) -> Told:
    reason, error = _read(params.get("reason")), _read(params.get("error"))
    status, more = params.get("status", "queued"), ""
    if error and status == "failed":
        place = f" (line {error['line']})" if error.get("line") else ""
        more = f" ({error.get('type')}: {error.get('message')}{place})"
    elif waits := (reason or {}).get("waits"):
        said = [f"{_step(wait['step'])}: {wait['for']}" for wait in waits]
        more = f" ({', '.join(said)})"
    elif reason and "paused" in reason:
        more = f" ({reason.get('message') or reason['paused']})"
    return f"run.{status}", f"{status}{more}", {}


def _anew(params: Params) -> Told:
    generation = params["generation"] + 1
    return "run.anew", f"begins generation {generation}", {"generation": generation}


def _began(params: Params) -> Told | None:
    step, colon, number = params["key"].rpartition(":")
    if not colon or not number.isdecimal():
        return None
    return "step.began", f"step {_step(step)}, attempt {number} begins", {"step": step, "attempt": int(number)}


def _ended(params: Params) -> Told | None:
    step, _, number = params["key"].rpartition(":")
    if params["kind"] != "outcome" or not number.isdecimal():
        return None
    begins, fields = f"step {_step(step)}, attempt {number}", {"step": step, "attempt": int(number)}
    if (params["body"] or "").startswith('{"ok"'):  # which may be large
        return "step.done", f"{begins} is done", fields
    error = (_read(params["body"]) or {}).get("error", {}).get("type", "unknown")
    return "step.failed", f"{begins} has failed: {error}", {**fields, "error": error}


def _goal(params: Params) -> Told:
    status, reason = params.get("status", "planning"), params.get("reason")
    return f"goal.{status}", f"{status} ({reason})" if reason else status, {}


def _answered(params: Params) -> Told:
    return "goal.answered", f"planning, answer {params['number']} has come", {"model": params["model"]}


def _asked(params: Params) -> Told:
    fields = {"approval": params["id"], "step": params["step"], "kind": params["kind"], "risk": params["risk"]}
    return "approval.opened", f"step {_step(params['step'])} asks people: {params['id']}", fields


def _done(params: Params) -> Told:
    fields = {key: params[key] for key in ("who", "key", "channel", "verb", "thing")}
    return "audit", f"{params['who']} did {params['verb']} to {params['thing']}", fields


_TOLD: Mapping[str, Callable[[Params], Told | None]] = {
    "insert_run": _run,
    "run_status": _run,
    "end_run": _run,
    "restart_run": _anew,
    "continue_run": _anew,
    "move_run": _anew,
    "insert_attempt": _began,
    "insert_history": _ended,
    "insert_goal": _goal,
    "settle_goal": _goal,
    "insert_goal_attempt": _answered,
    "insert_approval": _asked,
    "insert_audit": _done,
}
"""What is told of, by the statement that stores it."""
_OTHERS_NOW = frozenset({"move_run", "delete_run", "prune_run"})
"""After those, an id is of another version, or free to be another run's."""
_OF_RUN = frozenset({"insert_history", "insert_approval"})
"""Those that name their run so."""


def _read(document: Any) -> Json:
    return json.loads(document) if isinstance(document, str) else document


def _step(key: str) -> str:
    """A step as people read it: the number only where a name occurs again."""
    return key.removesuffix("#1")
