"""Servers that take notices: of webhooks and Slack, and of mails. Real ones, on this machine."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


class Inbox:
    """What came: headers and documents; `answers` are the statuses that are given next, then always 200."""

    def __init__(self) -> None:
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.url = ""

    @property
    def documents(self) -> list[Any]:
        return [json.loads(body) for _, body in self.came]


@contextmanager
def web() -> Iterator[Inbox]:
    """A server for webhooks."""
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            inbox.came.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(inbox.answers.pop(0) if inbox.answers else 200)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # its name there
            """Nothing."""

    with _served(HTTPServer(("127.0.0.1", 0), Handler)) as port:
        inbox.url = f"http://127.0.0.1:{port}/hook?a=b"
        yield inbox


@contextmanager
def mail() -> Iterator[tuple[int, list[str]]]:
    """A server for mails: its port, and the letters that came."""
    letters: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 here")
            while line := self.rfile.readline().decode().strip():
                match line.split()[0].upper():
                    case "EHLO":
                        self._say("250-here\r\n250 AUTH PLAIN")
                    case "AUTH":
                        letters.append(line)
                        self._say("235 known")
                    case "DATA":
                        self._say("354 go on")
                        letters.append("".join(self._letter()))
                        self._say("250 taken")
                    case "QUIT":
                        self._say("221 bye")
                        return
                    case _:
                        self._say("250 fine")

        def _letter(self) -> Iterator[str]:
            while (line := self.rfile.readline().decode()) != ".\r\n":
                yield line

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    with _served(socketserver.TCPServer(("127.0.0.1", 0), Handler)) as port:
        yield port, letters


@contextmanager
def _served(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
