"""A run as one document that replays wherever it is read: what is written into it. `reading.py` reads it. Pure.

It has what the run was made of (source, event, history, what the plan asked for), what people decided, and what the
tools took and gave; of earlier generations, what came and what was asked for, to be read. It has no key, no agent's
settings, and of sensitive steps only placeholders. Whose it is shows in an id alone that somebody gave to a run outside
the tenant `default`: random numbers hang on the id, so it stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from ..engine import Item
from ..guest.values import digest
from ..records import Approval, Json, PlanVersion, Run, ToolSpec, Verdict
from .covering import Cover, sequence
from .machine import Issued
from .veiling import tells

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
_BY_STEP = ("inherited", "begun")
"""What is told by the keys of steps: a name may tell of a value, too."""
_SAID = (
    "error", "payload", "goal", "question", "details", "where", "message", "default", "schema", "types", "names",
)  # fmt: skip
"""The same of a command."""
_CAME = ("ok", "error", "payload", "value", "comment", "facts")
"""The same of what was delivered."""


Covering = Callable[[Json], Json]


@dataclass(frozen=True, slots=True)
class Earlier:
    """A generation that was followed by another one: what it was delivered and asked for, of which version."""

    number: int
    version: int
    items: Sequence[Item]
    commands: Mapping[int, Sequence[Issued]]


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
    earlier: Sequence[Earlier] = ()


def document(recorded: Recorded, at: float, release: str) -> dict[str, Json]:
    """The document of a run. It is still to be `sealed`."""
    run, plan = asdict(recorded.run), asdict(recorded.plan)
    issued = _in_order(recorded.commands)
    secret = _secret(issued)
    cover = _learned(recorded, issued, secret)
    told = {key: cover.copies(run[key]) if key in _TOLD else run[key] for key in OF_RUN}
    told |= {key: run[key] and {cover.within(step): of for step, of in run[key].items()} for key in _BY_STEP}
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
        "earlier": [_earlier(one, cover) for one in recorded.earlier],
        "approvals": [_question(one, said, cover) for one, said in recorded.approvals],
        "tools": [asdict(tool) for tool in recorded.tools],
        "sensitive": sorted(map(cover.within, hidden)),
    }


def sealed(document: Mapping[str, Json]) -> dict[str, Json]:
    """A document with the digest of all the rest of it."""
    rest = {key: value for key, value in document.items() if key != "digest"}
    return {**rest, "digest": digest(rest)}


def _in_order(commands: Mapping[int, Sequence[Issued]]) -> list[Issued]:
    return [command for turn in sorted(commands) for command in commands[turn]]


def _secret(issued: Iterable[Issued]) -> set[str]:
    return {command.key for command in issued if command.spec.get("sensitive")}


def _earlier(one: Earlier, cover: Cover) -> dict[str, Json]:
    issued = _in_order(one.commands)
    secret = _secret(issued)
    return {
        "generation": one.number,
        "version": one.version,
        "history": [_item(item, cover, secret) for item in one.items],
        "commands": [_command(command, cover) for command in issued],
    }


def _learned(recorded: Recorded, issued: Iterable[Issued], secret: set[str]) -> Cover:
    """A cover that has seen all that is sensitive, before anything is told."""
    cover = Cover(recorded.plan.source)
    for command in issued:
        _command(command, cover)
    for item in recorded.items:
        _item(item, cover, secret)
    for approval, said in recorded.approvals:
        if approval.sensitive:
            _question(approval, said, cover)
    for one in recorded.earlier:
        _earlier(one, cover)
    cover.learned = True
    return cover


def _command(command: Issued, cover: Cover) -> dict[str, Json]:
    spec = {key: cover.copies(value) if key in _SAID else value for key, value in command.spec.items()}
    if spec.get("call"):
        spec["call"] = cover.call(spec["call"]) if spec.get("sensitive") else cover.covered(spec["call"])
    if spec.get("calls"):
        spec["calls"] = sequence(cover, spec["calls"])
    return {**asdict(command), "name": cover.within(command.name), "spec": spec}


# what was delivered


def _owner(item: Item) -> str:
    """The step of an item: outcomes name what of it as well."""
    return item.key.rpartition(":")[0] if item.kind == "outcome" else item.key


def _item(item: Item, cover: Cover, secret: set[str]) -> dict[str, Json]:
    told = {**asdict(item), "key": cover.within(item.key)}
    if isinstance(item.body, dict):
        told["body"] = _hidden(item, cover) if _owner(item) in secret else _copied(item.body, cover)
    return told


def _hidden(item: Item, cover: Cover) -> Json:
    """What came for a sensitive step. A delay that its plan worked out stays, and so does the type of an error."""
    body, what = item.body, item.key.rpartition(":")[2]
    told = {key: cover.copies(value) if key in ("comment", "error") else value for key, value in body.items()}
    if (error := body.get("error")) and tells(error):
        told["error"] = {**told["error"], **{key: cover.whole(error.get(key)) for key in ("message", "data")}}
    if "value" in body:
        told["value"] = cover.whole(body["value"])
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
    """A question, and what was said to it: of a sensitive step, with calls and values for nobody."""
    secret, plain = approval.sensitive, asdict(approval)
    call, value = (cover.call, cover.whole) if secret else (cover.covered, cover.copies)
    told = {key: plain[key] for key in _OF_APPROVAL}
    told |= {key: cover.copies(plain[key]) for key in ("question", "comment", "schema", "default")}
    told["step"] = cover.within(approval.step)
    told["details"] = value(plain["details"])
    told |= {key: plain[key] and [call(one) for one in plain[key]] for key in ("calls", "original")}
    told["decision"] = _said(plain["decision"], cover, call, value) if plain["decision"] else None
    fields = (*_OF_VERDICT, "value", "calls")
    told["verdicts"] = [_said({key: asdict(one)[key] for key in fields}, cover, call, value) for one in said]
    covered = told["question"] != approval.question or any(map(cover.tells, plain["calls"] or ()))
    if secret or covered:
        for one in (told, *told["verdicts"]):  # who guesses the value could know by a digest that it is right
            one.update(dict.fromkeys({"digest", "seen"} & one.keys()))
    return told


def _said(said: Mapping[str, Json], cover: Cover, call: Covering, value: Covering) -> dict[str, Json]:
    """What a person has said, and to which calls, where these were edited."""
    calls = {"calls": [call(one) for one in said["calls"]]} if said.get("calls") else {}
    return {**said, "comment": cover.copies(said.get("comment")), "value": value(said.get("value")), **calls}
