"""A run as one document that replays wherever it is read: what is written into it. `reading.py` reads it. Pure.

It has what the run was made of (source, event, history, what the plan asked for), what people decided, and what the
tools took and gave. It has no tenant, no key, no agent's settings, and of sensitive steps only placeholders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from ..engine import Item
from ..guest.values import digest
from ..records import Approval, Json, PlanVersion, Run, ToolSpec, Verdict
from .covering import Cover, sequence
from .machine import Issued

FORMAT, VERSION = "agentflow.run", 1

OF_RUN = (
    "id", "generation", "status", "reason", "payload", "created_at", "updated_at", "ended_at", "result", "error",
    "schedule", "progress", "rollback", "inherited", "begun", "spent_before", "moves",
)  # fmt: skip
"""What is told of the run itself: nothing of whose it is, and of what it was made for."""
OF_PLAN = ("number", "sha256", "source", "entry", "tools", "api", "python", "created_at")
_OF_APPROVAL = (
    "id", "generation", "step", "kind", "question", "schema", "default", "risk", "status", "created_at", "expires_at",
    "decided_at", "decided_by", "comment", "line", "approvers", "quorum", "editable", "sensitive", "digest",
)  # fmt: skip
_OF_VERDICT = ("number", "at", "who", "action", "comment", "seen", "digest")
_TOLD = ("payload", "result", "error", "progress", "rollback", "reason")
"""Of a run, what may tell of a value."""
_SAID = ("payload", "goal", "question", "details", "where", "message", "default")
"""The same of a command."""
_CAME = ("ok", "error", "payload", "value", "comment")
"""The same of what was delivered."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A run as it was when it was exported."""

    run: Run
    agent: str
    plan: PlanVersion
    tools: Sequence[ToolSpec]
    """Those that the plan calls, as they were known then."""
    items: Sequence[Item]
    commands: Mapping[int, Sequence[Issued]]
    approvals: Sequence[tuple[Approval, Sequence[Verdict]]]


def document(recorded: Recorded, at: float, release: str) -> dict[str, Json]:
    """The document of a run. It is still to be `sealed`."""
    run, plan = asdict(recorded.run), asdict(recorded.plan)
    issued = [command for turn in sorted(recorded.commands) for command in recorded.commands[turn]]
    secret = {command.key for command in issued if command.spec.get("sensitive")}
    cover = _learned(recorded, issued, secret)
    told = {key: cover.copies(run[key]) if key in _TOLD else run[key] for key in OF_RUN}
    hidden = secret | {command.key for command in issued if any(map(cover.tells, command.spec.get("calls") or ()))}
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": at,
        "release": release,
        "agent": recorded.agent,
        "plan": {key: plan[key] for key in OF_PLAN},
        "run": told,
        "history": [_item(item, cover, secret) for item in recorded.items],
        "commands": [_command(command, cover) for command in issued],
        "approvals": [_question(one, said, cover) for one, said in recorded.approvals],
        "tools": [asdict(tool) for tool in recorded.tools],
        "sensitive": sorted(hidden),
    }


def sealed(document: Mapping[str, Json]) -> dict[str, Json]:
    """A document with the digest of all the rest of it."""
    rest = {key: value for key, value in document.items() if key != "digest"}
    return {**rest, "digest": digest(rest)}


def _learned(recorded: Recorded, issued: Iterable[Issued], secret: set[str]) -> Cover:
    """A cover that has seen all that is sensitive, before anything is told."""
    cover = Cover(recorded.plan.source)
    for command in issued:
        _command(command, cover, learn=True)
    for item in recorded.items:
        if _owner(item) in secret:
            _hidden(item, cover)
    for approval, said in recorded.approvals:
        if approval.sensitive:
            _veiled(approval, said, cover)
    return cover


def _command(command: Issued, cover: Cover, *, learn: bool = False) -> dict[str, Json]:
    spec = dict(command.spec)
    if spec.get("call"):
        spec["call"] = cover.call(spec["call"]) if spec.get("sensitive") else spec["call"]
    if not learn:
        spec = {key: cover.copies(value) if key in _SAID else value for key, value in spec.items()}
        if spec.get("call") and not spec.get("sensitive"):
            spec["call"] = cover.covered(spec["call"])
        if spec.get("calls"):
            spec["calls"] = sequence(cover, spec["calls"])
    return {**asdict(command), "spec": spec}


# what was delivered


def _owner(item: Item) -> str:
    """The step of an item: outcomes name what of it as well."""
    return item.key.rpartition(":")[0] if item.kind == "outcome" else item.key


def _item(item: Item, cover: Cover, secret: set[str]) -> dict[str, Json]:
    if isinstance(item.body, dict):
        body = _hidden(item, cover) if _owner(item) in secret else _copied(item.body, cover)
        return {**asdict(item), "body": body}
    return asdict(item)


def _hidden(item: Item, cover: Cover) -> Json:
    """What came for a sensitive step. A delay that its plan worked out stays, and so does how an attempt failed."""
    body, what = item.body, item.key.rpartition(":")[2]
    if not isinstance(body, dict):
        return body
    told = {**body, **({"value": cover.whole(body["value"])} if "value" in body else {})}
    if body.get("calls"):
        told["calls"] = [cover.call(call) for call in body["calls"]]
    if "ok" in body and what.startswith("rollback"):
        undo = (body["ok"] or {}).get("call")
        told["ok"] = {**body["ok"], "call": cover.call(undo)} if undo else body["ok"]
    elif "ok" in body and not what.startswith("delay"):
        told["ok"] = cover.whole(body["ok"])
    return told


def _copied(body: dict[str, Json], cover: Cover) -> dict[str, Json]:
    told = {key: cover.copies(value) if key in _CAME else value for key, value in body.items()}
    if body.get("calls"):
        told["calls"] = sequence(cover, body["calls"])
    return told


# what people were asked, and said


def _question(approval: Approval, said: Sequence[Verdict], cover: Cover) -> dict[str, Json]:
    veiled = _veiled(approval, said, cover) if approval.sensitive else _told(approval, said, cover)
    return {**{key: getattr(approval, key) for key in _OF_APPROVAL}, **veiled}


def _told(approval: Approval, said: Sequence[Verdict], cover: Cover) -> dict[str, Json]:
    plain = asdict(approval)
    return {
        "question": cover.copies(approval.question),
        "details": cover.copies(approval.details),
        "comment": cover.copies(approval.comment),
        "calls": sequence(cover, plain["calls"]),
        "original": sequence(cover, plain["original"]),
        "decision": cover.copies(approval.decision),
        "verdicts": [
            {**_said(one), "value": cover.copies(one.value), "calls": sequence(cover, asdict(one)["calls"])}
            for one in said
        ],
    }


def _veiled(approval: Approval, said: Sequence[Verdict], cover: Cover) -> dict[str, Json]:
    """A question of a sensitive step: its calls and values for nobody."""
    plain, decision = asdict(approval), approval.decision
    if decision is not None:
        decision = {**decision, "value": cover.whole(decision.get("value"))}
    return {
        "details": None,
        "calls": [cover.call(call) for call in plain["calls"]],
        "original": plain["original"] and [cover.call(call) for call in plain["original"]],
        "decision": decision,
        "verdicts": [
            {
                **_said(one),
                "value": cover.whole(one.value),
                "calls": one.calls and [cover.call(asdict(call)) for call in one.calls],
            }
            for one in said
        ],
    }


def _said(verdict: Verdict) -> dict[str, Json]:
    return {key: getattr(verdict, key) for key in _OF_VERDICT}
