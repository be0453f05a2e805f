"""Headers that the operator binds to a host: the keys of services, which no plan sees or names. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import UsageError
from .hosts import Host, read
from .order import headers_of

_SECRET = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Bound:
    """`[http."HOST"] headers`, by host as an allow-list writes it; `{NAME}` in a header stands for that secret."""

    def __init__(self, given: Mapping[str, Mapping[str, str]]) -> None:
        self._given = [(_host(pattern, headers), headers) for pattern, headers in given.items()]
        texts = [text for _, headers in self._given for text in headers.values()]
        self.secrets = tuple(dict.fromkeys(name for text in texts for name in _SECRET.findall(text)))
        """The names of all secrets that stand in these headers."""

    def filled(self, secrets: Mapping[str, str]) -> list[tuple[Host, dict[str, str]]]:
        """The headers of each host, ready to be sent. Raises ValueError where a secret cannot stand in one."""
        return [(host, headers_of(_filled(headers, secrets), {})) for host, headers in self._given]


def _host(pattern: str, headers: Mapping[str, str]) -> Host:
    try:
        headers_of(headers, {})
        return read(pattern)
    except ValueError as error:
        raise UsageError(f'[http."{pattern}"]: {error}') from error


def _filled(headers: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
    return {name: _SECRET.sub(lambda found: secrets[found[1]], text) for name, text in headers.items()}
