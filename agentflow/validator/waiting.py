"""Rules for waiting: only steps wait, a loop has an end, and a failed step is not swallowed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..guest.trees import children, walk
from .findings import Report
from .plan import API, STEP, Plan
from .scopes import FUNCTIONS

_SLEEPS = ("time.sleep", "asyncio.sleep")
_CLOCKS = ("datetime.datetime.now", "datetime.datetime.utcnow", "time.time", f"{STEP}.now", "time.monotonic")


def blocking(plan: Plan, report: Report) -> None:
    """AF501: sleeping is a step."""
    imported = ((node, _imported_sleep(plan, node)) for node in plan.of(ast.alias))
    named = ((node, plan.origin(node)) for node in plan.of(ast.Attribute))
    for node, name in (*imported, *named):
        if name in _SLEEPS:
            report.error(
                "AF501", node, f"{name} would hold the run's process while it waits",
                'write await step.sleep("a name", "10 seconds"); in a step\'s function, let retries wait',
            )  # fmt: skip


def endless_loops(plan: Plan, report: Report) -> None:
    """AF502: a loop that nothing in it can end."""
    for node in plan.of(ast.While):
        if _cannot_change(plan, node) and not _may_leave(node):
            report.error(
                "AF502", node, "this loop never ends: nothing in it waits or leaves it",
                "give it a bound (`for attempt in range(10):`), and wait in it with `await step.sleep(...)`",
            )  # fmt: skip


def swallowed_failures(plan: Plan, report: Report) -> None:
    """AF604, AF606: a handler around steps that hides every failure, or tries to catch what cannot be caught."""
    for node in plan.of(ast.Try):
        if any(isinstance(child, ast.Await) for part in node.body for child in walk(part)):
            for handler in node.handlers:
                _check_handler(plan, report, handler)


def timeouts_inside(plan: Plan, report: Report) -> None:
    """AF605: a handler in a block for what is raised around it."""
    for node in plan.of(ast.AsyncWith):
        if any(plan.verb(item.context_expr) == "timeout" for item in node.items):
            for inner in (inner for part in node.body for inner in walk(part)):
                for handler in inner.handlers if isinstance(inner, ast.Try) else ():
                    if plan.origin(handler.type) == f"{API}.StepTimeout" and not _may_time_out(plan, inner):
                        report.warning(
                            "AF605", handler, "the StepTimeout of step.timeout is raised around its block, not in it",
                            "put the `try` around the `async with`",
                        )  # fmt: skip


def _may_time_out(plan: Plan, node: ast.AST) -> bool:
    """May something in there raise StepTimeout itself: a step with a deadline, a block, a function of the plan?"""
    for call in (child for child in walk(node) if isinstance(child, ast.Call)):
        given = {keyword.arg for keyword in call.keywords}
        if plan.verb(call) in ("delegate", "timeout") or given & {"deadline", None} or plan.functions(call.func):
            return True
    return False


def _check_handler(plan: Plan, report: Report, handler: ast.ExceptHandler) -> None:
    caught = handler.type
    if plan.origin(caught) in ("asyncio.CancelledError", "asyncio.exceptions.CancelledError"):
        report.error(
            "AF606", caught or handler, "cancellation cannot be caught: this handler never runs",
            "remove it; catch StepFailed, WaitTimeout or ApprovalRejected",
        )  # fmt: skip
    elif isinstance(caught, ast.Name) and caught.id == "Exception" and _is_silent(handler):
        report.warning(
            "AF604", handler, "every failure of the steps in this `try` is swallowed silently",
            "catch what you expect (StepFailed, WaitTimeout, ApprovalRejected), and do something about it",
        )  # fmt: skip


def _imported_sleep(plan: Plan, node: ast.alias) -> str | None:
    statement = plan.scopes.parent(node)
    return f"{statement.module}.{node.name}" if isinstance(statement, ast.ImportFrom) else None


def _cannot_change(plan: Plan, loop: ast.While) -> bool:
    """Is its test always true, or does it look at the clock alone, which stands still while nothing waits?"""
    if isinstance(loop.test, ast.Constant):
        return bool(loop.test.value)
    if not isinstance(loop.test, ast.Compare):
        return False
    tested = {node.id for node in walk(loop.test) if isinstance(node, ast.Name)}
    changed = {node.id for node, _ in _own(loop.body) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    clock = any(isinstance(node, ast.Call) and plan.origin(node.func) in _CLOCKS for node in walk(loop.test))
    return clock and not tested & changed


def _may_leave(loop: ast.While) -> bool:
    ways = (ast.Return, ast.Raise, ast.Await, ast.Yield, ast.YieldFrom, ast.AsyncFor, ast.AsyncWith)
    nodes = [*_own(loop.body)]
    return any(isinstance(node, ways) for node, _ in nodes) or any(
        isinstance(node, ast.Break) and not inner for node, inner in nodes
    )


def _own(statements: list[ast.stmt], inner: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """The nodes of a loop that belong to its function; with each, whether it stands in an inner loop."""
    waiting: list[tuple[ast.AST, bool]] = [(statement, inner) for statement in statements]
    while waiting:
        node, deeper = waiting.pop()
        yield node, deeper
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            below = deeper or isinstance(node, ast.For | ast.While)
            waiting += [(child, below) for child in children(node)]


def _is_silent(handler: ast.ExceptHandler) -> bool:
    return all(
        isinstance(node, ast.Pass | ast.Continue)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in handler.body
    )
