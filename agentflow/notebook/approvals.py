"""A question as it is shown: what will happen if somebody agrees, and how to decide it. Its values are left out where a
plan has said that they are sensitive: what is shown in a notebook is stored with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ..approvals.veil import REDACTED
from ..cli.shown import answer_form, ways
from ..cli.sights import sight_lines
from ..cli.text import facts as text_facts
from ..cli.text import state as state_text
from ..cli.text import value
from ..cli.times import clock
from ..page.showing import arguments as arguments_of
from ..records import Approval, Call
from ..wording import step_name
from .asking import name
from .markup import Html, code, facts, fold, join, section, soft, state, tag
from .scenes import ApprovalScene
from .sheet import Sheet, columns, head
from .sources import excerpt
from .values import arguments, block, table

if TYPE_CHECKING:
    from rich.text import Text

_TITLES = {"call": "Approval", "ask": "Question", "outcome": "Did it happen?"}
_PYTHON = {
    "call": ["await approval.approve()"],
    "ask": ["await approval.answer(...)"],
    "outcome": ["await approval.happened(...)", "await approval.not_happened()"],
}


def shown(scene: ApprovalScene) -> Sheet:
    """A question with what is around it."""
    approval = hidden(scene.approval)
    if scene.sight is None:
        return one_record(approval, scene)
    sight = replace(scene.sight, case=replace(scene.sight.case, approval=approval), edits=())
    case = sight.case
    pairs = [
        ("plan", f"{sight.agent}@{approval.version}, for {case.asked_by}"),
        ("why", sight.why),
        *_facts(approval),
        ("due", clock(case.due_at) if case.due_at is not None and approval.status == "pending" else None),
        ("who", "any approver" if case.deciders is None else ", ".join(case.deciders) or "nobody"),
        ("agreed", f"{len(case.agreed)} of {case.needed}" if case.needed > 1 else None),
        ("but", sight.blocked),
        ("digest", code(approval.digest)),
    ]
    around = [section("The line that waits", excerpt(sight.source, approval.line)), *_ways(scene)]
    body = join([_head(approval), _asked(approval), *_calls(approval), facts(pairs), *around])
    return Sheet([*sight_lines(sight, columns()), *_commands(scene)], body, scene.note)


def one_record(approval: Approval, scene: ApprovalScene | None = None) -> Sheet:
    """What is known of a question by itself."""
    approval = hidden(approval)
    agent = scene.agent if scene else name(approval.agent)
    pairs = [("plan", f"{agent}@{approval.version}"), *_facts(approval), ("digest", code(approval.digest))]
    body = [_head(approval), _asked(approval), *_calls(approval), facts(pairs), *(_ways(scene) if scene else ())]
    lines = text_facts(
        [
            ("approval", approval.id),
            ("status", state_text(approval.status)),
            ("question", approval.question),
            *((f"calls {call.tool}", value(call.args)) for call in approval.calls),
            ("digest", approval.digest),
        ],
        indent=0,
    )
    return Sheet(lines, join(body), scene.note if scene else "")


def hidden(approval: Approval) -> Approval:
    """A question without what its plan has called sensitive."""
    if not approval.sensitive:
        return approval
    calls = tuple(Call(call.tool, dict.fromkeys(call.args, REDACTED)) for call in approval.calls)
    return replace(approval, calls=calls, original=None, details=None, decision=None)


def _head(approval: Approval) -> Html:
    risk = state(f"{approval.risk} risk") if approval.calls and approval.risk != "low" else ""
    return head(_TITLES[approval.kind], state(approval.status), risk, soft(approval.id))


def _asked(approval: Approval) -> Html:
    details = block(approval.details) if approval.details is not None else ""
    more = fold("details", details) if details and len(details) > 400 else details
    return join([tag("p", tag("b", approval.question)), more])


def _calls(approval: Approval) -> Iterator[Html]:
    """Each call that will be made, with its arguments; of edited ones, with what they were."""
    for call, was in zip(approval.calls, approval.original or approval.calls, strict=True):
        yield section(f"It calls {call.tool}", arguments(arguments_of(call, was)))


def _facts(approval: Approval) -> list[tuple[str, str | None]]:
    said = approval.decision or {}
    return [
        ("run", f"{approval.run}, step {step_name(approval.step)}"),
        ("asked", clock(approval.created_at)),
        ("expires", clock(approval.expires_at) if approval.expires_at and approval.status == "pending" else None),
        ("answer", answer_form(approval.schema) if approval.kind == "ask" else None),
        ("default", table(approval.default["value"]) if approval.default else None),
        ("decided", f"{clock(approval.decided_at)} by {approval.decided_by}" if approval.decided_at else None),
        ("said", table(said["value"]) if said.get("value") is not None else None),
        ("comment", approval.comment),
        ("sensitive", "its values are not shown here: see approval.record" if approval.sensitive else None),
    ]


def _ways(scene: ApprovalScene) -> Iterator[Html]:
    """How to decide it, from a terminal and from here."""
    approval = scene.approval
    if approval.status == "pending" and scene.session:
        python = [*_PYTHON[approval.kind], 'await approval.reject("why")']
        yield section(
            "To decide it",
            facts(
                [
                    ("in a terminal", _lines(ways(approval, scene.session))),
                    ("in Python", join([_lines(python), soft("without await where AgentFlow.sync gave it")])),
                ]
            ),
        )


def _lines(said: Iterable[str]) -> Html:
    return join(tag("div", code(line)) for line in said)


def _commands(scene: ApprovalScene) -> list[Text]:
    """The same for a terminal."""
    if scene.approval.status != "pending" or scene.session is None:
        return []
    return text_facts([("decide", "\n".join(ways(scene.approval, scene.session)))], indent=0)
