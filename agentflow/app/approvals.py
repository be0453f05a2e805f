"""What waits for people: listed, looked at, decided, one or many at a time."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import TypeVar, get_args

from ..approvals import rows, veil
from ..approvals.ruling import Case, Decision, Moved, Ruling, rule, writes
from ..engine import Item
from ..errors import AgentFlowError, Conflict, NotFound, Refused, UsageError
from ..records import Action, Approval, ApprovalStatus, Json
from ..records.shown import Listing
from ..roles import permit
from ..store import Write
from . import names
from .cases import case_of, cases_of, record, veiled
from .house import House
from .looking import Handle
from .pages import Page, check, page, position
from .revisions import Reason, revision
from .sight import Sight, sight
from .verbs import verb

T = TypeVar("T")

_TRIES = 100
"""How often a decision is made anew where others decide in between; each time one of them has come through."""


class ApprovalHandle(Handle):
    """One question and the ways to decide it. `record` says what will happen: calls, arguments, digest.

    Each way decides only if the question is still about what `record` shows, or what has the `digest` that is given.
    The same decision again changes nothing, and gives what is stored.
    """

    def __init__(self, house: House, record: Approval) -> None:
        self._house = house
        self.record = record

    @property
    def id(self) -> str:
        return self.record.id

    @verb("approvals.decide")
    async def approve(self, comment: str | None = None, *, digest: str | None = None, args: Json = None) -> Approval:
        """Let the calls be made that `record` shows. Where several have to agree, it stays pending until the last.

        `args` are other arguments for the call, all of them; where there are several calls, a list with those of each.
        """
        return await self._decide(Decision("approve", comment, None, digest, args))

    @verb("approvals.decide")
    async def answer(self, value: Json, comment: str | None = None, *, digest: str | None = None) -> Approval:
        """Answer a question that a plan asked."""
        return await self._decide(Decision("answer", comment, value, digest))

    @verb("approvals.decide")
    async def happened(self, result: Json, comment: str | None = None, *, digest: str | None = None) -> Approval:
        """Decide an unknown outcome: it happened, and this is the step's result."""
        return await self._decide(Decision("happened", comment, result, digest))

    @verb("approvals.decide")
    async def not_happened(self, comment: str | None = None, *, digest: str | None = None) -> Approval:
        """Decide an unknown outcome: it did not happen, so the step tries again."""
        return await self._decide(Decision("not_happened", comment, None, digest))

    @verb("approvals.decide")
    async def reject(self, comment: str | None = None, *, digest: str | None = None) -> Approval:
        """Say no. An unknown outcome that is rejected fails its step."""
        return await self._decide(Decision("reject", comment, None, digest))

    @verb("approvals.revise")
    async def revise(self, comment: str, *, digest: str | None = None, goal: str | None = None) -> str:
        """Say no, and have the plan written anew by the agent's model, which is told why. The id of the goal for that.

        The run is paused before it hears of the rejection. What comes of it is what `run.revise` says.
        """
        house = self._house
        if not comment.strip():
            raise UsageError("the comment is empty: say what is to be changed")
        permit(house.principal, "approvals.decide")

        async def revised(approval: Approval, ruling: Ruling, changes: Sequence[Write]) -> str:
            if not ruling.new:
                raise Conflict(f"{self.id} is rejected already: `agentflow run revise {approval.run}`")
            run, at = await house.control.run(approval.run), ruling.verdict.at
            said = [Item("pause", "", None, at), Item("decision", approval.step, ruling.message(), at)]
            why = Reason("rejected", comment, goal, approval.step)
            return await revision(house, run, why, changes, [(run.id, item) for item in said])

        return await self._ruled(Decision("reject", comment, None, digest or self.record.digest), revised)

    @verb("approvals.get")
    async def case(self) -> Case:
        """The question as it is now, with who may decide it, and what was said to it so far."""
        case, _ = await case_of(self._house, self.id)
        return veiled(case, self._house.principal)

    @verb("approvals.get")
    async def sight(self) -> Sight:
        """What somebody should see before deciding: the case, why it asks, what ran before, what comes next."""
        return await sight(self._house, await self.case())

    async def _decide(self, decision: Decision) -> Approval:
        house = self._house
        house.no_secret("the comment", decision.comment)
        most = await house.bounds(self.record.agent)
        value = house.stored("the answer", decision.value, most)
        args = None if decision.args is None else house.stored("the object of arguments", decision.args, most)
        digest = decision.digest or self.record.digest
        self.record = await self._ruled(replace(decision, value=value, args=args, digest=digest), self._stored)
        return self.record

    async def _ruled(self, decision: Decision, done: Callable[[Approval, Ruling, Sequence[Write]], Awaitable[T]]) -> T:
        """Have what a decision comes to done, for the question as it is now; anew where somebody was faster."""
        for _ in range(_TRIES):
            case, policy = await case_of(self._house, self.id)
            ruling = rule(case, decision, self._house.principal, self._house.tools.problems)
            with suppress(Moved):
                return await done(case.approval, ruling, self._changes(ruling, policy))
        raise Conflict(f"{self.id} is decided by too many at once: look at it again")

    async def _stored(self, approval: Approval, ruling: Ruling, changes: Sequence[Write]) -> Approval:
        """Store a decision, and tell the run that asked where it is the last; the question as it is then."""
        if ruling.new and ruling.status == "pending":
            await self._house.store.write(changes)
        elif ruling.new:
            item = Item("decision", approval.step, ruling.message(), ruling.verdict.at)
            await self._house.engine.post(approval.run, item, changes)
        return (await Approvals(self._house).get(self.id)).record

    def _changes(self, ruling: Ruling, policy: str) -> list[Write]:
        """The decision as it is stored, with its row of the audit log."""
        said = ruling.verdict
        noted = self._house.noted(
            "approvals.decide", self.id, action=said.action, status=ruling.status, seen=said.seen, digest=said.digest
        )
        return [*writes(ruling, policy), noted]


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one of several decisions."""

    id: str
    approval: Approval | None = None
    """The question after it, where it holds."""
    error: AgentFlowError | None = None
    """Why it does not hold."""

    @property
    def result(self) -> str:
        """In a word: the question's status, or which error it was."""
        return self.approval.status if self.approval else type(self.error).__name__


