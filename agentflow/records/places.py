"""Where a database is: a file, or a server that has an address. A password in an address is shown to nobody."""

from __future__ import annotations

import re
from pathlib import Path

SERVERS = ("postgresql://", "postgres://")
"""How the address of a server begins; everything else is a file's path."""


def is_server(place: Path | str) -> bool:
    """Whether this is the address of a server."""
    return str(place).startswith(SERVERS)


def shown(place: Path | str) -> str:
    """It as people may read it: without a password, wherever one stands in it."""
    if not is_server(place):
        return str(place)
    head, at, rest = str(place).rpartition("@")
    scheme, slashes, who = head.partition("://")
    whole = f"{scheme}{slashes}{who.partition(':')[0]}{at}{rest}" if at else str(place)
    return re.sub(r"(?<=[?&])(password|sslpassword)=[^&]*", r"\1=...", whole, flags=re.IGNORECASE)
