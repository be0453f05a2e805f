"""Every task that ships can be solved, and by nothing less: a plan of `plans` does all that is expected, in every case,
and with any fault of `wrong` it does not. The plans of `shapes` reach the same in another way, lest a task expects too
much, and no trial refuses a right plan. They share one house, since a house costs more than a walk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from agentflow.app import AgentFlow
from agentflow.evals.document import read
from agentflow.evals.measuring import judgements_on
from agentflow.evals.task import Task
from agentflow.evals.tasks import SHIPPED, tasks
from agentflow.records import Json
from agentflow.trial import Given
from agentflow.trial.report import findings

FOLDER = Path(__file__).parent
TASKS = {task.id: task for task in tasks()}
DOMAINS = sorted({task.domain for task in TASKS.values()})
WAYS = 8
"""That a trial takes through a plan here: most of what it meets is in the first ones."""
on_one_loop = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def flow(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AgentFlow]:
    async with AgentFlow(tmp_path_factory.mktemp("evals") / "agentflow.db", worker=False) as flow:
        yield flow


def plan(task: Task, folder: str = "plans") -> str:
    """The plan that solves a task."""
    return (FOLDER / folder / f"{task.id}.py").read_text("utf-8")


def named(folder: str) -> set[str]:
    """The tasks of which a folder has a plan."""
    root = FOLDER / folder
    return {str(path.relative_to(root).with_suffix("")) for path in root.rglob("*.py")}


def faults(domain: str) -> Iterator[tuple[Task, Json]]:
    """Each fault of a domain's plans, with the task of the plan."""
    for name, found in read(FOLDER / "wrong" / f"{domain}.yaml").items():
        yield from ((TASKS[f"{domain}/{name}"], fault) for fault in found)


@on_one_loop
@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("folder", ["plans", "shapes"])
async def test_each_task_is_solved_by_its_plan_and_by_one_of_another_shape(
    folder: str, domain: str, flow: AgentFlow
) -> None:
    for task in (TASKS[id] for id in sorted(named(folder)) if TASKS[id].domain == domain):
        source = plan(task, folder)
        found = await judgements_on(flow, task, source)
        assert {one.case: wrong for one in found for wrong in one.wrong.values() if wrong} == {}, task.id
        given = Given(payload=task.cases[0].payload)
        trial = await flow.trials.explore(source, given, tools=task.specs(), most=WAYS)
        assert [*findings(trial)] == [], f"{task.id}: its trial blames it for what was made up"


@on_one_loop
@pytest.mark.parametrize("domain", DOMAINS)
async def test_a_plan_with_a_fault_breaks_the_rule_that_is_named(domain: str, flow: AgentFlow) -> None:
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
    assert named("plans") == {*TASKS}
    assert {str(path.relative_to(SHIPPED).with_suffix("")) for path in SHIPPED.rglob("*.yaml")} == {*TASKS}