class Approvals:
    """The questions of one tenant."""

    def __init__(self, house: House) -> None:
        self._house = house

    @verb("approvals.list")
    async def pending(self) -> Sequence[ApprovalHandle]:
        """What waits for a person now, the oldest first."""
        return Listing(ApprovalHandle(self._house, record) for record in await self.list(status="pending"))

    @verb("approvals.list")
    async def list(
        self,
        *,
        status: ApprovalStatus | None = None,
        run: str | None = None,
        most: int = 1000,
        cursor: str | None = None,
    ) -> Page[Approval]:
        """Questions, the oldest first; of one status, of one run. A page's `next` is the `cursor` of the one after."""
        names.one_of("status", status, ApprovalStatus)
        check(most)
        after, after_id = (-math.inf, "") if cursor is None else position(cursor)
        query = "approvals_of_run" if run else "approvals_with_status" if status else "approvals"
        asked = {"tenant": self._house.principal.tenant, "status": status, "run": run}
        window = {"after": after, "after_id": after_id, "most": most + 1}
        found = page(await self._house.store.rows(query, **asked, **window), most)
        return Page((veil.question(rows.approval(row), self._house.principal) for row in found), found.next)

    @verb("approvals.list")
    async def waiting(self, *, most: int = 100) -> int:
        """How much waits for people, questions and plans in review; of each, at most so many are counted."""
        check(most)
        [row] = await self._house.store.rows("waiting", tenant=self._house.principal.tenant, most=most)
        return int(row["n"])

    @verb("approvals.list")
    async def cases(
        self,
        *,
        status: ApprovalStatus | None = None,
        newest: bool = False,
        most: int = 1000,
        cursor: str | None = None,
    ) -> Page[Case]:
        """Questions with all that bears on their decision, as `case` gives it of one: the oldest first, or the
        newest."""
        if not newest:
            return await cases_of(self._house, await self.list(status=status, most=most, cursor=cursor))
        names.one_of("status", status, ApprovalStatus)
        check(most)
        before, before_id = (math.inf, "") if cursor is None else position(cursor)
        asked = {"tenant": self._house.principal.tenant, "status": status, "most": most + 1}
        query = {**asked, "before": before, "before_id": before_id}
        found = page(await self._house.store.rows("approvals_newest", **query), most)
        return await cases_of(self._house, Page(map(rows.approval, found), found.next))

    @verb("approvals.get")
    async def get(self, id: str) -> ApprovalHandle:
        """The question with this id. Raises `NotFound`."""
        found = await record(self._house, id)
        return ApprovalHandle(self._house, veil.question(found, self._house.principal))

    @verb("approvals.decide")
    async def decide(self, decisions: Sequence[Mapping[str, Json]]) -> Sequence[Decided]:
        """Decide many, each by itself, in order: `{"id": ..., "action": "approve", "digest": ..., "comment": ...}`.

        What became of each is told; one that does not hold keeps none of the others from holding. `digest` is that of
        what was seen, `value` an answer or a result, `args` edited arguments. Raises `UsageError` before any is
        decided, where one of them is no decision.
        """
        said = [_decision(one) for one in decisions]
        return [await self._one(id, decision) for id, decision in said]

    async def _one(self, id: str, decision: Decision) -> Decided:
        try:
            return Decided(id, await (await self.get(id))._decide(decision))
        except (NotFound, UsageError, Refused) as error:
            return Decided(id, error=error)


_KEYS = frozenset(field.name for field in fields(Decision))


def _decision(said: Mapping[str, Json]) -> tuple[str, Decision]:
    given = dict(said)
    id, action = given.pop("id", None), given.get("action")
    if not isinstance(id, str) or action not in get_args(Action):
        raise UsageError(f"a decision names an id, and as action one of {', '.join(get_args(Action))}: {said!r:.80}")
    if not all(isinstance(given.get(key), str | None) for key in ("comment", "digest")):
        raise UsageError(f"the comment and the digest of a decision are texts: {said!r:.80}")
    if unknown := given.keys() - _KEYS:
        raise UsageError(f"a decision has no {min(unknown)!r}: it has id, {', '.join(sorted(_KEYS))}")
    return id, Decision(**given)
