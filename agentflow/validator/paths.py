"""Follows the ways through a plan, branch by branch, and keeps on each what is known there."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain

from ..guest.trees import children
from .evaluation import Evaluation, Raised, names_in, told
from .plan import API
from .scopes import DEFINITIONS, Function
from .states import NOTHING, Flow, Found, State, Values, distinct, weak

_ROUNDS = 3
_ALL = frozenset({"Exception", "BaseException", "WorkflowError"})
_APPROVAL_ERRORS = frozenset({"ApprovalRejected", "ApprovalExpired"})


class Paths(Evaluation):
    """Walks through `run` and what it calls."""

    def follow(self, run: Function) -> None:
        """Go all ways from the start of `run`."""
        self._call(run, [], State())

    def _block(self, statements: Iterable[ast.stmt], states: Iterable[State]) -> Flow:
        flow = Flow([*states], [], [], [])
        for statement in statements:
            found = self._each(statement, distinct(flow.on))
            flow = Flow(
                distinct(found.on), flow.returned + found.returned, flow.broken + found.broken, flow.again + found.again
            )
        return flow

    def _each(self, node: ast.stmt, states: list[State]) -> Flow:
        flows = [self._statement(node, state) for state in states]
        return Flow(*([*chain(*parts)] for parts in zip(*flows, strict=True))) if flows else Flow([], [], [], [])

    def _statement(self, node: ast.stmt, state: State) -> Flow:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                return self._joined(
                    self._block(body, self._when(test, state, True)),
                    self._block(orelse, self._when(test, state, False)),
                )
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._loop(node, state)
            case ast.Try():
                return self._try(node, state)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                found = self._all([item.context_expr for item in items], state)
                return self._block(body, [after for after, _ in found])
            case ast.Match():
                return self._match(node, state)
            case ast.Return(value=value):
                return Flow([], self._value(value, state) if value else [(state, NOTHING)], [], [])
            case ast.Raise():
                self._raised[-1].append(Raised("", state))
                return Flow([], [], [], [])
            case ast.Break() | ast.Continue():
                on = isinstance(node, ast.Continue)
                return Flow([], [], [] if on else [state], [state] if on else [])
        return Flow(self._simple(node, state), [], [], [])

    def _simple(self, node: ast.stmt, state: State) -> list[State]:
        if isinstance(node, (*DEFINITIONS, ast.ClassDef)):
            return [state]
        state = self._spread(node, state)
        match node:
            case ast.Assign(targets=targets, value=value):
                return [self._bound(targets, values, after) for after, values in self._value(value, state)]
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                return [self._bound([target], values, after) for after, values in self._value(value, state)]
            case ast.AugAssign(target=target, value=value):
                return [
                    self._bound([target], weak(values), after, add=True) for after, values in self._value(value, state)
                ]
        return [after for after, _ in self._all(children(node), state)]

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, state: State) -> Flow:
        rows: Found = [(state, NOTHING)] if isinstance(node, ast.While) else self._value(node.iter, state)
        out = Flow([], [], [], [])
        states = [after for after, _ in rows]
        given = weak(frozenset(chain(*(values for _, values in rows))))
        ended: list[State] = []
        known: set[object] = set()
        for turn in range(_ROUNDS):
            states = [one for one in states if one.facts not in known]
            known |= {one.facts for one in states}
            ended += self._ended(node, states, first=turn == 0)
            into = chain(*(self._entered(node, given, one) for one in states))
            flow = self._block(node.body, distinct(into))
            out = Flow([], out.returned + flow.returned, out.broken + flow.broken, [])
            states = distinct(flow.on + flow.again)
        rest = self._block(node.orelse, distinct(ended))
        return Flow(rest.on + out.broken, rest.returned + out.returned, rest.broken, rest.again)

    def _entered(self, node: ast.For | ast.AsyncFor | ast.While, given: Values, state: State) -> list[State]:
        if isinstance(node, ast.While):
            return self._when(node.test, state, True)
        return [self._bound([node.target], given, state)]

    def _ended(self, node: ast.For | ast.AsyncFor | ast.While, states: list[State], *, first: bool) -> list[State]:
        if isinstance(node, ast.While):
            return [*chain(*(self._when(node.test, state, False) for state in states))]
        if not first:
            return states
        filled = isinstance(node.iter, ast.List | ast.Tuple) and node.iter.elts
        return [] if filled else [state.on(f"the loop in line {node.lineno} has no round") for state in states]

    def _match(self, node: ast.Match, state: State) -> Flow:
        found = [self._forget(node.subject, after) for after, _ in self._value(node.subject, state)]
        flow = Flow([], [], [], [])
        for case in node.cases:
            way = f"case `{ast.unparse(case.pattern):.60}` fits"
            flow = self._joined(flow, self._block(case.body, [one.on(way) for one in found]))
        last = node.cases[-1]
        whole = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None and last.guard is None
        rest = [] if whole else [one.on(f"no case of line {node.lineno} fits") for one in found]
        return self._joined(flow, Flow(rest, [], [], []))

    def _try(self, node: ast.Try, state: State) -> Flow:
        with self._catching() as raised:
            raised.append(Raised("", state))
            tried = self._block(node.body, [state])
        done = self._block(node.orelse, tried.on)
        flow = self._joined(
            Flow(done.on, tried.returned + done.returned, tried.broken + done.broken, tried.again + done.again)
        )
        names = names_in(node)
        for handler in node.handlers:
            caught = [one for one in raised if self._catches(handler, one.name)]
            raised = [one for one in raised if one not in caught]
            states = [self._remember(one.state, names, handler) for one in caught]
            flow = self._joined(flow, self._block(handler.body, distinct(states)))
        self._raised[-1] += raised
        last = self._block(node.finalbody, flow.on)
        return Flow(last.on, flow.returned + last.returned, flow.broken + last.broken, flow.again + last.again)

    @contextmanager
    def _catching(self) -> Iterator[list[Raised]]:
        raised: list[Raised] = []
        self._raised.append(raised)
        yield raised
        self._raised.pop()

    def _catches(self, handler: ast.ExceptHandler, name: str) -> bool:
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        names = {
            kind.id if isinstance(kind, ast.Name) else kind.attr if isinstance(kind, ast.Attribute) else ""
            for kind in kinds
        }
        names |= {(self._plan.origin(kind) or "").removeprefix(f"{API}.") for kind in kinds}
        return (
            handler.type is None
            or bool(names & _ALL)
            or (name in names if name else bool(names - _APPROVAL_ERRORS - {""}))
        )

    def _remember(self, state: State, names: frozenset[str], handler: ast.ExceptHandler) -> State:
        refused = frozenset(told(one, names) for one in state.refused)
        way = f"the handler in line {handler.lineno} goes on"
        return replace(state, refused=refused).on(way)

    def _joined(self, *flows: Flow) -> Flow:
        return Flow(*([*chain(*parts)] for parts in zip(*flows, strict=True)))
