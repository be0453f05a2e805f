"""/v1/approvals: what waits for people, and their decisions. Reading never decides."""

from __future__ import annotations

from pydantic import BaseModel

from ..app.approvals import Decided
from ..app.sight import Sight
from ..approvals.ruling import Case
from ..records import Approval, ApprovalStatus, Json
from .answers import Flow, Limit, Listed, Sent, listed
from .asked import DecisionAsked, DecisionsAsked, RejectionAsked
from .problems import document
from .routes import Routes

router = Routes("/v1/approvals", tags=["approvals"])


class Waiting(BaseModel):
    """How much waits for people."""

    waiting: int


class Outcome(BaseModel):
    """What became of one of several decisions: the question after it, or the problem why it does not hold."""

    id: str
    approval: Approval | None = None
    problem: Json = None


@router.get("")
async def list_approvals(
    flow: Flow,
    *,
    status: ApprovalStatus | None = None,
    run: str | None = None,
    limit: Limit = 100,
    cursor: str | None = None,
) -> Listed[Approval]:
    """Questions, the oldest first."""
    return listed(await flow.approvals.list(status=status, run=run, most=limit, cursor=cursor))


@router.get("/cases")
async def list_cases(
    flow: Flow,
    *,
    status: ApprovalStatus | None = None,
    newest: bool = False,
    limit: Limit = 100,
    cursor: str | None = None,
) -> Listed[Case]:
    """Questions with all that bears on their decision: the oldest first, or the newest."""
    return listed(await flow.approvals.cases(status=status, newest=newest, most=limit, cursor=cursor))


@router.get("/waiting")
async def count_waiting(flow: Flow, most: Limit = 100) -> Waiting:
    """How much waits for people: questions and plans in review."""
    return Waiting(waiting=await flow.approvals.waiting(most=most))


@router.post("/decisions")
async def decide_many(flow: Flow, asked: DecisionsAsked) -> Listed[Outcome]:
    """Decide many, each by itself: one that does not hold keeps none of the others from holding."""
    said = [one.model_dump(exclude_unset=True) for one in asked.decisions]
    return listed([_outcome(one) for one in await flow.approvals.decide(said)])


@router.get("/{approval}")
async def show_approval(flow: Flow, approval: str) -> Approval:
    """One question: the calls with their arguments, the digest, until when."""
    return (await flow.approvals.get(approval)).record


@router.get("/{approval}/case")
async def show_case(flow: Flow, approval: str) -> Case:
    """The question with all that bears on its decision: the agent's policy, and what was said to it so far."""
    return await (await flow.approvals.get(approval)).case()


@router.get("/{approval}/sight")
async def show_sight(flow: Flow, approval: str) -> Sight:
    """What somebody should see before deciding: the case, why it asks, what ran before, what comes next."""
    return await (await flow.approvals.get(approval)).sight()


@router.post("/{approval}/decision")
async def decide(flow: Flow, approval: str, asked: DecisionAsked) -> Approval:
    """Decide it: approve, reject, answer, or say of an unknown outcome that it happened or did not."""
    [one] = await flow.approvals.decide([{**asked.model_dump(exclude_unset=True), "id": approval}])
    if one.error:
        raise one.error
    assert one.approval is not None
    return one.approval


def _outcome(one: Decided) -> Outcome:
    return Outcome(
        id=one.id, approval=one.approval, problem=one.error and document(f"/v1/approvals/{one.id}", one.error)
    )


@router.post("/{approval}/revise", status_code=201)
async def reject_and_revise(flow: Flow, approval: str, asked: RejectionAsked) -> Sent:
    """Reject it, pause its run, and have the plan written anew: the id of the goal for that."""
    question = await flow.approvals.get(approval)
    return Sent(id=await question.revise(asked.comment, digest=asked.digest, goal=asked.goal))
