"""Secrets reach the tools that name them, and nothing else: no row, no plan, no model, no log."""

from __future__ import annotations

import asyncio
import base64
import logging
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentflow.app import AgentFlow
from agentflow.errors import UnknownOutcome, UsageError
from agentflow.guest.verbs import NonRetryableError
from agentflow.redaction import forms
from agentflow.settings import Settings
from agentflow.testing import TestFlow
from agentflow.tools import Tool, ToolContext, tool

from ..fakes.office import answers, fenced
from ..fakes.worker import file
from ..test_redaction import holding
from .harness import plan, staged

SECRET = 'live "key"/+ä7'
GIVEN = {"KEY": SECRET}


class Leak(Exception):
    """An error that tells everything."""

    def __init__(self, told: str) -> None:
        super().__init__(f"refused: {told}")
        self.data = {"headers": {"authorization": told}, told: b"raw " + told.encode()}


def leaking() -> list[Tool]:
    """Tools that give away what they were trusted with."""

    @tool(namespace="leak", effect="read", secrets=["KEY"])
    async def tell(context: ToolContext) -> dict[str, Any]:
        """Tells it in every way."""
        key = context.secrets["KEY"]
        basic = base64.b64encode(f"user:{key}".encode()).decode()
        told = {"plain": key, "url": f"https://x.example/?k={quote(key)}", "basic": basic, "raw": key.encode()}
        return {**told, key: [[key]]}

    @tool(namespace="leak", effect="idempotent", secrets=["KEY"])
    async def fail(context: ToolContext, how: str = "known") -> None:
        """Fails with it."""
        key = context.secrets["KEY"]
        raise {"known": Leak(key), "final": NonRetryableError(key)}[how]

    @tool(namespace="leak", secrets=["KEY"])
    async def doubt(context: ToolContext) -> None:
        """Does not know whether it happened."""
        raise UnknownOutcome(context.secrets["KEY"])

    return [tell, fail, doubt]


def shown(folder: Path, secret: str = SECRET) -> list[str]:
    """The forms of the secret that stand in a file of the folder: the database, its log, the files of workers."""
    found = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file() and "answers" not in file.parts)
    return [form for form in forms(secret) if form.encode() in found]


EVERYTHING = """
    told = await step.do("tell", tools.leak.tell())
    await step.progress(f"told {told}")
    assert event.payload["see"] in told["plain"], told

    async def body():
        inner = await tools.leak.tell()
        try:
            await tools.leak.fail()
        except StepFailed as failed:
            return [inner, failed.message, failed.data, f"{inner}"]

    inside = await step.do("inside", body, retries={"limit": 0})

    async def falls():
        await tools.leak.fail(how="final")

    try:
        await step.do("falls", falls)
    except StepFailed as failed:
        inside.append(failed.message)
    try:
        await step.do("fail", tools.leak.fail(), retries={"limit": 1, "delay": 1})
    except StepFailed as failed:
        inside.append([failed.message, failed.data])
    written = await step.do("write", tools.llm.generate(prompt=f"say {told['plain']}"))
    await step.do("undone", tools.work.keep(value=1), rollback=lambda result: tools.leak.fail(how="final"))
    if event.payload["see"] == "[secret":
        try:
            await step.do("doubt", tools.leak.doubt())
        except StepFailed as failed:
            inside.append(failed.message)
    raise PlanFailed(f"{told} {inside} {written}")
"""


async def test_no_file_of_the_house_holds_a_secret_after_everything_has_told_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    answers(tmp_path, f"It is {SECRET}.")
    caplog.set_level(logging.INFO)
    async with staged(tmp_path, more=leaking(), secrets=GIVEN) as stage:
        run = await stage.start(EVERYTHING, {"see": "[secret"})
        await stage.skip(run, "waiting")
        question = await stage.question()
        assert "[secret KEY]" in question.record.question + str(question.record.details)
        await question.not_happened()
        question = await stage.question()
        await question.reject()
        error = await stage.error(run)
        history = str(await run.history()) + str(await run.steps())
        assert run.record.rollback["error"]["message"] == "undone could not be undone: [secret KEY]"
        assert error["message"].count("[secret KEY]") >= 8
        assert all(said in history for said in ("refused: [secret KEY]", "k=[secret KEY]", "It is [secret KEY]."))
        assert shown(tmp_path) == []  # while the write-ahead log is still there
        assert SECRET not in history
    assert shown(tmp_path) == []
    assert SECRET not in caplog.text


