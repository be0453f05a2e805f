"""What waits for people at a service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..app.approvals import ApprovalHandle as Here
from ..app.approvals import Approvals as AllHere
from ..app.approvals import Decided
from ..app.pages import Page
from ..app.sight import Sight
from ..approvals.ruling import Case
from ..records import Approval, ApprovalStatus, Json
from ..records.shown import Listing
from .wire import Afar, Wire, at, failure, record, value


class ApprovalHandle(Afar, Here):
    """One question and the ways to decide it."""

    def __init__(self, wire: Wire, record: Approval) -> None:
        self._wire = wire
        self.record = record

    async def approve(self, comment: str | None = None, *, digest: str | None = None, args: Json = None) -> Approval:
        edited = None if args is None else value(args, "the arguments")
        return await self._said(action="approve", comment=comment, digest=digest, args=edited)

    async def answer(self, value: Json, comment: str | None = None, *, digest: str | None = None) -> Approval:
        return await self._said(action="answer", value=_answer(value), comment=comment, digest=digest)

    async def happened(self, result: Json, comment: str | None = None, *, digest: str | None = None) -> Approval:
        return await self._said(action="happened", value=_answer(result), comment=comment, digest=digest)

    async def not_happened(self, comment: str | None = None, *, digest: str | None = None) -> Approval:
        return await self._said(action="not_happened", comment=comment, digest=digest)

    async def reject(self, comment: str | None = None, *, digest: str | None = None) -> Approval:
        return await self._said(action="reject", comment=comment, digest=digest)

    async def revise(self, comment: str, *, digest: str | None = None, goal: str | None = None) -> str:
        asked: Json = {"comment": comment, "digest": digest or self.record.digest, "goal": goal}
        return (await self._wire.post(dict[str, str], at("approvals", self.id, "revise"), **asked))["id"]

    async def case(self) -> Case:
        return await self._wire.get(Case, at("approvals", self.id, "case"))

    async def sight(self) -> Sight:
        return await self._wire.get(Sight, at("approvals", self.id, "sight"))

    async def _said(self, *, digest: str | None, **said: Json) -> Approval:
        body = {**said, "digest": digest or self.record.digest}
        self.record = await self._wire.post(Approval, at("approvals", self.id, "decision"), **body)
        return self.record


class Approvals(AllHere):
    """The questions of one tenant."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def pending(self) -> Sequence[ApprovalHandle]:
        return Listing(ApprovalHandle(self._wire, record) for record in await self.list(status="pending"))

    async def list(
        self,
        *,
        status: ApprovalStatus | None = None,
        run: str | None = None,
        most: int = 1000,
        cursor: str | None = None,
    ) -> Page[Approval]:
        return await self._wire.page(Approval, at("approvals"), status=status, run=run, limit=most, cursor=cursor)

    async def waiting(self, *, most: int = 100) -> int:
        return (await self._wire.get(dict[str, int], at("approvals", "waiting"), most=most))["waiting"]

    async def cases(
        self,
        *,
        status: ApprovalStatus | None = None,
        newest: bool = False,
        most: int = 1000,
        cursor: str | None = None,
    ) -> Page[Case]:
        place = at("approvals", "cases")
        return await self._wire.page(Case, place, status=status, newest=newest, limit=most, cursor=cursor)

    async def get(self, id: str) -> ApprovalHandle:
        return ApprovalHandle(self._wire, await self._wire.get(Approval, at("approvals", id)))

    async def decide(self, decisions: Sequence[Mapping[str, Json]]) -> Sequence[Decided]:
        sent = [
            {key: value(given, f"the {key}") if key in ("value", "args") else given for key, given in one.items()}
            for one in decisions
        ]
        told = await self._wire.post(dict[str, Any], at("approvals", "decisions"), decisions=sent)
        return [_decided(one) for one in told["items"]]


def _answer(given: Json) -> Json:
    return value(given, "the answer")


def _decided(told: dict[str, Json]) -> Decided:
    if told["problem"] is not None:
        return Decided(told["id"], error=failure(told["problem"]))
    return Decided(told["id"], record(Approval, told["approval"]))
