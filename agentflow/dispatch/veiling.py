"""What of sensitive steps people may see: when they were and how they ended, and no value. Pure.

An error tells values as well, since a tool may say in it what it was given. Its type stays; so does what the house
itself says of an attempt, and what a person said.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from ..approvals.veil import REDACTED
from ..guest.exceptions import LONGEST_MESSAGE
from ..records import Json
from .failures import Failure
from .steps import OpenStep

_OURS = frozenset({"Interrupted", "SecretMissing", "Withdrawn"})
"""Types of errors in the host's own words."""
_LEAST = 4
"""Characters of what a sensitive step said that is looked for inside of other errors."""


def sensitive(steps: Mapping[str, OpenStep]) -> frozenset[str]:
    """The keys of the steps whose arguments and results are for the plan, its tools and its approvers alone."""
    return frozenset(key for key, step in steps.items() if step.spec.get("sensitive"))


def tells(error: Mapping[str, Json]) -> bool:
    """Whether an error may tell a value: it is in the words of a tool or a plan."""
    fault = error.get("fault")
    return fault != "person" and not (fault in (None, "host") and error["type"] in _OURS)


def veiled(error: Json) -> Json:
    """The error of a sensitive step as people may see it."""
    return _without(error, REDACTED) if error and tells(error) else error


def in_doubt(step: OpenStep, failed: Failure) -> tuple[str, str | None]:
    """What a failure says, for everybody, and what is for those alone who decide what it comes to."""
    if step.spec.get("sensitive") and tells({"type": failed.type, "fault": failed.fault}):
        return failed.type, failed.message
    return failed.message, None


def told(steps: Iterable[OpenStep]) -> Sequence[str]:
    """What sensitive steps have said of their errors, as it may stand in others; the longest first."""
    secret = [step for step in steps if step.spec.get("sensitive")]
    errors = [step.error for step in secret if step.error and tells(step.error)]
    failures = [phase.failure for step in secret for phase in step.phases if phase.failure]
    said = {error["message"] for error in errors}
    said |= {one.message for one in failures if tells({"type": one.type, "fault": one.fault})}
    return sorted((one[:LONGEST_MESSAGE] for one in said), key=len, reverse=True)


def cleaned(error: Json, told: Sequence[str]) -> Json:
    """An error without what was `told` by sensitive ones: a plan lets those through, or says them in its own words."""
    if not error:
        return error
    message = error["message"]
    for one in told:
        if len(one) >= _LEAST or one == message:
            message = message.replace(one, REDACTED)
    return error if message == error["message"] else _without(error, message)


def _without(error: dict[str, Json], message: str) -> dict[str, Json]:
    hidden = {} if error.get("data") is None else {"data": REDACTED}
    return {**error, "message": message, **hidden}


# a history


def redacted(entries: Sequence[dict[str, Json]], secret: Container[str]) -> list[dict[str, Json]]:
    """A history as people may see it."""
    return [_redacted(entry) if _owner(entry) in secret else entry for entry in entries]


def _owner(entry: Mapping[str, Json]) -> str:
    """The step of an entry: outcomes and timers name what of it as well."""
    key: str = entry["key"]
    return key.rpartition(":")[0] if entry["kind"] in ("outcome", "timer") else key


def _redacted(entry: dict[str, Json]) -> dict[str, Json]:
    body = entry["body"]
    if not isinstance(body, dict):
        return entry
    hidden = {key: REDACTED for key in ("ok", "value") if body.get(key) is not None}
    failed = {"error": veiled(body["error"])} if body.get("error") else {}
    return {**entry, "body": {**body, **hidden, **failed}}