async def test_without_redaction_the_same_run_leaves_the_secret_in_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentflow.redaction.Redactor.learn", lambda *_: None)
    answers(tmp_path, f"It is {SECRET}.")
    async with staged(tmp_path, more=leaking(), secrets=GIVEN) as stage:
        run = await stage.start(EVERYTHING, {"see": "live"})
        await stage.error(run)
        assert SECRET.replace('"', '\\"') in shown(tmp_path)


@settings(max_examples=12)
@given(st.lists(holding(SECRET), min_size=1, max_size=8))
def test_whatever_tools_return_the_database_holds_no_secret(values: Sequence[Any]) -> None:
    @tool(namespace="leak", effect="read", secrets=["KEY"])
    async def give(n: int, context: ToolContext) -> Any:
        """Gives one of them."""
        return values[n]

    async def play() -> list[str]:
        async with TestFlow(tools=[give], secrets=GIVEN) as flow:
            source = plan("return [await step.do('give', tools.leak.give(n=n)) for n in range(event.payload['n'])]")
            run = await flow.run(source, {"n": len(values)})
            await run.result()
            return shown(file(flow).parent)

    assert asyncio.run(play()) == []


# who gets what


async def test_a_tool_gets_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    seen: list[Any] = []

    @tool(namespace="own", secrets=["KEY"])
    async def named(context: ToolContext) -> None:
        """Names one."""
        seen.append(dict(context.secrets))

    @tool(namespace="own")
    async def bare(context: ToolContext) -> None:
        """Names none."""
        seen.append(dict(context.secrets))

    given = {**GIVEN, "OTHER": "another secret"}
    async with staged(tmp_path, more=[named, bare], secrets=given) as stage:
        await stage.result(
            await stage.start("""
            await step.do("named", tools.own.named())
            await step.do("bare", tools.own.bare())
        """)
        )
    assert seen == [GIVEN, {}]


async def test_a_plan_finds_no_secret_in_what_it_is_given(tmp_path: Path) -> None:
    async with staged(tmp_path, more=leaking(), secrets=GIVEN) as stage:
        run = await stage.start(
            """
            names = ["payload", "timestamp", "id", "run", "agent", "schedule"]
            return [f"{getattr(event, name)}" for name in names] + [f"{tools.leak.tell()}"]
        """.replace("getattr(event, name)", "name")
        )
        assert SECRET not in str(await stage.result(run))


async def test_the_function_of_a_step_hears_no_secret_that_it_could_disguise(tmp_path: Path) -> None:
    @tool(namespace="leak", secrets=["KEY"])
    async def once(context: ToolContext) -> str:
        """Tells it, once."""
        return context.secrets["KEY"]

    async with staged(tmp_path, more=[*leaking(), once], secrets=GIVEN) as stage:
        run = await stage.start("""
            async def turned():
                told = [(await tools.leak.tell())["plain"], await tools.leak.once()]
                try:
                    await tools.leak.fail()
                except StepFailed as failed:
                    told.append(failed.message)
                return [text[::-1] for text in told]

            return await step.do("turned", turned, retries={"limit": 0})
        """)
        hidden = "[secret KEY]"
        assert await stage.result(run) == [hidden[::-1], hidden[::-1], f"refused: {hidden}"[::-1]]


async def test_a_secret_that_is_nowhere_fails_the_step_and_says_what_to_do(tmp_path: Path) -> None:
    async with staged(tmp_path, more=leaking(), secrets=lambda _: None) as stage:
        error = await stage.error(await stage.start('await step.do("tell", tools.leak.tell(), retries={"limit": 0})'))
    assert (error["type"], error["fault"], error["step"]) == ("SecretMissing", "host", "tell")
    assert error["message"].startswith("tool leak.tell needs the secret KEY, which is missing: set the environment var")


async def test_a_secret_that_comes_between_two_attempts_is_enough(tmp_path: Path) -> None:
    found = iter([None, SECRET])
    async with staged(tmp_path, more=leaking(), secrets=lambda _: next(found)) as stage:
        run = await stage.start('return (await step.do("tell", tools.leak.tell()))["plain"]')
        assert await stage.result(run) == "[secret KEY]"


# a worker without a secret


