"""`llm.generate`, over a model that answers from a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from agentflow.errors import ToolError
from agentflow.records import Usage
from agentflow.tools import ToolContext
from agentflow.tools.shipped import llm_generate

NUMBER = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


class Model:
    """Answers in order, and keeps what it was asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, list[tuple[str, str]]]] = []

    async def complete(
        self, model: str, system: str, messages: Sequence[tuple[str, str]], on_usage: Callable[[Usage], None]
    ) -> str:
        self.asked.append((model, system, list(messages)))
        on_usage(Usage(10, 1))
        return self.answers.pop(0)

    async def generate(self, spent: list[Usage] | None = None, **args: Any) -> Any:
        context = ToolContext(model="offline:demo", on_usage=(list[Usage]() if spent is None else spent).append)
        return await llm_generate(self.complete).call(args, context)


def test_it_reads_and_says_that_its_answer_is_not_to_be_trusted() -> None:
    spec = llm_generate(Model().complete).spec
    assert (spec.name, spec.effect) == ("llm.generate", "read")
    assert "untrusted" in spec.description
    assert list(spec.parameters["properties"]) == ["prompt", "schema"]


async def test_without_a_schema_the_answer_is_text_of_the_agents_model() -> None:
    model, spent = Model("Hello"), list[Usage]()
    assert await model.generate(spent, prompt="Greet") == "Hello"
    assert (model.asked[0][0], model.asked[0][2]) == ("offline:demo", [("user", "Greet")])
    assert spent == [Usage(10, 1)]


@pytest.mark.parametrize(
    "answer", ['{"n": 1}', 'Here:\n```json\n{"n": 1}\n```\nDone.', '```\n{"n": 1}\n```', ' {"n": 1, "t": "```x```"}']
)
async def test_with_a_schema_it_is_a_checked_value(answer: str) -> None:
    model = Model(answer)
    assert (await model.generate(prompt="Count", schema=NUMBER))["n"] == 1
    assert '"required": ["n"]' in model.asked[0][1]


async def test_an_answer_that_does_not_fit_is_repaired_twice_at_most() -> None:
    model, spent = Model("one", '{"n": "one"}', '{"n": 1}'), list[Usage]()
    assert await model.generate(spent, prompt="Count", schema=NUMBER) == {"n": 1}
    assert len(spent) == 3
    roles, texts = zip(*model.asked[2][2], strict=True)
    assert roles == ("user", "assistant", "user", "assistant", "user")
    assert "the answer is not JSON" in texts[2]
    assert "- n: must be a whole number, not text" in texts[4]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ('{"n": NaN}', "NaN is not allowed"),
        ("[" * 100_000, "is not JSON"),
        ("```", "is not JSON"),
        ("{}", "n is missing"),
    ],
)
async def test_after_the_third_wrong_answer_the_tool_fails(answer: str, cause: str) -> None:
    with pytest.raises(ToolError, match=f"no answer of 3 fits the schema; the last one: .*{cause}"):
        await Model(answer, answer, answer).generate(prompt="Count", schema=NUMBER)


async def test_no_model_is_asked_with_a_schema_that_cannot_be_used() -> None:
    model = Model()
    with pytest.raises(ToolError, match=r"tool llm.generate: this is no JSON schema: type"):
        await model.generate(prompt="Count", schema={"type": "numbr"})
    assert model.asked == []
