"""What a question looks like to whoever decides it: what will happen and why, the plan around it, who said what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from rich.text import Text

from ..records import Approval, Call, Json, Verdict
from ..wording import relative, step_label, step_name, visible
from .shown import answer_form, document
from .text import Cell, facts, json_text, lines_of, one_line, state, value
from .times import moment

if TYPE_CHECKING:
    from ..app.notices import Notice
    from ..app.sight import Sight
    from ..approvals.editing import Change
    from ..approvals.ruling import Case

AROUND = 2
"""Lines of the plan before and after the one that waits."""
_SAID = {
    "approve": "agreed",
    "reject": "said no",
    "answer": "answered",
    "happened": "said that it happened",
    "not_happened": "said that it did not happen",
}


def sight_lines(sight: Sight, width: int = 0) -> list[Text]:
    """A question with all around it, for a terminal."""
    case = sight.case
    return [
        *facts(_pairs(sight), indent=0),
        *_calls(case.approval),
        *excerpt(sight.source, case.approval.line, width),
        *_around("before", [(step_label(step), state(step.state)) for step in sight.before]),
        *_around("next", _next(sight)),
        *_around(
            "told", [(_whom(one), _delivered(one)) for one in sight.notices if one.tries and one.state != "dropped"]
        ),
        *_around("said", [(_who(one), Text(_what(one))) for one in case.verdicts]),
    ]


def with_args(sight: Sight, args: Json) -> Sight:
    """The same as it would be with these arguments. Raises `UsageError` where it takes none, or not so many."""
    from ..approvals.editing import edited

    approval = sight.case.approval
    calls = edited(approval, args, lambda *_: ())  # whether they fit is said by those who know the tools
    asked = replace(approval, calls=calls, original=approval.original or approval.calls)
    return replace(sight, case=replace(sight.case, approval=asked))


def sight_document(sight: Sight) -> dict[str, Any]:
    """The same as one JSON document: the approval, and beside its fields what it does not say itself."""
    case = sight.case
    return {
        **document(case.approval, {case.approval.agent: sight.agent}),
        "why": sight.why,
        "asked_by": case.asked_by,
        "deciders": case.deciders,
        "needed": case.needed,
        "agreed": case.agreed,
        "blocked": sight.blocked,
        "due_at": case.due_at,
        "escalates_at": case.escalates_at,
        "edits": [asdict(edit) for edit in sight.edits],
        "notices": [asdict(one) for one in sight.notices],
        "decisions": [asdict(one) for one in case.verdicts],
        "before": [{"step": step.key, "state": step.state} for step in sight.before],
        "after": [{"kind": node.kind, "name": node.name, "line": node.line} for node in sight.after],
    }


def _pairs(sight: Sight) -> list[tuple[str, Cell | None]]:
    case = sight.case
    approval = case.approval
    return [
        ("approval", approval.id),
        ("status", state(approval.status)),
        ("plan", f"{sight.agent}@{approval.version}, for {case.asked_by}"),
        ("run", f"{approval.run}, step {step_name(approval.step)!r}"),
        ("asked", f"{moment(approval.created_at)}: {sight.why}"),
        *(_times(case) if approval.status == "pending" else ()),
        ("risk", state(approval.risk) if approval.calls else None),
        ("question", approval.question),
        ("details", None if approval.details is None else lines_of(approval.details)),
        ("answer", answer_form(approval.schema) if approval.kind == "ask" else None),
        ("default", value(approval.default["value"]) if approval.default else None),
        *(_people(sight) if approval.status == "pending" else _decided(approval)),
        ("digest", approval.digest),
    ]


def _times(case: Case) -> Iterator[tuple[str, Cell | None]]:
    if case.due_at is not None:
        yield ("overdue" if case.due_at <= case.now else "due"), moment(case.due_at, case.now)
    later = case.escalates_at
    if case.policy.escalate and later is not None and later > case.now and case.deciders is not None:
        yield "later", f"{', '.join(case.policy.escalate.to)} too, {relative(later, case.now)}"
    if case.approval.expires_at is not None:
        yield "expires", moment(case.approval.expires_at, case.now)


def _people(sight: Sight) -> Iterator[tuple[str, Cell | None]]:
    """Who may decide, and how many have agreed."""
    case = sight.case
    names = "any approver" if case.deciders is None else ", ".join(case.deciders) or "nobody"
    own = f", not {case.asked_by}" if case.is_own(case.asked_by) else ""
    yield "who", f"{names}{own}"
    if case.needed > 1:
        so_far = f", so far {', '.join(case.agreed)}" if case.agreed else ""
        yield "agreed", f"{len(case.agreed)} of {case.needed}{so_far}"
    yield "but", sight.blocked


def _decided(approval: Approval) -> list[tuple[str, Cell | None]]:
    if approval.decided_at is None:
        return []
    said = approval.decision or {}
    by = " and ".join(said.get("agreed") or [approval.decided_by or "nobody"])
    return [
        ("decided", f"{moment(approval.decided_at)} by {by}"),
        ("said", value(said["value"]) if said.get("value") is not None else None),
        ("comment", approval.comment),
    ]


def _calls(approval: Approval) -> Iterator[Text]:
    """Each call with its arguments, and what was edited of them."""
    for call, was in zip(approval.calls, approval.original or approval.calls, strict=True):
        yield Text(f"calls     {call.tool}", "bold")
        yield from facts(_arguments(call, was), indent=10)


def _arguments(call: Call, was: Call) -> Iterator[tuple[str, Cell]]:
    from ..approvals.editing import changes

    edits = {edit.argument: edit for edit in changes([was], [call])}
    for name in dict.fromkeys([*was.args, *call.args]):
        yield one_line(name), _argument(call.args.get(name), edits.get(name))


def _argument(now: Json, edit: Change | None) -> Cell:
    if edit and not edit.after:
        return Text.assemble(("left out", "yellow"), f"  (was {value(edit.before[0])})")
    shown = Text(visible(lines_of(now)))
    return Text.assemble(shown, (f"  ({_before_it(now, edit)})", "yellow")) if edit else shown


def _before_it(now: Json, edit: Change) -> str:
    """What an argument was. Where both read alike, such as a decimal and a number, as it is stored."""
    if not edit.before:
        return "added"
    [before] = edit.before
    return f"was {json_text(before, indent=None) if value(before) == value(now) else value(before)}"


def excerpt(source: str, line: int | None, width: int) -> Iterator[Text]:
    """The lines of the plan around the one that waits, which is marked."""
    text = source.splitlines()
    if line is None or not 1 <= line <= len(text):
        return
    first = max(1, line - AROUND)
    around = dedent("\n".join(text[first - 1 : line + AROUND])).split("\n")
    for number, code in enumerate(around, first):
        mark, style = (">", "bold") if number == line else (" ", "")
        shown = Text.assemble((f"{mark} {number:>6}  ", "dim"), (visible(code), style))
        if width:
            shown.truncate(width, overflow="ellipsis")
        yield shown


def _around(title: str, rows: Sequence[tuple[str, Text]]) -> list[Text]:
    return [
        Text.assemble((f"{title if n == 0 else '':<10}", "dim"), f"{one_line(name)}  ", what)
        for n, (name, what) in enumerate(rows)
    ]


def _next(sight: Sight) -> list[tuple[str, Text]]:
    from ..graph.labels import label

    labels = [label(node) for node in sight.after]
    return [(f"{one.word} {one.name}".strip(), Text(visible(one.note), "dim")) for one in labels]


def _whom(notice: Notice) -> str:
    alone = notice.person in (None, notice.channel)
    return notice.channel if alone else f"{notice.person} by {notice.channel}"


def _delivered(notice: Notice) -> Text:
    why = f": {one_line(notice.error)}" if notice.error else ""
    return Text.assemble(f"{notice.kind} ", state(notice.state), why)


def _who(verdict: Verdict) -> str:
    return f"{moment(verdict.at)} {verdict.who}"


def _what(verdict: Verdict) -> str:
    edited = "edited it and " if verdict.calls is not None else ""
    said = f" {value(verdict.value)}" if verdict.value is not None else ""
    why = f": {one_line(verdict.comment)}" if verdict.comment else ""
    return f"{edited}{_SAID[verdict.action]}{said}{why}"
