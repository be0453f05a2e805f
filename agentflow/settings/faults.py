"""What is wrong with settings, in one line that names the key and the repair."""

from __future__ import annotations

import difflib
from types import UnionType
from typing import Any, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from .tables import Table


def one_line(error: ValidationError, root: type[Table]) -> str:
    first, *others = error.errors(include_url=False)
    more = f" (and {len(others)} more)" if others else ""
    place = ".".join(map(str, first["loc"]))
    return f"{place}{': ' if place else ''}{complaint(first, root)}{more}"


_WEB = "must be an address that starts with http:// or https://"
_SAID = {
    "api_key_env": "must be the name of an environment variable that holds the key, never the key",
    "base_url": _WEB,
    "url": _WEB,
    "restate_url": f"{_WEB}, such as http://restate:8080",
    "restate_admin_url": f"{_WEB}, such as http://restate:9070",
    "address": f"{_WEB}, such as http://workers:9080",
    "listen": "must be a host and a port, such as 0.0.0.0:9080",
    "service": "must be a name: a letter, then letters, digits, _ . and -, at most 63",
    "sender": "must be an address of mail, such as agentflow@example.com",
    "auth_token": "must be the name of a secret that holds the token (RESTATE_TOKEN), never the token",
    "identity_key": "must be a public key of Restate, such as publickeyv1_...",
}
"""What values must be that have to look like something, by their keys."""


def complaint(detail: ErrorDetails, root: type[Table]) -> str:
    if detail["type"] == "extra_forbidden":
        return _unknown_key(detail["loc"], root)
    if detail["type"] == "missing":
        return "is missing; it must be given"
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    if said := _SAID.get(str(detail["loc"][-1])) if detail["type"] == "string_pattern_mismatch" else None:
        return said
    return detail["msg"][0].lower() + detail["msg"][1:]


def _unknown_key(place: tuple[int | str, ...], root: type[Table]) -> str:
    known = sorted(_table(place, root).model_fields.keys() - {"folder"})
    close = difflib.get_close_matches(str(place[-1]), known, n=1)
    return f"no such key; did you mean {close[0]!r}?" if close else f"no such key; known here: {', '.join(known)}"


def _table(place: tuple[int | str, ...], root: type[Table]) -> type[Table]:
    """Which table a key stands in: `root`, or the one to which the keys before it lead."""
    kind: Any = root
    for key in place[:-1]:
        kind = get_args(kind)[1] if get_origin(kind) is dict else kind.model_fields[str(key)].annotation
        kind = get_args(kind)[0] if get_origin(kind) is UnionType else kind
    table: type[Table] = kind
    return table
