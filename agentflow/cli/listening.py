"""The socket of a service, taken before anything is opened: clients can knock from then on."""

from __future__ import annotations

import socket

from ..errors import UsageError


def listen(host: str, port: int) -> socket.socket:
    """A socket on which clients can knock. Raises `UsageError` where there cannot be one."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        why = error.strerror or error
        raise UsageError(f"nobody can listen on {host}, port {port}: {why}; name others with --host, --port") from None
    except OverflowError:
        raise UsageError(f"--port cannot be {port}: it is a number from 0 to 65535") from None
    # Connections have it from here. asyncio sets it only where a socket names its protocol, which this one does not:
    # the end of each answer would wait some 40 ms, until the client has said that the beginning came.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def address(name: tuple[str, int]) -> str:
    """The URL of a socket."""
    host, port = name[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
