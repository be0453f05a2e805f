"""A question as it is stored, and with all that bears on its decision now."""

from __future__ import annotations

import json
from dataclasses import replace

from ..approvals import policy, rows, veil
from ..approvals.ruling import Case
from ..errors import NotFound
from ..records import Approval, Principal, Verdict
from .house import House
from .pages import Page


async def record(house: House, id: str) -> Approval:
    """The question of this id, in the tenant of whoever asks. Raises `NotFound`."""
    row = await house.store.row("approval", tenant=house.principal.tenant, id=id)
    if row is None:
        raise _gone(id)
    return rows.approval(row)


async def case_of(house: House, id: str) -> tuple[Case, str]:
    """Its case, and the agent's policy as it is stored. Raises `NotFound`."""
    approval = await record(house, id)
    terms = await house.store.row("approval_terms", id=id)
    if terms is None:  # its run has just been deleted
        raise _gone(id)
    said = tuple(map(rows.verdict, await house.store.rows("decisions", approval=id)))
    now, stored = house.clock.now(), terms["policy"]
    return Case(approval, now, policy.loads(stored), terms["asked_by"], said, bool(terms["paused"])), stored


async def cases_of(house: House, found: Page[Approval]) -> Page[Case]:
    """The cases of these questions, as whoever asks may see them; one whose run is deleted just now is left out."""
    ids = json.dumps([one.id for one in found])
    terms = {row["id"]: row for row in await house.store.rows("terms_of", ids=ids)}
    said: dict[str, list[Verdict]] = {}
    for one in map(rows.verdict, await house.store.rows("decisions_of", ids=ids)):
        said.setdefault(one.approval, []).append(one)
    now = house.clock.now()
    known = ((one, terms[one.id], tuple(said.get(one.id, ()))) for one in found if one.id in terms)
    cases = (
        Case(one, now, policy.loads(row["policy"]), row["asked_by"], verdicts, bool(row["paused"]))
        for one, row, verdicts in known
    )
    return Page((veiled(case, house.principal) for case in cases), found.next)


def veiled(case: Case, who: Principal) -> Case:
    """The case as this principal may see it."""
    approval = case.approval
    return replace(case, approval=veil.question(approval, who), verdicts=veil.verdicts(approval, case.verdicts, who))


def _gone(id: str) -> NotFound:
    return NotFound(f"there is no approval {id}: `agentflow approvals` lists what waits")
