"""The hosts that an agent's plans may send requests to: how they are written, and which of them covers a URL. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

PORTS = {"https": 443, "http": 80}

_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_PATTERN = re.compile(r"(?:(https?)://)?(\*\.)?([^\[\]:/?#@*]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")

_HOW = "write api.example.com, *.example.com for all below it, example.com:8443, or http://example.com without TLS"


@dataclass(frozen=True, slots=True)
class Host:
    """One entry of an allow-list, and the place of one URL: there `below` is False."""

    scheme: str
    name: str
    port: int
    below: bool = False
    """Stands for all names below this one, and not for the name itself."""

    def covers(self, place: Host) -> bool:
        fits = place.name.endswith(f".{self.name}") if self.below else place.name == self.name
        return fits and (self.scheme, self.port) == (place.scheme, place.port)


def read(pattern: str) -> Host:
    """An entry as it is written in an allow-list. Raises ValueError: one line with the repair."""
    found = _PATTERN.fullmatch(pattern.lower()) if pattern.isascii() else None
    try:
        if found is None:
            raise ValueError
        scheme, below, name, port = found.groups(default="")
        scheme, name = scheme or "https", canonical(name)
        number = int(port) if port else PORTS[scheme]
        if not 0 < number < 65_536 or (below and (_is_address(name) or "." not in name)):
            raise ValueError
    except ValueError:
        raise ValueError(f"{pattern!r} is not a host: {_HOW}") from None
    return Host(scheme, name, number, bool(below))


def allowed(patterns: Iterable[str], place: Host) -> bool:
    """Whether one of the entries covers the place of a URL."""
    return any(read(pattern).covers(place) for pattern in patterns)


def canonical(name: str) -> str:
    """The one spelling of a host. Raises ValueError for what some read as a name and others as an address."""
    bare = name[1:-1] if name.startswith("[") else name
    if _is_address(bare) and "%" not in bare:
        return ip_address(bare).compressed
    if not _NAME.fullmatch(name) or len(name) > 253 or _NUMBER.fullmatch(name.rpartition(".")[2]):
        raise ValueError(f"{name!r} is no name of a host, and no address as it is usually written")
    return name


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
