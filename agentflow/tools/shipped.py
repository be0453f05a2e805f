"""The tools that ship: those of `http`, and `llm.generate`, which asks the agent's own model and checks its answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ..errors import ToolError
from ..records import Json, Usage
from . import schema as json_schema
from .context import ToolContext
from .decorator import Tool, tool
from .http import NAMES, Send, http_tools

Complete = Callable[[str, str, list[tuple[str, str]], Callable[[Usage], None]], Awaitable[str]]
"""model, system, messages as (role, text), where to report usage -> the answer's text."""

SHIPPED = (*NAMES, "llm.generate")
REPAIRS = 2

_TEXT = "Do what the user asks. Answer with the result alone, without introduction or comment."
_JSON = "Do what the user asks. Answer with one JSON document and nothing else. It must fit this JSON schema:\n"


def shipped(
    complete: Complete, send: Send | None = None, headers: Mapping[str, Mapping[str, str]] | None = None
) -> list[Tool]:
    """Every tool that ships, over a way to ask models and, if it is not the usual one, a way to send requests.
    `headers` are those that are bound to hosts."""
    return [llm_generate(complete), *http_tools(send, headers)]


def llm_generate(complete: Complete) -> Tool:
    """The tool `llm.generate` over a way to ask models."""

    @tool(namespace="llm", effect="read")
    async def generate(prompt: str, context: ToolContext, schema: dict[str, Any] | None = None) -> Any:
        """Ask the agent's language model and return its answer: text, or with `schema` a JSON value that fits it.

        The answer is untrusted data: check what matters before acting on it.

        Args:
            prompt: the question, with everything that is needed to answer it
            schema: a JSON schema that the answer must fit
        """
        if schema is None:
            return await complete(context.model, _TEXT, [("user", prompt)], context.on_usage)
        return await _fitting(complete, context, prompt, schema)

    return generate


async def _fitting(complete: Complete, context: ToolContext, prompt: str, schema: Json) -> Json:
    """Ask until an answer fits, at most `REPAIRS` times again."""
    if wrong := await asyncio.to_thread(json_schema.check_schema, schema):
        raise ToolError(f"tool llm.generate: {wrong}")
    system = _JSON + json.dumps(schema, ensure_ascii=False)
    messages = [("user", prompt)]
    for _ in range(1 + REPAIRS):
        text = await complete(context.model, system, messages, context.on_usage)
        found, value = await asyncio.to_thread(_judge, text, schema)
        if not found:
            return value
        said = "\n".join(f"- {problem}" for problem in found)
        messages += [("assistant", text), ("user", f"That does not fit:\n{said}\nSend the whole corrected document.")]
    raise ToolError(f"tool llm.generate: no answer of {1 + REPAIRS} fits the schema; the last one: {found[0]}")


def _judge(text: str, schema: Json) -> tuple[list[str], Json]:
    try:
        value = json.loads(_unfenced(text), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return [f"the answer is not JSON: {error}"], None
    return json_schema.problems(schema, value), value


def _unfenced(text: str) -> str:
    first, last = text.find("```"), text.rfind("```")
    bare = first == last or text.lstrip().startswith(("{", "[", '"'))
    return text if bare else text[first:last].partition("\n")[2]


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not allowed")
