"""`agentflow run revise` and `reject --revise`: a plan written anew, read beside the old one, and gone on with."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Types, plan

WORD = 'await step.do("load", tools.orders.get(id="1"))'
BAD = plan(WORD, 'raise ValueError("no such luck")')
GOOD = plan(WORD, 'return "done"')
ASKS = plan('return await step.do("tell", tools.mail.send(to="ada@example.com", body="Hi"))')


@pytest.fixture
def shop_with(types: Types, shop: Path) -> Path:
    """The agent `ada`, whose plans are always reviewed; its answers are in the folder that this is."""
    folder = shop / "answers"
    folder.mkdir()
    made = types("agent", "create", "ada", "--model", "offline:./answers", "--tools", "*", "--review", "always")
    assert made.status == 0
    return folder


def started(types: Types, shop: Path, source: str) -> str:
    (shop / "plan.py").write_text(source)
    assert types("plan", "register", "ada", "plan.py").status == 0
    return types("run", "start", "ada@1", "--wait").err.split("run ")[1].split()[0]


def test_a_failed_run_goes_on_with_a_plan_that_a_person_has_read(types: Types, shop: Path, shop_with: Path) -> None:
    run = started(types, shop, BAD)
    (shop_with / "1.md").write_text(f"```python\n{GOOD}```\n")
    assert "was started without a goal" in types("run", "revise", run).err
    goal = types("run", "revise", run, "--goal", "Load it.", "--comment", "Just\nload it.").word
    assert types("run", "revise", run, "--goal", "Load it.").status == 4
    assert types("worker", "--until-idle").status == 0
    shown = types("goal", "show", goal).out.splitlines()
    assert "local has it planned anew, since the run failed: Just load it." in shown
    assert '-        raise ValueError("no such luck")' in shown
    assert '+        return "done"' in shown
    assert any(line.split(None, 2)[:2] == ["follows", "on"] and run in line for line in shown)
    assert any(f"once it is approved, run {run} goes on with it: 1 step stays done" in line for line in shown)
    document = types("goal", "show", goal, "--json").document
    assert (document["revises"], document["changed"]["before"]) == (run, "ada@1")
    assert types("goal", "approve", goal).word == run
    assert types("worker", "--until-idle").status == 0
    seen = types("run", "show", run)
    assert "went on     with ada@2 from generation 2 on, before with @1" in seen.out
    moved = types("run", "show", run, "--json").document
    assert (moved["result"], moved["version"], moved["moves"][0]["version"]) == ("done", 2, 2)
    assert types("run", "revise", run).status == 4


def test_a_rejection_may_have_the_plan_written_anew(types: Types, shop: Path, shop_with: Path) -> None:
    run = started(types, shop, ASKS)
    (shop_with / "1.md").write_text(f"```python\n{GOOD}```\n")
    [question] = types("approvals", "--json").document
    words = ("reject", question["id"], "--comment", "Do not write.", "--revise")
    assert "--goal" in types(*words).err
    assert types("approvals", "show", question["id"], "--json").document["status"] == "pending"
    assert types(*words[:2], "approval_x", *words[2:]).status == 2
    goal = types(*words, "--goal", "Load it.").word
    assert types("worker", "--until-idle").status == 0
    assert types("goal", "show", goal, "--json").document["status"] == "review"
    assert types("run", "show", run, "--json").document["status"] == "paused"
    assert types("goal", "approve", goal).word == run
    assert types("worker", "--until-idle").status == 0
    assert types("run", "show", run, "--json").document["result"] == "done"
