"""A local server of models that speaks the three protocols and fails when it is told to.

    with FakeServer() as server:
        server.will(Fail(429), Say("Here is the plan ..."))
        Models({"anthropic": ProviderSettings(base_url=server.url("anthropic"))})

Each request is answered by the next act; the last one repeats.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from . import wire


@dataclass(frozen=True)
class Say:
    """Answer with this text."""

    text: str
    stop: wire.Stop = "end"


@dataclass(frozen=True)
class Fail:
    """Answer with an HTTP error. The SDKs know it by status and by the type in its body."""

    status: int
    kind: str = "api_error"
    message: str = "it went wrong"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cut:
    """Begin an answer and close the connection, or (quietly) end the stream as if all had been said."""

    text: str = "half of a sentence that nobody "
    quietly: bool = False


@dataclass(frozen=True)
class Break:
    """Begin an answer and report an error inside the stream. For Responses, `failed` says in which of the two forms."""

    code: str | None = None
    message: str = "it broke"
    failed: bool = False


@dataclass(frozen=True)
class Garble:
    """Send an event that is not JSON."""


@dataclass(frozen=True)
class Stall:
    """Say nothing until the client gives up, from the start or in the middle of an answer."""

    midway: bool = False


Act = Say | Fail | Cut | Break | Garble | Stall


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: Any


class FakeServer:
    """Runs in a thread on 127.0.0.1 from `with` to its end."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.over = threading.Event()
        self._acts: list[Act] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = False  # so that closing waits for them
        self._server.fake = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def will(self, *acts: Act) -> None:
        """What the next requests meet."""
        self._acts = list(acts)

    def next_act(self) -> Act:
        return self._acts.pop(0) if len(self._acts) > 1 else self._acts[0]

    def url(self, provider: str) -> str:
        """The base URL for a provider: anthropic's SDK adds the /v1 itself."""
        root = f"http://127.0.0.1:{self._server.server_address[1]}"
        return root if provider == "anthropic" else f"{root}/v1"

    def __enter__(self) -> FakeServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def fake(self) -> FakeServer:
        fake: FakeServer = self.server.fake  # type: ignore[attr-defined]
        return fake

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: the tests look at `seen`."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.fake.seen.append(Seen(self.path, {key.lower(): value for key, value in self.headers.items()}, body))
        act = self.fake.next_act()
        self.close_connection = True
        if isinstance(act, Fail):
            self._fail(act)
        elif isinstance(act, Stall) and not act.midway:
            self.fake.over.wait(10)
        else:
            self._stream(act, body["model"])

    def _fail(self, act: Fail) -> None:
        error = {"type": act.kind, "message": act.message}
        if not self.path.endswith("/messages"):
            error["code"] = act.kind
        body = json.dumps({"type": "error", "error": error}).encode()
        self.send_response(act.status)
        fixed = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
        for name, value in {**fixed, **act.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, act: Say | Cut | Break | Garble | Stall, model: str) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.send_header("connection", "close")
        self.end_headers()
        for name, document in self._events(act, model):
            self._send(name, document if isinstance(document, str) else json.dumps(document))
        if isinstance(act, Stall):
            self.fake.over.wait(10)
        elif not isinstance(act, Cut) or act.quietly:
            self.wfile.write(b"0\r\n\r\n")

    def _send(self, name: str | None, data: str) -> None:
        lines = [f"event: {name}"] if name else []
        event = "\n".join([*lines, f"data: {data}", "", ""]).encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
        self.wfile.flush()

    def _events(self, act: Say | Cut | Break | Garble | Stall, model: str) -> Iterator[wire.Event]:
        text, stop = (act.text, act.stop) if isinstance(act, Say) else ("half of a sentence that ", "end")
        speak = {"/v1/responses": wire.responses, "/v1/chat/completions": wire.chat, "/v1/messages": wire.messages}
        events = list(speak[self.path.partition("?")[0]](model, text, stop))
        if isinstance(act, Say):
            yield from events
            if self.path.endswith("/completions"):
                yield None, "[DONE]"
            return
        yield from events[:3]
        if isinstance(act, Break):
            yield self._broken(act, model)
        elif isinstance(act, Garble):
            yield events[0][0], "{half a docu"

    def _broken(self, act: Break, model: str) -> wire.Event:
        if self.path.endswith("/responses"):
            return wire.responses_failure(model, act.code, act.message, as_event=not act.failed)
        error: dict[str, Any] = {"message": act.message, "type": act.code}
        return "error", {"type": "error", "error": error}
