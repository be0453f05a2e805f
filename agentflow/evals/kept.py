"""A file of stored replies, as strictly as tasks are read: what is of another type would come up far from its file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, ValidationError

from ..errors import UsageError
from ..llm.conversation import Stop
from .refusing import keys, one_line


def _whole(text: str) -> str:
    if text != text.encode(errors="replace").decode():
        raise ValueError("holds half a surrogate pair, which no encoding can write")
    return text


_Text = Annotated[str, AfterValidator(_whole)]
_Count = Annotated[int, Field(ge=0, le=2**53)]
_Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Used(_Table):
    """`replies.K.usage`: tokens."""

    input: _Count
    output: _Count
    cached: _Count
    written: _Count


class Said(_Table):
    """`replies.K`: an answer, and the digest of the conversation that it answers."""

    conversation: _Text
    answered_by: _Text
    stop: Stop
    usage: Used | None
    cost: _Amount | None
    seconds: _Amount
    text: _Text


class File(_Table):
    """The whole file."""

    model: _Text
    task: _Text
    repeat: Annotated[int, Field(ge=1)]
    prompt: _Text | None
    replies: Annotated[tuple[Said, ...], Strict(False)]


def read(file: Path) -> File:
    """What a file holds. Raises `UsageError`, which names the file and the key."""
    try:
        return File.model_validate(json.loads(file.read_text("utf-8")))
    except ValidationError as error:
        why = one_line(error, _KEYS)
    except RecursionError:
        why = "it is nested too deeply"
    except (OSError, ValueError) as error:
        why = str(error)
    raise UsageError(f"{file} holds no stored replies ({why}): take it away, or store them again")


_KEYS = keys(File, Said, Used)