async def test_a_worker_without_a_tool_s_secret_leaves_its_runs_to_one_that_has_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with _house(tmp_path) as flow:
        agent = await flow.agents.create("crew", model="offline:./answers", tools=["*"], review="never")
        await agent.register(plan('return (await step.do("tell", tools.leak.tell()))["plain"]'))
        run = await agent.start()
        await flow.until_idle()
        assert (await run.refresh()).status == "queued"
        await agent.register(plan("return 7"))
        assert await (await agent.start()).result() == 7
    [said] = {record.getMessage() for record in caplog.records if "leak.tell" in record.getMessage()}
    assert said == (
        "runs that may call leak.tell wait for a worker that has the secret KEY;"
        " to run them here, set the environment variable KEY"
    )
    async with _house(tmp_path, GIVEN) as flow:
        assert await (await flow.runs.get(run.id)).result() == "[secret KEY]"


async def test_goals_are_planned_without_the_secrets_of_tools(tmp_path: Path) -> None:
    answers(tmp_path, fenced(plan("return 7")))
    async with _house(tmp_path) as flow:
        agent = await flow.agents.create("crew", model="offline:./answers", tools=["*"], review="never")
        run = await (await agent.submit("Count.")).run()
        assert await run.result() == 7


def _house(folder: Path, secrets: dict[str, str] | None = None) -> AgentFlow:
    return AgentFlow(tools=leaking(), settings=Settings(folder=folder), secrets=secrets)


async def test_a_test_needs_no_secret_of_what_it_stands_in_for() -> None:
    async with TestFlow(tools=leaking()) as flow:
        flow.steps("tell").returns({"plain": "mocked"})
        run = await flow.run(plan('return (await step.do("tell", tools.leak.tell()))["plain"]'))
        assert await run.result() == "mocked"


# what people and models say


async def test_a_secret_that_is_given_from_outside_is_refused_with_its_name(tmp_path: Path) -> None:
    async with staged(tmp_path, secrets=GIVEN) as own:
        agent, flow, told = own.agent, own.flow, {"x": [SECRET]}
        run = await own.start('await step.wait_for_event("go", "go")')
        await own.reach(run, "waiting")
        asked = await own.start('await step.ask("which", "Which?")')
        question = await own.question()
        goal = await agent.submit("Count.", plan_only=True)
        for tries in (
            lambda: agent.start(told),
            lambda: agent.start_many([{"payload": told}]),
            lambda: agent.submit(f"use {SECRET}"),
            lambda: agent.submit("use it", told),
            lambda: agent.schedule("nightly", cron="0 3 * * *", payload=told),
            lambda: agent.register(plan(f"return {SECRET!r}")),
            lambda: run.send("go", told),
            lambda: question.answer(SECRET),
            lambda: question.reject(SECRET),
            lambda: goal.reject(SECRET),
            lambda: flow.agents.create("other", model="offline:demo", instructions=SECRET),
        ):
            with pytest.raises(UsageError, match=r"the .* tells the secret KEY, and would be stored: leave it out"):
                await tries()
        assert shown(tmp_path) == []
        await question.answer("a colour")
        await own.reach(asked, "completed")


async def test_what_a_model_is_told_and_answers_holds_no_secret(tmp_path: Path) -> None:
    source = plan(f"return {SECRET!r}")
    answers(tmp_path, fenced(source))
    async with staged(tmp_path, secrets=GIVEN) as stage:
        goal = await stage.agent.submit("Say it.")
        run = await goal.run()
        assert await stage.result(run) == "[secret KEY]"
        [attempt] = goal.attempts
        assert "return '[secret KEY]'" in (attempt.source or "")
    assert shown(tmp_path) == []


async def test_the_key_of_a_provider_is_secret_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-0123456789")
    monkeypatch.setenv("OPENAI_API_KEY", "ollama")
    async with staged(tmp_path) as stage:
        stage.crew.will("look", "the keys are sk-ant-0123456789 and ollama")
        run = await stage.start('return await step.do("look", tools.work.look())')
        assert await stage.result(run) == "the keys are [secret ANTHROPIC_API_KEY] and ollama"


async def test_secrets_stand_in_no_table(tmp_path: Path) -> None:
    async with staged(tmp_path, more=leaking(), secrets=GIVEN) as stage:
        await stage.result(await stage.start('await step.do("tell", tools.leak.tell())'))
    with closing(sqlite3.connect(tmp_path / "agentflow.db")) as connection:
        tables = [name for [name] in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for table in tables for row in connection.execute(f"SELECT * FROM {table}")]
    assert "[secret KEY]" in str(rows)
    assert SECRET not in str(rows)
