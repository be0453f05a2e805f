"""What may be a name or an id, each said in one place. Whatever is none is a `UsageError`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, get_args

from ..errors import NotFound, UsageError
from ..guest.requests import EVENT_TYPE
from ..records import DEFAULT_TENANT, LOCAL, own_id
from ..settings import duration
from ..tools import addresses, hosts

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_PATTERN = re.compile(r"[a-z0-9_*?-]{1,63}")
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}")
_MADE = re.compile(r"(?:goal|approval|worker|schedule)_.*")
"""Ids that are made, never given: runs share their room with them."""


def agent_name(name: str) -> str:
    """The name, if an agent may have it."""
    return _checked(_NAME, name, "an agent's name: small letters, digits, _ and -, at most 63")


def agent_pattern(pattern: str) -> str:
    """The pattern, if it can match names of agents."""
    return _checked(_PATTERN, pattern, "a name or pattern of agents: small letters, digits, _ - * and ?, at most 63")


def schedule_name(name: str) -> str:
    """The name, if a schedule may have it."""
    return _checked(_NAME, name, "a schedule's name: small letters, digits, _ and -, at most 63")


def tenant(name: str) -> str:
    """The name, if a tenant may have it."""
    return _checked(_NAME, name, "a tenant's name: small letters, digits, _ and -, at most 63")


def source(given: Any) -> str:
    """The text of a plan, if it is one."""
    if not isinstance(given, str):
        raise UsageError(
            f"a plan is the text of its source, not {type(given).__name__}: of a file, give path.read_text()"
        )
    return given


def one_of(what: str, given: str | None, kind: object) -> None:
    """Raise `UsageError` where something is none of the words of a `Literal`; None is not said."""
    if given is not None and given not in get_args(kind):
        raise UsageError(f"{what} cannot be {given!r}: it is one of {', '.join(get_args(kind))}")


def several(what: str, given: Sequence[str]) -> None:
    """Raise `UsageError` where they are a text: each of its letters would be taken for one."""
    if isinstance(given, str):
        raise UsageError(f"{what} cannot be the text {given!r}: give a list, such as [{given!r}]")


def no_tenant(name: str) -> NotFound:
    """What is said of a tenant that there is not."""
    return NotFound(
        f"there is no tenant {name!r}: `agentflow tenant list` names them, `agentflow tenant create` makes one"
    )


def key_name(name: str) -> str:
    """The name, if a key may have it: whatever is done with it is told under that name."""
    if name == LOCAL:
        raise UsageError(f"{LOCAL!r} is the name of whoever has the database: give the key another")
    return _checked(_NAME, name, "a key's name: small letters, digits, _ and -, at most 63")


def ahead(given: str | float | timedelta, what: str) -> float:
    """The seconds of a length of time to come: `"90d"`, seconds, a timedelta."""
    try:
        seconds = duration(given.total_seconds() if isinstance(given, timedelta) else given)
    except ValueError as error:
        raise UsageError(f"{what}: {error}") from None
    if not 0 < seconds < 100 * 365 * 86_400:
        raise UsageError(f"{what} cannot be {given!r}: it is a length of time to come, such as '90d'")
    return seconds


def run_id(id: str) -> str:
    """The id, if a run may be given it."""
    _checked(_ID, id, "a run id: letters, digits, _ and -, at most 100, not beginning with -")
    if _MADE.fullmatch(id):
        raise UsageError(f"{id!r} cannot be a run's id: those of goals, approvals, schedules and workers begin so")
    return id


def own_run_id(tenant: str, id: Any) -> str:
    """The id of a run that is given this one in a tenant."""
    given = id.removeprefix(f"{tenant}.") if isinstance(id, str) and tenant != DEFAULT_TENANT else id
    return own_id(tenant, run_id(given))


def host(pattern: Any) -> str:
    """The pattern, if it can match hosts, in small letters."""
    try:
        found = hosts.read(pattern if isinstance(pattern, str) else "")
    except ValueError as error:
        raise UsageError(str(error)) from None
    if kind := addresses.literal(found.name):
        raise UsageError(
            f"{pattern} is not public ({kind}), and no request goes there: reach such a service with a @tool"
        )
    return str(pattern).lower()


def event_type(type: str) -> str:
    """The type, if an event may have it."""
    return _checked(EVENT_TYPE, type, "an event type: letters, digits, _ . - and at most 100 characters")


def _checked(form: re.Pattern[str], given: Any, what: str) -> str:
    if not isinstance(given, str) or not form.fullmatch(given):
        raise UsageError(f"{given!r} is not {what}")
    return given
