"""Goals from the command line: submitted, planned before one's eyes, reviewed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from .conftest import LOAD, MAIL, Types

GOAL = ("submit", "ada", "Load an order", "--payload", '{"id": "17"}')


@pytest.fixture
def agent(types: Types, shop: Path) -> Path:
    """The agent `ada`, whose model answers from the folder `answers`: a plan with an error first, then a good one."""
    folder = shop / "answers"
    folder.mkdir()
    (folder / "1.md").write_text(f"```python\n{LOAD.replace('orders.get', 'orders.fetch')}```\n")
    (folder / "2.md").write_text(f"```python\n{LOAD}```\n")
    assert types("agent", "create", "ada", "--model", "offline:./answers", "--tools", "*").status == 0
    return folder


def test_a_goal_is_planned_repaired_and_run_before_ones_eyes(types: Types, agent: Path) -> None:
    done = types(*GOAL, "--wait")
    assert (done.status, done.out) == (0, '{"total": 250}\n')
    told = [line.strip() for line in done.err.splitlines()]
    assert told[0].startswith("goal goal_")
    assert told[1] == "answer 1: the model writes"
    assert "(no model was asked)" in told[2]
    assert any(line.startswith("plan:6:") and "orders.fetch" in line for line in told)
    assert "plan accepted as version 1" in told
    assert any(line.startswith("run run_") for line in told)


def test_a_goal_that_is_not_waited_for_prints_its_id(types: Types, agent: Path) -> None:
    done = types(*GOAL)
    assert "or use --wait" in done.err
    assert "no worker is running" in types("goal", "show", done.word).err
    assert types("worker", "--until-idle").status == 0
    goal = types("goal", "show", done.word, "--json").document
    assert (goal["status"], goal["agent"], len(goal["attempts"])) == ("started", "ada", 2)
    run = types("run", "show", goal["run"], "--json").document
    assert run["result"] == {"total": 250}
    assert run["spent"] == {"input": 0, "output": 0, "cached": 0, "written": 0, "cost": 0}
    assert [step["spent"] for step in run["steps"]] == [None]


def test_a_goal_is_shown_with_its_answers(types: Types, agent: Path) -> None:
    types(*GOAL, "--wait")
    [goal] = types("goal", "list", "--json").document
    assert types("goal", "list").out.splitlines()[1].split()[:3] == [goal["id"], "ada", "started"]
    out = types("goal", "show", goal["id"]).out
    assert "ada@1" in out
    assert "answer 1" in out
    assert "orders.fetch" in out
    assert out.count("tried on 1 way\n") == 1
    first = types("goal", "show", goal["id"], "--attempt", "1")
    assert first.out == LOAD.replace("orders.get", "orders.fetch")
    assert "plan:6:" in first.err
    assert types("goal", "show", goal["id"], "--attempt", "2", "--json").document["source"] == LOAD
    assert types("goal", "show", goal["id"], "--attempt", "3").status == 3


def test_a_plan_only_goal_is_started_by_hand(types: Types, agent: Path) -> None:
    done = types(*GOAL, "--plan-only", "--wait")
    assert (done.status, done.out) == (0, "ada@1\n")
    [goal] = types("goal", "list", "--status", "planned", "--json").document
    assert f"agentflow goal approve {goal['id']}" in done.err
    run = types("goal", "approve", goal["id"])
    types("worker", "--until-idle")
    assert types("run", "watch", run.word).status == 0
    assert types("goal", "approve", goal["id"]).status == 4


def test_the_same_goal_says_which_plan_it_takes_again(types: Types, agent: Path) -> None:
    assert types(*GOAL, "--wait").status == 0
    again = types(*GOAL, "--wait")
    newest, first = types("goal", "list", "--json").document
    assert newest["reused"] == first["id"]
    said = f"no model was asked: ada@1 is taken again, which was written for goal {first['id']} (--fresh asks one)"
    assert said in again.err.splitlines()
    assert f"written for  goal {first['id']}" in types("goal", "show", newest["id"]).out
    assert "taken again" not in types(*GOAL, "--fresh", "--share-payload").err


def test_what_answers_took_is_told_of_each_and_of_all(types: Types, agent: Path) -> None:
    """Offline answers take nothing; stored ones are told as they are stored."""
    (agent / "1.md").write_text("I would rather not.")
    types("agent", "create", "ada", "--model", "offline:./answers", "--repairs", "1", "--update")
    types(*GOAL, "--wait")
    [goal] = types("goal", "list", "--json").document
    assert "tokens" not in types("goal", "show", goal["id"]).out
    told = types("goal", "show", goal["id"], "--json").document
    assert told["spent"] == {"input": 0, "output": 0, "cached": 0, "written": 0, "cost": 0}
    usage = '{"input": 1200, "output": 30, "cached": 1000, "written": 0}'
    with sqlite3.connect(agent.parent / "agentflow.db") as database:
        database.execute("UPDATE goal_attempts SET usage = ?, cost = 0.01", (usage,))
    database.close()
    shown = types("goal", "show", goal["id"]).out
    assert shown.count(", 1,200 (1,000 cached) + 30 tokens, 0.0100 USD") == 2
    assert "in all  2,400 (2,000 cached) + 60 tokens, 0.0200 USD" in shown
    with sqlite3.connect(agent.parent / "agentflow.db") as database:
        database.execute("UPDATE goal_attempts SET cost = NULL WHERE number = 1")
    database.close()
    assert "in all  2,400 (2,000 cached) + 60 tokens, cost unknown" in types("goal", "show", goal["id"]).out


def test_why_another_model_stepped_in_is_told_with_its_answer(types: Types, agent: Path) -> None:
    why = "openai-chat (busy): the server is overloaded (503); try again later"
    types(*GOAL, "--wait")
    with sqlite3.connect(agent.parent / "agentflow.db") as database:
        database.execute("UPDATE goal_attempts SET fallback = ? WHERE number = 2", (why,))
    database.close()
    [goal] = types("goal", "list", "--json").document
    shown = types("goal", "show", goal["id"])
    assert " ".join(shown.out.split()).count(f"no findings in the place of {why}") == 1
    assert f"  in the place of {why}" in types("goal", "show", goal["id"], "--attempt", "2").err
    told = types("goal", "show", goal["id"], "--json").document
    assert [attempt["fallback"] for attempt in told["attempts"]] == [None, why]


def test_a_risky_plan_waits_for_a_review(types: Types, agent: Path) -> None:
    (agent / "1.md").write_text(f"```python\n{MAIL}```\n")
    done = types(*GOAL, "--wait")
    [goal] = types("goal", "list", "--json").document
    assert (done.status, goal["status"]) == (5, "review")
    assert f"agentflow goal approve {goal['id']}" in done.err.splitlines()[-1]
    assert types("plan", "list", "ada", "--json").document[0]["reviewed"] is False
    assert "review" in types("plan", "list", "ada").out
    assert (
        "can do   It calls mail.send (high risk): at most once; a person must" in types("goal", "show", goal["id"]).out
    )
    assert len(types("goal", "show", goal["id"], "--json").document["abilities"]) == 1
    assert types("goal", "reject", goal["id"], "--comment", "no mails").status == 0
    assert "no mails" in types("goal", "show", goal["id"]).out
    assert "can do" not in types("goal", "show", goal["id"]).out


def test_a_goal_whose_plans_stay_wrong_is_refused(types: Types, agent: Path) -> None:
    types("agent", "create", "ada", "--model", "offline:./answers", "--repairs", "0", "--update")
    done = types(*GOAL, "--wait")
    assert (done.status, done.out) == (4, "")
    assert "is refused" in done.err.splitlines()[-1]
    done = types(*GOAL, "--wait", "--json")
    assert (done.status, done.document["status"], len(done.document["attempts"])) == (4, "refused", 1)


def test_an_answer_without_a_plan_is_shown_as_it_is(types: Types, agent: Path) -> None:
    (agent / "1.md").write_text("I would rather not.")
    done = types(*GOAL, "--wait")
    assert "answer 1: no plan" in done.err
    [goal] = types("goal", "list", "--json").document
    assert "I would rather not." in types("goal", "show", goal["id"], "--attempt", "1").out
    assert "answer 1" in types("goal", "show", goal["id"]).out


def test_a_goal_is_given_up(types: Types, agent: Path) -> None:
    goal = types(*GOAL).word
    assert types("goal", "cancel", goal).err == f"goal {goal} is cancelled\n"
    assert types("goal", "cancel", goal).status == 4


def test_a_goal_may_stand_in_a_file(types: Types, agent: Path, shop: Path) -> None:
    (shop / "goal.txt").write_text("Load the order.\nTell its total.")
    goal = types("submit", "ada", "@goal.txt", "--json").document
    assert goal["text"] == "Load the order.\nTell its total."
    assert types("submit", "ada", "@nowhere.txt").status == 3


def test_a_plan_in_review_is_changed_and_the_goal_tells_who_asked(types: Types, agent: Path) -> None:
    types("agent", "create", "ada", "--model", "offline:./answers", "--tools", "*", "--review", "always", "--update")
    (agent / "3.md").write_text(f"```python\n{MAIL}```\n")
    assert types(*GOAL, "--wait").status == 5
    [goal] = types("goal", "list", "--json").document
    asked = types("goal", "changes", goal["id"], "--comment", "Write\nto Ada.")
    assert (asked.status, f"goal {goal['id']} is being planned again" in asked.err) == (0, True)
    assert types("worker", "--until-idle").status == 0
    shown = types("goal", "show", goal["id"])
    assert "local wants changes: Write to Ada." in shown.out.splitlines()
    document = types("goal", "show", goal["id"], "--json").document
    assert (document["status"], document["version"], len(document["attempts"])) == ("review", 2, 3)
    assert document["feedback"][0]["text"] == "Write\nto Ada."
    assert types("goal", "changes", goal["id"]).status == 2
    assert types("goal", "changes", goal["id"], "--comment", " ").status == 2


def test_a_plan_that_waits_is_edited_in_a_file_or_an_editor(
    types: Types, agent: Path, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goal = types(*GOAL, "--plan-only", "--wait", "--json").document["id"]
    (shop / "mine.py").write_text(LOAD.replace('"load"', '"fetch"'))
    done = types("goal", "edit", goal, "mine.py")
    assert (done.status, done.word) == (0, "ada@2")
    assert done.err == f"goal {goal} is planned: agentflow goal show {goal}\n"
    assert types("goal", "edit", goal, "mine.py").err == f"the plan of goal {goal} is as it was: nothing was stored\n"
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "sed -i s/fetch/get/")
    assert types("goal", "edit", goal).word == "ada@3"
    monkeypatch.setenv("EDITOR", "sed -i s/orders.get/orders.fly/")
    refused = types("goal", "edit", goal)
    told = refused.err.splitlines()
    assert told[0] == f"what you wrote is in {goal}.py: mend it, then `agentflow goal edit {goal} {goal}.py`"
    assert (refused.status, told[1].startswith(f"agentflow: {goal}.py:6:")) == (4, True)
    assert "orders.fly" in (shop / f"{goal}.py").read_text()
    types("goal", "cancel", goal)
    assert "its plan can be edited while it is planned or in review" in types("goal", "edit", goal, "mine.py").err
