"""A question as somebody sees it who may have to decide it: what will happen, whether they may, what they can fill in.

Pure: what is shown is worked out from the sight of a question, the tools of this process, and who looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..app.notices import Notice
from ..app.sight import Sight
from ..approvals import digest
from ..approvals.policy import listed
from ..approvals.ruling import Case, barred
from ..graph.labels import label
from ..records import Action, ApprovalKind, Call, Principal, ToolSpec, Verdict
from ..roles import may
from .code import Line, source_lines
from .forms import Form, form_of
from .showing import Argument, Shown, arguments, shown
from .tools import EFFECTS

AROUND = 3
"""Lines of the plan that are shown before and after the one that waits."""
MAIN: Mapping[ApprovalKind, Action] = {"call": "approve", "ask": "answer", "outcome": "happened"}
"""What is first thought of saying to each kind of question."""
SAID: Mapping[Action, str] = {
    "approve": "agreed",
    "reject": "said no",
    "answer": "answered",
    "happened": "said that it happened",
    "not_happened": "said that it did not happen",
}
CHANNELS = {
    "python": "a program", "cli": "the command line", "http": "the API", "page": "the page", "link": "a link",
    "settings": "agentflow.toml",
}  # fmt: skip
"""From where somebody decides."""
BECAUSE = {
    "asked": "that it was asked", "due": "that it is overdue", "escalated": "that it is theirs now",
    "expired": "that nobody decided",
}  # fmt: skip
"""Of what people were told."""


class Told(NamedTuple):
    """A call that is asked about."""

    tool: str
    spec: ToolSpec | None
    arguments: list[Argument]
    effect: str


class Said(NamedTuple):
    """A decision of the history."""

    verdict: Verdict
    what: str
    whence: str
    value: Shown | None
    calls: list[Told]
    """As they were edited by it."""


@dataclass(frozen=True, slots=True)
class View:
    """All that the page of a question shows, for one person."""

    sight: Sight
    who: Principal
    specs: Mapping[str, ToolSpec]
    whole: bool = False
    """Whether all of the plan is shown."""

    @property
    def case(self) -> Case:
        return self.sight.case

    @property
    def calls(self) -> list[Told]:
        approval = self.case.approval
        return self._told(approval.calls, approval.original or approval.calls)

    @property
    def details(self) -> Shown | None:
        found = self.case.approval.details
        return None if found is None else shown(found)

    @property
    def default(self) -> Shown | None:
        """The answer that is taken where nobody gives one."""
        found = self.case.approval.default
        return shown(found["value"]) if found else None

    @property
    def open(self) -> bool:
        """Whether it can still be decided."""
        approval = self.case.approval
        late = approval.expires_at is not None and self.case.now >= approval.expires_at
        return approval.status == "pending" and not late

    @property
    def status(self) -> str:
        approval = self.case.approval
        return "expired" if approval.status == "pending" and not self.open else approval.status

    @property
    def barred(self) -> str | None:
        """Why they may not say yes, or answer."""
        return barred(self.case, self.who, MAIN[self.case.approval.kind])

    @property
    def may_reject(self) -> bool:
        return barred(self.case, self.who, "reject") is None

    @property
    def may_revise(self) -> bool:
        return self.may_reject and may(self.who, "approvals.revise")

    @property
    def has_agreed(self) -> bool:
        return self.who.name in self.case.agreed

    @property
    def people(self) -> str:
        """Who may decide it."""
        case = self.case
        names = "anybody with the role approver" if case.deciders is None else listed(case.deciders or ("nobody",))
        return f"{names}, but not {case.asked_by}, who asked for it" if case.is_own(case.asked_by) else names

    @property
    def lines(self) -> list[Line]:
        """The plan around the line that waits, or all of it; nothing where no line is known."""
        line, found = self.case.approval.line, source_lines(self.sight.source, marked=[self.case.approval.line or 0])
        if self.whole:
            return found
        return [] if line is None else found[max(line - 1 - AROUND, 0) : line + AROUND]

    @property
    def next(self) -> list[tuple[str, str]]:
        labels = [label(node) for node in self.sight.after]
        return [(one.name if one.word == "do" else f"{one.word} {one.name}".strip(), one.note) for one in labels]

    @property
    def told(self) -> list[Notice]:
        """Who was told of it, or could not be, in order; not whom it is nothing for."""
        told = [one for one in self.sight.notices if one.tries and one.state != "dropped"]
        return sorted(told, key=lambda one: one.ended_at or one.due_at)

    def because(self, notice: Notice) -> str:
        """What somebody was told of it."""
        return BECAUSE.get(notice.kind, notice.kind)

    @property
    def said(self) -> Iterator[Said]:
        """The decisions so far, in order."""
        approval = self.case.approval
        calls: Sequence[Call] = approval.original or approval.calls
        for one in self.case.verdicts:
            edited = self._told(one.calls, calls) if one.calls else []
            calls = one.calls or calls
            value = None if one.value is None else shown(one.value)
            yield Said(one, SAID[one.action], CHANNELS.get(one.channel, one.channel), value, edited)

    def since(self, seen: str | None) -> list[Told]:
        """What is other in the calls than when they had this digest; nothing where that is not known."""
        approval = self.case.approval
        known = [approval.original or approval.calls, *(one.calls for one in self.case.verdicts if one.calls)]
        before = next((one for one in known if digest(one, approval.question, approval.schema) == seen), None)
        return self._told(approval.calls, before) if before and seen != approval.digest else []

    # what can be filled in

    @property
    def answer(self) -> Form:
        return form_of("value", "Your answer", self.case.approval.schema)

    @property
    def result(self) -> Form:
        """What the step has given, where it happened."""
        calls = self.case.approval.calls
        spec = self.specs.get(calls[0].tool) if calls else None
        return form_of("value", "Its result", spec.returns if spec else {})

    @property
    def edits(self) -> list[Form]:
        """The arguments of each call."""
        calls = self.case.approval.calls
        specs = [self.specs.get(call.tool) for call in calls]
        return [
            form_of(f"args.{n}", "Arguments", spec.parameters if spec else {}, call.args)
            for n, (call, spec) in enumerate(zip(calls, specs, strict=True))
        ]

    def _told(self, calls: Sequence[Call], before: Sequence[Call]) -> list[Told]:
        return [self._call(call, was) for call, was in zip(calls, before, strict=True)]

    def _call(self, call: Call, was: Call) -> Told:
        spec = self.specs.get(call.tool)
        return Told(call.tool, spec, arguments(call, was), EFFECTS[spec.effect] if spec else "")
