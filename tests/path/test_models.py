"""`llm.generate`: the agent's own model, checked against a schema, its usage in the run's record."""

from __future__ import annotations

from pathlib import Path

import pytest

from .harness import Stage


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    folder = tmp_path / "answers"
    folder.mkdir()
    return folder


async def test_without_a_schema_the_answer_is_text(stage: Stage, answers: Path) -> None:
    (answers / "1.md").write_text("Dear customer")
    run = await stage.start('return await step.do("write", tools.llm.generate(prompt="a letter"))')
    assert await stage.result(run) == "Dear customer"
    usage = [entry["body"]["usage"] for entry in await run.history() if entry["kind"] == "outcome"]
    assert usage == [[{"input": 0, "output": 0, "cached": 0, "written": 0, "cost": 0.0}]]


GENERATE = """
schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
return await step.do("count", tools.llm.generate(prompt="count", schema=schema), retries={"limit": 0})
"""


async def test_an_answer_that_does_not_fit_the_schema_is_repaired(stage: Stage, answers: Path) -> None:
    (answers / "1.md").write_text("many")
    (answers / "2.md").write_text('```json\n{"n": 3}\n```')
    run = await stage.start(GENERATE)
    assert await stage.result(run) == {"n": 3}
    [outcome] = [entry["body"] for entry in await run.history() if entry["kind"] == "outcome"]
    assert len(outcome["usage"]) == 2


async def test_an_answer_that_never_fits_fails_the_step_and_its_usage_is_kept(stage: Stage, answers: Path) -> None:
    (answers / "1.md").write_text("many")
    run = await stage.start(GENERATE)
    error = await stage.error(run)
    assert (error["type"], error["attempts"]) == ("ToolError", 1)
    [outcome] = [entry["body"] for entry in await run.history() if entry["kind"] == "outcome"]
    assert len(outcome["usage"]) == 3


async def test_a_model_may_be_asked_in_a_function(stage: Stage, answers: Path) -> None:
    (answers / "1.md").write_text("blue")
    body = """
    async def colour():
        return (await tools.llm.generate(prompt="a colour")).upper()
    return await step.do("colour", colour)
    """
    assert await stage.result(await stage.start(body)) == "BLUE"


async def test_a_provider_that_cannot_answer_fails_the_step(stage: Stage) -> None:
    error = await stage.error(await stage.start(GENERATE))
    assert (error["type"], "no stored plans in" in error["message"]) == ("ProviderError", True)
