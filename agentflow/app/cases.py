"""A question as it is stored, and with all that bears on its decision now."""

from __future__ import annotations

from ..approvals import policy, rows
from ..approvals.ruling import Case
from ..errors import NotFound
from ..records import Approval
from .house import House


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
    return Case(approval, now, policy.loads(stored), terms["asked_by"], said), stored


def _gone(id: str) -> NotFound:
    return NotFound(f"there is no approval {id}: `agentflow approvals` lists what waits")
