"""The socket of a service, taken before anything is opened: clients can knock from then on."""

from __future__ import annotations

import socket

from ..errors import UsageError


def listen(host: str, port: int) -> socket.socket:
    """A socket on which clients can knock. Raises `UsageError` where there cannot be one."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        why = error.strerror or error
        raise UsageError(f"nobody can listen on {host}, port {port}: {why}; name others with --host, --port") from None
    except OverflowError:
        raise UsageError(f"--port cannot be {port}: it is a number from 0 to 65535") from None


def address(name: tuple[str, int]) -> str:
    """The URL of a socket."""
    host, port = name[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
