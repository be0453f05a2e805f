"""Every public thing shows itself as HTML and as text, and what others wrote stays text in both."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from ..fakes import office
from .conftest import Office, page, text

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _of(value: Any) -> Any:
    return value


async def _first(several: Coroutine[Any, Any, Any]) -> Any:
    return (await several)[0]


THINGS: dict[str, Callable[[Office], Coroutine[Any, Any, Any]]] = {
    "run that is done": lambda o: _of(o.done),
    "run that failed": lambda o: _of(o.failed),
    "run that waits": lambda o: _of(o.waiting),
    "run that sleeps": lambda o: _of(o.asleep),
    "record of a run": lambda o: _of(o.failed.record),
    "goal": lambda o: _of(o.goal),
    "record of a goal": lambda o: _of(o.goal.record),
    "answers": lambda o: _of(o.goal.attempts),
    "answer": lambda o: _of(o.goal.attempts[0]),
    "finding": lambda o: _of(o.goal.attempts[0].findings[0]),
    "question": lambda o: _of(o.question),
    "record of a question": lambda o: _of(o.question.record),
    "agent": lambda o: _of(o.clerk),
    "record of an agent": lambda o: _of(o.clerk.record),
    "plan": lambda o: o.goal.plan(),
    "plans": lambda o: o.clerk.plans(),
    "pinned": lambda o: o.clerk.pinned(),
    "difference": lambda o: o.clerk.diff(1, 2),
    "no difference": lambda o: o.clerk.diff(1, 1),
    "graph": lambda o: o.waiting.graph(),
    "step": lambda o: _first(o.failed.steps()),
    "steps": lambda o: o.failed.steps(),
    "agents": lambda o: o.flow.agents.list(),
    "goals": lambda o: o.flow.goals.list(),
    "runs": lambda o: o.flow.runs.list(),
    "questions": lambda o: o.flow.approvals.pending(),
    "history": lambda o: o.done.history(),
    "keys": lambda o: o.flow.keys.list(),
    "tenants": lambda o: o.flow.tenants.list(),
    "notices": lambda o: o.flow.notices.list(),
    "audit": lambda o: o.flow.audit.list(),
    "cases": lambda o: o.flow.approvals.cases(),
    "schedules": lambda o: o.flow.schedules.list(),
    "moment": lambda o: o.waiting.at("agree"),
    "replay": lambda o: o.waiting.replay(to="agree"),
    "replay on other code": lambda o: o.waiting.replay(office.READS),
    "migration": lambda o: o.waiting.migrate(1, dry_run=True),
    "migrations": lambda o: o.clerk.migrate(1, dry_run=True),
    "checks": lambda o: o.clerk.check("import os\n"),
}


@pytest.mark.parametrize("name", THINGS)
async def test_it_is_one_closed_fragment_without_scripts_or_anything_from_elsewhere(name: str, there: Office) -> None:
    found = page(await THINGS[name](there))
    names = {element for element, _ in found.elements}
    assert not names & {"script", "img", "iframe", "link", "object", "form", "a"}
    assert found.elements[0] == ("div", {"class": "agentflow-shown"})
    for _, attributes in found.elements:
        assert not any(key.startswith("on") or key in ("href", "src") for key in attributes)


@pytest.mark.parametrize("name", THINGS)
async def test_what_others_wrote_moves_no_cursor_and_turns_no_reading(name: str, there: Office) -> None:
    shown = await THINGS[name](there)
    for said in (text(shown), page(shown).text):
        assert said
        assert "\x1b" not in said
        assert "\u202e" not in said


@pytest.mark.parametrize("name", ["audit", "keys"])
async def test_a_list_of_what_was_administered_is_no_wider_than_a_page(name: str, there: Office) -> None:
    """The test makes of each what it needs: a key that ends, one that has ended, and what is told of both."""
    keys = there.flow.keys
    await keys.create(f"{name}-program-of-the-office", roles=["operator", "approver", "admin"], expires="90 days")
    await keys.create(f"{name}-gone", roles=["viewer"])
    await keys.revoke(f"{name}-gone")
    lines = text(await THINGS[name](there)).splitlines()
    assert len(lines) > 1
    assert max(map(len, lines)) <= 100


async def test_its_repr_is_one_line_of_python(there: Office) -> None:
    assert repr(there.done.record).startswith("Run(id=")
    assert "\n" not in repr(there.done.record)
    assert repr(await there.clerk.plans()).startswith("[PlanVersion(")


async def test_only_the_kinds_that_are_asked_for_are_given(there: Office) -> None:
    assert set(there.done._repr_mimebundle_()) == {"text/plain", "text/html"}
    assert set(there.done._repr_mimebundle_(include={"text/plain"})) == {"text/plain"}
    assert set(there.done._repr_mimebundle_(exclude={"text/plain"})) == {"text/html"}
