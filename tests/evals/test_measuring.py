"""A measurement on real parts: a goal is planned from answers of whatever source, and its plan walked through."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest

from agentflow.errors import NotFound, ProviderError, UsageError
from agentflow.evals import measuring, replies
from agentflow.evals.measuring import measure, measure_all
from agentflow.evals.questions import Question, allowing, asked, recalled
from agentflow.evals.replies import Replies, Reply
from agentflow.evals.scored import Scored
from agentflow.llm import Answer, Models
from agentflow.records import Usage
from agentflow.settings import Planning, Settings

from .examples import BROKEN, HASTY, RIGHT, TASK, fenced, task


def answered(folder: Path, *sources: str) -> str:
    """A folder in which these plans are the answers to the task, one after the other; it as a model."""
    for number, source in enumerate(sources, 1):
        name = "small.reply.md" if number == 1 else f"small.{number}.reply.md"
        file = folder / "author" / "refunds" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(fenced(source), "utf-8")
    return f"replies:{folder / 'author'}"


async def measured(folder: Path, model: str, text: str = TASK) -> tuple[Scored, Replies]:
    settings = allowing(Settings(folder=folder), [model])
    [question] = asked([task(folder, text)], [model], 1)
    return await measure(question, settings)


async def test_a_right_plan_solves_its_task(tmp_path: Path) -> None:
    scored, _ = await measured(tmp_path, answered(tmp_path, RIGHT))
    assert (scored.first, scored.valid, scored.solved, scored.reasons()) == (True, True, True, ())
    assert (scored.model, scored.task, scored.domain, scored.answers) == (
        "replies:author",
        "refunds/small",
        "refunds",
        1,
    )
    assert (scored.tokens, scored.cost, scored.stale) == (None, None, 0)


async def test_a_wrong_plan_is_told_what_it_did(tmp_path: Path) -> None:
    scored, _ = await measured(tmp_path, answered(tmp_path, HASTY))
    assert (scored.first, scored.solved) == (True, False)
    assert {rule: scored.keeps(rule) for rule in ("end", "calls", "approvals", "limits")} == {
        "end": False, "calls": True, "approvals": False, "limits": False,
    }  # fmt: skip
    assert scored.reasons() == (
        "large, and we say no: it is completed, not failed",
        'large, and we say no: nobody had agreed to payments.refund({"amount":400})',
        'large, and we say no: it called payments.refund({"amount":400}), which must not be',
    )


async def test_a_repaired_plan_is_not_one_at_the_first_try_and_is_kept_with_all_its_answers(tmp_path: Path) -> None:
    scored, kept = await measured(tmp_path, answered(tmp_path, BROKEN, RIGHT))
    assert (scored.first, scored.valid, scored.solved, scored.answers) == (False, True, True, 2)
    assert scored.codes
    assert [reply.answer.text for reply in kept.replies] == [fenced(BROKEN), fenced(RIGHT)]
    replies.write(tmp_path / "kept", kept)
    [question] = recalled([task(tmp_path)], tmp_path / "kept")
    again, _ = await measure(question, Settings())
    assert again == scored


async def test_a_question_without_an_answer_is_written_down_for_whoever_has_one(tmp_path: Path) -> None:
    author = tmp_path / "author"
    author.mkdir()
    unanswered, kept = await measured(tmp_path, f"replies:{author}")
    assert (unanswered.answered, unanswered.solved, kept.replies) == (False, False, ())
    [why] = unanswered.reasons()
    assert "nobody has answered" in why
    asked_first = (author / "refunds" / "small.md").read_text("utf-8")
    assert asked_first.startswith("=== system ===\n")
    assert "Nobody is refunded twice." in asked_first
    assert '"order_id": str' in asked_first
    assert (author / "PROMPT").read_text("utf-8").startswith("plan@")

    given_up, _ = await measured(tmp_path, answered(tmp_path, BROKEN))
    assert (given_up.answered, given_up.valid, given_up.answers, given_up.stale) == (True, False, 1, 0)
    assert "small.2.md yet; the answer goes into small.2.reply.md" in given_up.reasons()[0]
    assert "=== assistant ===" in (author / "refunds" / "small.2.md").read_text("utf-8")


async def test_an_answer_to_another_prompt_is_used_and_counted(tmp_path: Path) -> None:
    model = answered(tmp_path, RIGHT)
    (tmp_path / "author" / "refunds" / "small.md").write_text("an older question", "utf-8")
    (tmp_path / "author" / "PROMPT").write_text("plan@1 sha256:0\n", "utf-8")
    scored, kept = await measured(tmp_path, model)
    assert (scored.solved, scored.stale, scored.prompt, kept.prompt) == (True, 1, "plan@1 sha256:0", "plan@1 sha256:0")
    replies.write(tmp_path / "kept", kept)
    [question] = recalled([task(tmp_path, TASK.replace("above 100", "above 99"))], tmp_path / "kept")
    again, _ = await measure(question, Settings())
    assert (again.stale, again.prompt) == (1, "plan@1 sha256:0")


async def test_a_program_may_answer_where_it_was_typed(tmp_path: Path) -> None:
    plan = tmp_path / "plan.md"
    plan.write_text(fenced(RIGHT), "utf-8")
    scored, kept = await measured(tmp_path, f"exec:{shlex.join(['cat', str(plan)])}")
    assert scored.solved
    assert (scored.tokens, scored.cost) == (None, None)
    assert kept.replies[0].seconds > 0


async def test_a_case_that_cannot_be_played_is_not_solved(tmp_path: Path) -> None:
    """It has a refusal ready, and is asked for a colour."""
    asks = RIGHT.replace(
        'step.wait_for_approval("agree", f"Refund {order[\'total\']} EUR?", call=refund)', 'step.ask("how", "How?")'
    )
    scored, _ = await measured(
        tmp_path,
        answered(tmp_path, asks.replace("refund = agreed.call", "pass")),
        TASK.replace("{reject: too much}", "approve"),
    )
    assert not scored.solved
    assert "cannot be said" in scored.reasons()[0]


async def test_all_are_asked_and_told_of_as_they_are_done(tmp_path: Path) -> None:
    questions = asked([task(tmp_path)], [answered(tmp_path, RIGHT), "offline:demo"], 1)
    told: list[str] = []
    found = await measure_all(questions, Settings(), lambda scored, _: told.append(scored.model))
    assert [scored.model for scored in found] == ["replies:author", "offline:demo"]
    assert sorted(told) == ["offline:demo", "replies:author"]
    assert [scored.valid for scored in found] == [True, False]
    assert found[1].cost == 0.0


async def test_where_one_cannot_be_asked_no_other_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    questions = asked([task(tmp_path)], ["openai:gpt-5", answered(tmp_path, RIGHT)], 1)
    told: list[str] = []
    monkeypatch.setattr(measuring, "AT_ONCE", 1)
    with pytest.raises(ProviderError, match="there is no API key"):
        await measure_all(questions, Settings(), lambda scored, _: told.append(scored.model))
    assert (told, len(asyncio.all_tasks())) == ([], 1)


# which questions are asked


def names(questions: Sequence[Question]) -> list[tuple[str, int]]:
    return [(question.model, question.repeat) for question in questions]


def test_every_model_is_asked_as_often_as_that(tmp_path: Path) -> None:
    found = asked([task(tmp_path)], ["offline:demo", "openai:gpt-5"], 2)
    assert names(found) == [("offline:demo", 1), ("offline:demo", 2), ("openai:gpt-5", 1), ("openai:gpt-5", 2)]


def test_what_cannot_be_repeated_or_found_is_refused(tmp_path: Path) -> None:
    one = [task(tmp_path)]
    with pytest.raises(UsageError, match="--repeats cannot be 0"):
        asked(one, ["offline:demo"], 0)
    with pytest.raises(UsageError, match="leave --repeats out"):
        asked(one, [answered(tmp_path, RIGHT)], 2)
    with pytest.raises(UsageError, match="there is no such folder"):
        asked(one, ["replies:"], 1)
    (tmp_path / "kept").mkdir()
    with pytest.raises(UsageError, match="has no replies to these tasks"):
        recalled(one, tmp_path / "kept")
    with pytest.raises(NotFound, match="there is no folder"):
        recalled(one, tmp_path / "nowhere")


def test_only_commands_that_were_typed_may_be_run_beside_those_of_the_settings() -> None:
    own = {"exec": {"commands": ["a"], "timeout": 9.0}, "openai": {"base_url": "http://x"}}
    settings = Settings.model_validate({"models": own, "tools": ["x.py"], "planning": {"repairs": 0}})
    allowed = allowing(settings, ["exec:b c", "offline:demo"])
    assert (allowed.models["exec"].commands, allowed.models["exec"].timeout) == (["a", "b c"], 9.0)
    assert allowed.models["openai"] == settings.models["openai"]
    Models(allowed.models).resolve("exec:b c")
    with pytest.raises(UsageError, match="may not be run"):
        Models(allowed.models).resolve("exec:c")
    assert (allowed.tools, allowed.planning) == ([], Planning())


async def test_where_fewer_answers_are_stored_than_are_asked_for_it_is_not_solved(tmp_path: Path) -> None:
    """The checks of today refuse what those of then accepted."""
    broken = Reply("ab", Answer(fenced(BROKEN), Usage(), "end", None, "a:m"), None, 2.0)
    replies.write(tmp_path / "kept", Replies("a:m", "refunds/small", 1, "plan@1 sha256:0", (broken,)))
    [question] = recalled([task(tmp_path)], tmp_path / "kept")
    scored, _ = await measure(question, Settings())
    assert (scored.answered, scored.waits, scored.valid, scored.seconds, scored.stale) == (True, True, False, 2.0, 1)
    assert "there is no stored reply 2 of a:m to refunds/small" in scored.reasons()[0]


def test_tokens_are_told_where_they_are_known() -> None:
    scored = Scored("m", "a/b", 1, None, 1, "review", None, (), (), Usage(2, 3), 0.5, 1.0)
    assert (scored.tokens, scored.solved) == (5, True)
