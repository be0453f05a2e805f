"""Questions and decisions: rows to records and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from ..records import Approval, Call, Json, Verdict
from ..store import Row, Write, columns


def approval(row: Row) -> Approval:
    """A question as its record."""
    values = columns(row)
    default = json.loads(values.pop("fallback") or "null")
    for key in ("details", "schema", "decision"):
        values[key] = json.loads(values[key]) if values[key] else None
    original = values["original"]
    values |= {"calls": _calls(values["calls"]), "original": _calls(original) if original else None}
    values |= {"approvers": tuple(json.loads(values["approvers"])), "editable": bool(values["editable"])}
    values |= {"sensitive": bool(values["sensitive"])}
    return Approval(**values, default=default)


def verdict(row: Row) -> Verdict:
    """A decision as its record."""
    calls = _calls(row["calls"]) if row["calls"] else None
    return Verdict(**{**dict(row), "value": json.loads(row["value"]), "calls": calls})


def stored(verdict: Verdict) -> Write:
    """The row of a decision."""
    values = {name: getattr(verdict, name) for name in Verdict.__dataclass_fields__}
    calls = None if verdict.calls is None else dumps(verdict.calls)
    return Write("insert_decision", {**values, "value": json.dumps(verdict.value), "calls": calls})


def dumps(calls: Sequence[Call]) -> str:
    """Calls as they are stored."""
    return json.dumps(plain(calls))


def plain(calls: Sequence[Call]) -> list[Json]:
    """Calls as a JSON document."""
    return [asdict(call) for call in calls]


def _calls(column: str) -> tuple[Call, ...]:
    return tuple(Call(**call) for call in json.loads(column))
