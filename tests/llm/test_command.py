"""A program in the place of a model: what it is told, what it says, and what its failures mean."""

from __future__ import annotations

import asyncio
import shlex
import sys
from pathlib import Path

import pytest

from agentflow.errors import ProviderError, UsageError
from agentflow.llm import Answer, Message, Models, Request
from agentflow.records import Usage
from agentflow.settings import ProviderSettings

from ..fakes.waiting import until
from ..sandbox.stages import lives

TURNS = (Message("user", "the goal\n"), Message("assistant", "a plan: ä"), Message("user", "a finding"))


def script(*lines: str) -> str:
    return shlex.join(["sh", "-c", "\n".join(lines)])


async def ask(command: str, *, timeout: float = 60.0) -> tuple[Answer, list[str]]:
    models = Models({"exec": ProviderSettings(commands=[command], timeout=timeout)})
    llm, name = models.resolve(f"exec:{command}")
    heard: list[str] = []
    answer = await llm.ask(Request(name, "the system\n", TURNS), heard.append)
    await models.close()
    return answer, heard


async def test_it_reads_the_whole_conversation_and_its_output_is_the_answer() -> None:
    answer, heard = await ask("cat")
    assert answer.text == "\n".join(
        f"=== {whose} ===\n\n{text}\n"
        for whose, text in [
            ("system", "the system"),
            ("user", "the goal"),
            ("assistant", "a plan: ä"),
            ("user", "a finding"),
        ]
    )
    assert heard == [answer.text]
    assert (answer.model, answer.stop, answer.usage) == ("exec:cat", "end", Usage())


async def test_what_it_costs_nobody_knows() -> None:
    models = Models({"exec": ProviderSettings(commands=["cat"])})
    assert not models.priced("exec:cat")
    assert models.cost("exec:cat", "exec:cat", Usage()) is None
    models.ready("exec:cat")


@pytest.mark.parametrize("command", ["cat /etc/passwd", "sh", "cat "])
def test_only_commands_of_the_settings_are_run_word_for_word(command: str) -> None:
    for settings in ({}, {"exec": ProviderSettings(commands=["cat"])}):
        with pytest.raises(UsageError, match=r"may not be run: list it in agentflow.toml, under \[models.exec\]"):
            Models(settings).resolve(f"exec:{command}")


def test_commands_belong_to_exec_alone() -> None:
    with pytest.raises(UsageError, match=r"\[models.openai\] has no `commands`"):
        Models({"openai": ProviderSettings(commands=["cat"])})


async def test_it_goes_to_no_shell() -> None:
    assert (await ask("echo '$HOME; a' b"))[0].text == "$HOME; a b\n"


async def test_a_failure_tells_the_last_line_of_its_complaint() -> None:
    with pytest.raises(ProviderError, match=r"it ended with status 3: no such model$") as raised:
        await ask(script("echo first >&2", "echo 'no such model' >&2", "echo >&2", "exit 3"))
    assert not raised.value.retryable


@pytest.mark.parametrize("command", ["yes", "sh -c 'yes >&2'"])
async def test_one_that_talks_without_end_is_stopped_before_it_takes_all_memory(command: str) -> None:
    with pytest.raises(ProviderError, match=r"it said more than \d+ bytes"):
        await ask(command)


async def test_one_that_ends_in_silence_is_a_failure_too() -> None:
    with pytest.raises(ProviderError, match="it ended with status 1: it did not say why"):
        await ask("false")


@pytest.mark.parametrize("command", ["no-such-program-here", "echo 'open", " "])
async def test_one_that_cannot_be_started_is_named(command: str) -> None:
    with pytest.raises(ProviderError, match=r"it cannot be started: .*correct the command"):
        await ask(command)


async def test_one_that_takes_too_long_ends_with_all_it_has_started_and_may_be_asked_again(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    with pytest.raises(ProviderError, match=r"it gave no answer in 2 s; raise `timeout`") as raised:
        async with asyncio.timeout(60):  # what lives on holds its output open
            await ask(script(f"sleep 600 & echo $! > {pid}", "wait"), timeout=2)  # it has told its id by then
    assert raised.value.retryable
    await until(lambda: not lives(int(pid.read_text())))


async def test_one_that_is_not_waited_for_any_more_ends(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    asking = asyncio.create_task(ask(script(f"echo $$ > {pid}", "exec sleep 60")))
    await until(lambda: pid.exists() and pid.read_text().strip())
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await until(lambda: not lives(int(pid.read_text())))


async def test_one_that_does_not_listen_may_answer_all_the_same() -> None:
    assert (await ask(shlex.join([sys.executable, "-c", "import os; os.close(0); print('deaf')"])))[0].text == "deaf\n"
