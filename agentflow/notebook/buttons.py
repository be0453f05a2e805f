"""A question with buttons, where a notebook can run them: what is pressed is done where its house lives, with the
digest of what was shown. Without ipywidgets there are none, and the question says how it is decided by a command."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from ..app.approvals import ApprovalHandle
from ..cli.deciding import read_answer, values_of
from ..errors import AgentFlowError
from ..records import Approval, Json
from ..typed import document
from . import asking
from .markup import tag
from .page import in_notebook

VIEW = "application/vnd.jupyter.widget-view+json"
Decide = Callable[[], Coroutine[Any, Any, Approval]]


def view(handle: ApprovalHandle, draw: Callable[[], str]) -> dict[str, Any]:
    """The form of a question by its kind of content; nothing where it is decided, or nobody could press."""
    if not in_notebook():
        return {}
    try:
        import ipywidgets
    except ImportError:
        return {}
    approval = asking.of_approval(handle).approval
    if approval.status != "pending":
        return {}
    return {VIEW: Form(ipywidgets, handle, approval, draw).box._repr_mimebundle_()[VIEW]}


class Form:
    """One question, what may be said to it, and what came of that."""

    def __init__(self, widgets: Any, handle: ApprovalHandle, approval: Approval, draw: Callable[[], str]) -> None:
        self._handle, self._approval, self._draw = handle, approval, draw
        self.page = widgets.HTML(draw())
        self.said = widgets.HTML()
        self.comment = widgets.Text(placeholder="comment", layout={"width": "auto", "flex": "1 1 12em"})
        self.given = widgets.Textarea(_given(approval), layout={"width": "100%", "height": "7em"})
        self.buttons = [self._button(widgets.Button, *way) for way in self._ways()]
        row = widgets.HBox([self.comment, *self.buttons], layout={"flex_flow": "row wrap"})
        self.box = widgets.VBox([self.page, *self._typed(widgets), row, self.said])

    def _ways(self) -> list[tuple[str, str, Decide]]:
        ways: dict[str, list[tuple[str, str, Decide]]] = {
            "call": [("Approve", "success", self._approve)],
            "ask": [("Answer", "success", self._answer)],
            "outcome": [("It happened", "success", self._happened), ("It did not", "warning", self._not_happened)],
        }
        return [*ways[self._approval.kind], ("Reject", "danger", self._reject)]

    def _typed(self, widgets: Any) -> list[Any]:
        """Where somebody types: the arguments of calls are folded, and those that are sensitive are not shown."""
        if self._approval.kind != "call":
            return [self.given]
        if self._approval.sensitive or not self._approval.calls:
            return []
        return [widgets.Accordion([self.given], titles=["Other arguments, as JSON"])]

    def _button(self, button: Callable[..., Any], name: str, style: str, decide: Decide) -> Any:
        made = button(description=name, button_style=style)
        made.on_click(lambda _: self._press(decide))
        return made

    def _press(self, decide: Decide) -> None:
        try:
            done = self._handle._asks[0].act(decide())
        except AgentFlowError as error:
            self._tell(error)
            return
        self._lock(True)
        done.add_done_callback(self._done)

    def _done(self, done: Future[Approval]) -> None:
        """Say what came of it, and show how the question stands: somebody may have decided it elsewhere."""
        self.said.value = ""
        if (error := done.exception()) is not None:
            self._tell(error)
        elif self._approval.sensitive:
            self.given.value = _given(self._approval)
        self.page.value = self._draw()
        self._lock(asking.of_approval(self._handle).approval.status != "pending")

    def _lock(self, locked: bool) -> None:
        for one in (*self.buttons, self.comment, self.given):
            one.disabled = locked

    def _tell(self, error: BaseException) -> None:
        self.said.value = str(tag("p", tag("b", "Not decided: "), str(error), role="alert"))

    # what is pressed

    @property
    def _words(self) -> dict[str, str | None]:
        return {"comment": self.comment.value.strip() or None, "digest": self._approval.digest}

    def _approve(self) -> Coroutine[Any, Any, Approval]:
        edited = self.given.value != _given(self._approval)
        args = values_of(document(self.given.value, "the object of arguments")) if edited else None
        return self._handle.approve(**self._words, args=args)

    def _answer(self) -> Coroutine[Any, Any, Approval]:
        return self._handle.answer(read_answer(self.given.value, self._approval.schema), **self._words)

    def _happened(self) -> Coroutine[Any, Any, Approval]:
        return self._handle.happened(values_of(document(self.given.value, "the result")), **self._words)

    def _not_happened(self) -> Coroutine[Any, Any, Approval]:
        return self._handle.not_happened(**self._words)

    def _reject(self) -> Coroutine[Any, Any, Approval]:
        return self._handle.reject(**self._words)


def _given(approval: Approval) -> str:
    """What stands there before anybody types: the arguments of the call, or of each. A notebook stores it."""
    if approval.kind != "call":
        return "null" if approval.kind == "outcome" else ""
    if approval.sensitive:
        return ""
    args: list[Json] = [call.args for call in approval.calls]
    return json.dumps(args[0] if len(args) == 1 else args, indent=2, ensure_ascii=False)
