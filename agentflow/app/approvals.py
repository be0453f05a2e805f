"""What waits for people: listed, looked at, decided."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..approvals import Action, Decision, decided, from_row
from ..engine import Item
from ..errors import NotFound
from ..records import Approval, ApprovalStatus, Json
from .house import House
from .pages import Page, check, page, position


class ApprovalHandle:
    """One question and the ways to decide it. `record` says what will happen: calls, arguments, digest."""

    def __init__(self, house: House, record: Approval) -> None:
        self._house = house
        self.record = record

    @property
    def id(self) -> str:
        return self.record.id

    async def approve(self, comment: str | None = None, *, digest: str | None = None) -> Approval:
        """Let the calls be made that `record` shows. With `digest`, only if it is still those."""
        return await self._decide("approve", comment, None, digest)

    async def answer(self, value: Json, comment: str | None = None, *, digest: str | None = None) -> Approval:
        """Answer a question that a plan asked."""
        return await self._decide("answer", comment, value, digest)

    async def happened(self, result: Json, comment: str | None = None, *, digest: str | None = None) -> Approval:
        """Decide an unknown outcome: it happened, and this is the step's result."""
        return await self._decide("happened", comment, result, digest)

    async def not_happened(self, comment: str | None = None, *, digest: str | None = None) -> Approval:
        """Decide an unknown outcome: it did not happen, so the step tries again."""
        return await self._decide("not_happened", comment, None, digest)

    async def reject(self, comment: str | None = None, *, digest: str | None = None) -> Approval:
        """Say no. An unknown outcome that is rejected fails its step."""
        return await self._decide("reject", comment, None, digest)

    async def _decide(self, action: Action, comment: str | None, value: Json, digest: str | None) -> Approval:
        house = self._house
        current = (await Approvals(house).get(self.id)).record
        house.no_secret("the comment", comment)
        answer = house.stored("the answer", value, await house.bounds(current.agent))
        decision = Decision(action, comment, answer, digest)
        write, said = decided(current, decision, house.principal, house.clock.now())
        await house.engine.post(current.run, Item("decision", current.step, said, said["at"]), [write])
        self.record = (await Approvals(house).get(self.id)).record
        return self.record


class Approvals:
    """The questions of one tenant."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def pending(self) -> Sequence[ApprovalHandle]:
        """What waits for a person now, the oldest first."""
        return [ApprovalHandle(self._house, record) for record in await self.list(status="pending")]

    async def list(
        self,
        *,
        status: ApprovalStatus | None = None,
        run: str | None = None,
        most: int = 1000,
        cursor: str | None = None,
    ) -> Page[Approval]:
        """Questions, the oldest first; of one status, of one run. A page's `next` is the `cursor` of the one after."""
        check(most)
        after, after_id = (-math.inf, "") if cursor is None else position(cursor)
        query = "approvals_of_run" if run else "approvals_with_status" if status else "approvals"
        asked = {"tenant": self._house.principal.tenant, "status": status, "run": run}
        window = {"after": after, "after_id": after_id, "most": most + 1}
        found = page(await self._house.store.rows(query, **asked, **window), most)
        return Page(map(from_row, found), found.next)

    async def get(self, id: str) -> ApprovalHandle:
        """The question with this id. Raises `NotFound`."""
        row = await self._house.store.row("approval", tenant=self._house.principal.tenant, id=id)
        if row is None:
            raise NotFound(f"there is no approval {id}: `agentflow approvals` lists what waits")
        return ApprovalHandle(self._house, from_row(row))
