"""What must be so after a crash, judged by the ledger and the rows, never by what a worker says of itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from agentflow import AgentFlow

from .ledger import Line
from .scene import RUN, Scene
from .shop import ONCE


@dataclass(frozen=True, slots=True)
class Moment:
    """How things stood when the worker was dead and nobody had touched anything yet."""

    lines: tuple[Line, ...]
    done: frozenset[str]
    """Names of the steps whose result was delivered."""
    stored: frozenset[str]
    """Attempts whose outcome was committed, delivered or not."""
    open: frozenset[str]
    """Attempts that had begun and whose outcome was not committed."""
    marked: frozenset[str]
    """Those of them that had begun something that may not be repeated."""


async def moment(flow: AgentFlow, scene: Scene) -> Moment:
    """Look at everything."""
    steps = await (await flow.runs.get(scene.id)).steps()
    outcomes = {key for (key,) in scene.rows("SELECT key FROM inbox WHERE kind = 'outcome'")}
    attempts = scene.rows("SELECT key, ended_at IS NOT NULL, mark IS NOT NULL FROM attempts")
    stored = {key for key, ended, _ in attempts if ended} | outcomes
    begun = {key for key, _, _ in attempts} - stored
    return Moment(
        tuple(scene.ledger.lines()),
        frozenset(step.name for step in steps if step.state == "done"),
        frozenset(stored),
        frozenset(begun),
        frozenset(key for key, _, marked in attempts if marked or key.startswith("pay#")) & begun,
    )


def judge_effects(before: Moment, after: list[Line]) -> None:
    """No finished step and no stored attempt did anything again, no attempt did anything twice, and keys stayed."""
    new = after[len(before.lines) :]
    assert not {line.step for line in new} & before.done
    assert not {attempt_of(line) for line in new} & before.stored
    assert max(Counter((line.tool, line.step, line.attempt, line.key) for line in after).values()) == 1
    keys = {(line.step, line.tool, line.key) for line in after}
    assert len(keys) == len({(line.step, line.tool) for line in after})


def judge_interruptions(before: Moment, scene: Scene) -> None:
    """What was open came back as interrupted, and only what may not be repeated was asked about, each once."""
    history = scene.rows("SELECT key, body FROM history WHERE kind = 'outcome'")
    assert {key for key, body in history if '"interrupted"' in body} == before.open
    asked = scene.rows("SELECT step, status FROM approvals WHERE kind = 'outcome'")
    assert sorted(asked) == sorted((key.rpartition(":")[0], "answered") for key in before.marked)
    assert scene.rows("SELECT step, status FROM approvals WHERE kind = 'call'") == [("agree#1", "approved")]


def judge_attempts(before: Moment, scene: Scene, undisturbed: dict[str, int]) -> None:
    """Attempts are numbered from 1 without a gap, those of before the crash included, and every one has ended."""
    rows = scene.rows("SELECT key, ended_at IS NOT NULL FROM attempts")
    numbers: dict[str, list[int]] = {}
    for key, ended in rows:
        step, _, number = key.rpartition(":")
        numbers.setdefault(step, []).append(int(number))
        assert ended, key
    assert numbers.keys() == undisturbed.keys()
    for step, found in numbers.items():
        assert sorted(found) == list(range(1, len(found) + 1)), step
    assert {key for key, _ in rows} >= before.stored | before.open


def judge_rest(scene: Scene) -> None:
    """The same, and no worker left its row behind."""
    judge_story(scene)
    assert scene.rows("SELECT * FROM workers") == []


def judge_story(scene: Scene) -> None:
    """The history has no gap, every event and decision came once, and nothing is claimed, waiting or left behind."""
    history = scene.rows("SELECT n, kind FROM history ORDER BY n")
    assert [n for n, _ in history] == list(range(len(history)))
    kinds = Counter(kind for _, kind in history)
    [[questions]] = scene.rows("SELECT COUNT(*) FROM approvals")
    assert (kinds["start"], kinds["event"], kinds["decision"]) == (1, 1, questions)
    assert scene.rows("SELECT worker, wake_at FROM work") == [(None, None)]
    assert scene.rows("SELECT * FROM inbox") == []
    assert scene.errors() == ""


def attempt_of(line: Line) -> str:
    """The engine's key of the attempt that wrote a line. Every step of these plans occurs once."""
    return f"{line.step}#1:{line.attempt}"


async def standing(flow: AgentFlow) -> tuple[Any, dict[str, int]]:
    """The result of the run, and how many attempts each step took."""
    run = await flow.runs.get(RUN)
    return await run.result(), {step.key: step.attempts for step in await run.steps() if step.attempts}


def once_lines(lines: list[Line]) -> dict[str, int]:
    """How often each tool that may not be repeated did its work."""
    return dict(Counter(line.tool for line in lines if line.tool in ONCE))
