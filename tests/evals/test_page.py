"""docs/evals.md is what the stored replies come to today."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from agentflow.evals.measuring import measure_all
from agentflow.evals.page import EXAMPLE, page
from agentflow.evals.questions import recalled
from agentflow.evals.replies import ABOUT, Replies, abouts, write
from agentflow.evals.scored import Scored
from agentflow.evals.task import DECISIONS, Call, Case, Expected, OfferedTool, Played, Sent, Task
from agentflow.evals.tasks import load, tasks
from agentflow.settings import Settings

from .examples import task
from .test_summary import run

ROOT = Path(__file__).parents[2]
REPLIES = ROOT / "tests" / "evals" / "replies"
TABLES = (Task, OfferedTool, Case, Played, Sent, Expected, Call)
EACH = 1 if os.environ.get("AGENTFLOW_HYPOTHESIS") == "nightly" else 8
"""Every so many of the stored replies are measured again."""


def lines(scored: list[Scored], folder: Path, **about: str) -> list[str]:
    return page("kept", [task(folder)], scored, about).splitlines()


def test_it_says_what_was_measured_and_how_it_is_measured_again(tmp_path: Path) -> None:
    text = "\n".join(lines([run("refunds/small")], tmp_path))
    assert "1 tasks: refunds (1)." in text
    assert "and cases, 2 in all" in text
    assert "from the replies in `kept`" in text
    assert "agentflow eval --model anthropic:MODEL --store FOLDER" in text


def test_each_model_has_its_shares_what_it_took_and_what_it_did_not_solve(tmp_path: Path) -> None:
    runs = [
        run("refunds/a"),
        run("refunds/b", "calls"),
        run("office/c", valid=False, model="exec:x", cost=None),
        run("office/d", answers=0, valid=False, model="exec:x", prompt=None),
    ]
    found = lines(runs, tmp_path, **{"exec:x": "A program of ours.\n"})
    whole, half = "100 % (34-100)", "50 % (9-91)"
    assert f"| `openai:m` | plan@2 bbbbbb | 2 | {' | '.join([whole] * 3 + [half] + [whole] * 2 + [half])} |" in found
    assert "| `openai:m` | 2 | 0 | 1.00 | 120 | 0.5000 | 2.0 | 0 |" in found
    assert "| `exec:x` | 1 | 1 | 1.00 | 120 | - | 2.0 | 0 |" in found
    assert [line.split(" | ")[:3] for line in found if line.startswith(("| office", "| refunds"))] == [
        ["| refunds", "`openai:m`", "2"],
        ["| office", "`exec:x`", "1"],
    ]
    own = found[found.index("## `exec:x`") :]
    assert own[2] == "A program of ours."
    assert own[-1] == "* `office/c`: `2 findings remain after 1 attempts`"
    other = found[found.index("## `openai:m`") : found.index("## `exec:x`")]
    assert any(line.startswith("Nobody has said how they were made;") for line in other)
    assert "* `refunds/b`: `one: it did so`" in other


def test_reasons_are_few_and_stay_code_whatever_they_hold(tmp_path: Path) -> None:
    often = [run("refunds/a", "calls", "end", repeat=n) for n in (1, 2)]
    [told] = [line for line in lines(often, tmp_path) if line.startswith("* ")]
    assert told == "* `refunds/a` (2 of 2 runs): `one: it did so`"


def test_what_first_answers_were_refused_for_is_counted(tmp_path: Path) -> None:
    text = "\n".join(lines([run("a/1", codes=(("AF2", "AF1"), ("AF9",))), run("a/2", codes=(("AF1",), ()))], tmp_path))
    assert "First answers were refused for AF1 (2), AF2 (1)." in text
    assert "Every task was solved." in text


def test_without_replies_it_says_so(tmp_path: Path) -> None:
    assert lines([], tmp_path)[-1] == "No replies are stored yet."


def test_who_wrote_replies_stands_beside_them(tmp_path: Path) -> None:
    for model in ("a:m", "b:m"):
        write(tmp_path, Replies(model, "refunds/small", 1, None, ()))
    [folder, _] = sorted(tmp_path.iterdir())
    (folder / ABOUT).write_text("By hand.", "utf-8")
    (tmp_path / "nothing").mkdir()
    (tmp_path / "nothing" / ABOUT).write_text("Of no reply.", "utf-8")
    assert list(abouts(tmp_path).values()) == ["By hand."]


def test_the_example_is_a_task_with_every_key_that_there_is(tmp_path: Path) -> None:
    (tmp_path / "refunds").mkdir()
    text = EXAMPLE.read_text("utf-8")
    (tmp_path / "refunds" / "large.yaml").write_text(text, "utf-8")
    found = load(tmp_path / "refunds" / "large.yaml")
    known = {field.alias or name for table in TABLES for name, field in table.model_fields.items()}
    assert {key for key in known if f"{key}:" not in text} == set()
    assert {one.kind for one in found.cases[0].decisions.values()} < set(DECISIONS)
    assert [one for one in DECISIONS if one not in text] == []


# the page of this repository


def test_it_is_printed_by_a_command(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "agentflow.evals", str(tmp_path / "nowhere")]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == page(str(tmp_path / "nowhere"), tasks(), [], {})


async def test_stored_replies_come_to_what_the_page_says() -> None:
    """Of a sample: a task is solved today where the page does not say that it is not."""
    known, text = tasks(), (ROOT / "docs" / "evals.md").read_text("utf-8")
    questions = recalled(known, REPLIES)[::EACH] if REPLIES.is_dir() else []
    scored = await measure_all(questions, Settings(), lambda scored, _: None)
    own = {part.partition("`")[0]: part for part in text.split("\n## `")}
    for one in scored:
        assert one.solved == (f"* `{one.task}`" not in own[one.model]), f"{one.task}: run `make evals`"
    whole = page("tests/evals/replies", known, scored, abouts(REPLIES))
    assert text.partition("## Results")[0] == whole.partition("## Results")[0], "run `make evals`"
    assert EACH > 1 or text == whole, "run `make evals`"
