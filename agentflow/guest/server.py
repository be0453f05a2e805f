"""Answers the host's requests, one at a time: which code this process holds, and its activations by name."""

from __future__ import annotations

import base64
import marshal
from collections.abc import Callable
from types import CodeType
from typing import Any, BinaryIO

from . import frames
from .activation import Activation, Diverged, Misuse
from .running import Overdrawn
from .values import compact

Message = dict[str, Any]
RESERVE = 4 * 1024 * 1024
"""Bytes that are given up when memory has run out, so that there is room to say so."""


class Guest:
    """What a guest process holds. It answers every request, with a fault if it must."""

    def __init__(self) -> None:
        self._code: CodeType | None = None
        self._entry = ""
        self._activations: dict[str, Activation] = {}
        self._reserve = bytes(RESERVE)
        self._operations: dict[str, Callable[[Message], Message | str]] = {
            "load": self._load,
            "open": self._open,
            "turns": lambda ask: self._activation(ask).turns(ask["deliveries"]),
            "call": lambda ask: self._activation(ask).call(ask["key"], ask["attempt"], ask["at"]),
            "evaluate": lambda ask: self._activation(ask).evaluate(ask["key"], ask["what"], ask["at"], ask),
            "answer": lambda ask: self._activation(ask).answer(ask["call"], ask.get("ok"), ask.get("error")),
            "look": lambda ask: self._activation(ask).look(),
            "close": self._close,
        }

    def answer(self, request: Message) -> str:
        """The response to one request, as JSON."""
        try:
            operation = self._operations.get(request["op"])
            if operation is None:
                raise Misuse(f"there is no operation {request['op']!r}")
            answer = operation(request)
            return answer if isinstance(answer, str) else compact(answer)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in here is the host's to know
            if isinstance(error, MemoryError):
                self._reserve = b""
            fault: Message = {"type": type(error).__name__, "message": str(error)[:2000]}
            if isinstance(error, Diverged):
                fault["turn"] = error.turn
            if isinstance(error, Overdrawn):
                fault["limit"] = error.limit
            return compact({"fault": fault})

    def _load(self, request: Message) -> Message:
        if self._code is not None:
            raise Misuse("this process holds code already, and it never holds two")
        code = marshal.loads(base64.b64decode(request["code"]))  # noqa: S302 - made by our compile guest, run in ours
        if not isinstance(code, CodeType):
            raise Misuse("what was loaded is not code")
        self._code, self._entry = code, request["entry"]
        return {"loaded": True}

    def _open(self, request: Message) -> Message:
        name = request["activation"]
        if self._code is None or name in self._activations:
            raise Misuse(f"activation {name!r} cannot be opened: no code is loaded, or it is open")
        self._activations[name] = Activation(self._code, self._entry, request)
        return {"opened": True}

    def _close(self, request: Message) -> Message:
        self._activation(request).close()
        del self._activations[request["activation"]]
        return {"closed": True}

    def _activation(self, request: Message) -> Activation:
        try:
            return self._activations[request["activation"]]
        except KeyError:
            raise Misuse(f"activation {request['activation']!r} is not open") from None


def serve(requests: BinaryIO, responses: BinaryIO, guest: Guest) -> None:
    """Answer frame by frame until the requests end."""
    while (request := frames.read(requests)) is not None:
        response = guest.answer(request)
        try:
            frame = frames.frame(response)
        except frames.FrameError as error:
            frame = frames.pack({"fault": {"type": "FrameError", "message": str(error)[:2000]}})
        responses.write(frame)
        responses.flush()
