"""The audit log: who did what to which thing, a row for each act, written in the act's own commit."""

from __future__ import annotations

import json

from ..errors import StorageError
from ..guest.values import canonical
from ..records import Act, Json, Principal
from . import Row, Write
from .chain import told


def entry(who: Principal, verb: str, thing: str, details: Json, at: float) -> Write:
    """The row that tells what was done; it goes into the same batch."""
    row = {"at": at, "tenant": who.tenant, "who": who.name, "key": who.key, "channel": who.channel}
    row |= {"verb": verb, "thing": thing, "details": canonical(details)}
    return Write("insert_audit", {**row, "told": told(row)})


def act(row: Row) -> Act:
    """A row as its record. Raises `StorageError` where somebody has written into it."""
    try:
        return Act(**{**dict(row), "details": json.loads(row["details"])})
    except ValueError:
        raise StorageError(f"row {row['n']} of the audit log was changed: `agentflow doctor` says which are") from None
