"""Every task that ships can be solved, and by nothing less: a plan of `plans` does all that is expected, in every case,
and with any fault of `wrong` it does not. There is one house for each domain, since a house costs more than a walk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentflow.app import AgentFlow
from agentflow.evals.document import read
from agentflow.evals.measuring import judgements_on
from agentflow.evals.task import Task
from agentflow.evals.tasks import SHIPPED, tasks
from agentflow.records import Json

FOLDER = Path(__file__).parent
TASKS = {task.id: task for task in tasks()}
DOMAINS = sorted({task.domain for task in TASKS.values()})


def plan(task: Task) -> str:
    """The plan that solves a task."""
    return (FOLDER / "plans" / f"{task.id}.py").read_text("utf-8")


def faults(domain: str) -> Iterator[tuple[Task, Json]]:
    """Each fault of a domain's plans, with the task of the plan."""
    for name, found in read(FOLDER / "wrong" / f"{domain}.yaml").items():
        yield from ((TASKS[f"{domain}/{name}"], fault) for fault in found)


@pytest.mark.parametrize("domain", DOMAINS)
async def test_each_task_is_solved_by_its_plan(domain: str, tmp_path: Path) -> None:
    async with AgentFlow(tmp_path / "a.db", worker=False) as flow:
        for task in (task for task in TASKS.values() if task.domain == domain):
            found = await judgements_on(flow, task, plan(task))
            assert {one.case: wrong for one in found for wrong in one.wrong.values() if wrong} == {}, task.id


@pytest.mark.parametrize("domain", DOMAINS)
async def test_a_plan_with_a_fault_breaks_the_rule_that_is_named(domain: str, tmp_path: Path) -> None:
    async with AgentFlow(tmp_path / "a.db", worker=False) as flow:
        for task, fault in faults(domain):
            right = plan(task)
            assert right.count(fault["replace"]) == 1, f"{task.id}, {fault['why']}: what is replaced must be there once"
            [case] = [case for case in task.cases if case.name == fault["case"]]
            one_case = task.model_copy(update={"cases": (case,)})
            [found] = await judgements_on(flow, one_case, right.replace(fault["replace"], fault["with"]))
            assert not found.holds(fault["breaks"]), f"{task.id}, {fault['why']}: {found.wrong}"


def test_there_is_enough_of_everything() -> None:
    """At least 48 tasks, 6 of each domain and 2 cases of each task; each with its plan and with at least one fault."""
    assert len(TASKS) >= 48
    assert len(DOMAINS) == 8
    assert min(sum(task.domain == domain for task in TASKS.values()) for domain in DOMAINS) >= 6
    assert [task.id for task in TASKS.values() if len(task.cases) < 2] == []
    assert {task.id for domain in DOMAINS for task, _ in faults(domain)} == {*TASKS}
    plans = FOLDER / "plans"
    assert {str(path.relative_to(plans).with_suffix("")) for path in plans.rglob("*.py")} == {*TASKS}
    assert {str(path.relative_to(SHIPPED).with_suffix("")) for path in SHIPPED.rglob("*.yaml")} == {*TASKS}
