"""Stored plans in place of a model, for trying out and for tests. No model is asked, and every answer says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from ..errors import ProviderError
from ..records import Usage
from .conversation import Answer, Request, ignore

SHIPPED = Path(__file__).parent / "offline"
_PIECE = 40


class Offline:
    """Answers the k-th question of a conversation with the k-th stored text, and every later one with the last.

    The model's name is a shipped set (`demo`) or the path of a folder with `1.md`, `2.md` and so on.
    """

    name = "offline"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def ask(self, request: Request, on_text: Callable[[str], None] = ignore) -> Answer:
        texts = self._stored(request.model)
        earlier = sum(message.role == "assistant" for message in request.messages)
        text = _read(texts[min(earlier, len(texts) - 1)])
        for start in range(0, len(text), _PIECE):
            on_text(text[start : start + _PIECE])
            await asyncio.sleep(0)
        return Answer(text, Usage(), "end", None, f"{self.name}:{request.model} (no model was asked)")

    async def close(self) -> None:
        """There is nothing to give back."""

    def _stored(self, model: str) -> list[Path]:
        is_path = "/" in model or model.startswith(".")
        folder = (self._folder if is_path else SHIPPED) / model
        texts = sorted((path for path in folder.glob("*.md") if path.stem.isdecimal()), key=lambda path: int(path.stem))
        if not texts:
            sets = ", ".join(sorted(path.name for path in SHIPPED.iterdir()))
            raise ProviderError(
                f"offline ({model}): no stored plans in {folder}; put 1.md there, or name a shipped set: {sets}"
            )
        return texts


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProviderError(f"offline: {path} cannot be read: {error}; it must be a text file in UTF-8") from error
