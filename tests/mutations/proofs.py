"""Defects of the checks that prove something: a way not followed, a fact kept too long, a place not seen."""

from __future__ import annotations

from .defects import Defect

PATHS = "agentflow/validator/paths.py"
EVALUATION = "agentflow/validator/evaluation.py"
APPROVING = "agentflow/validator/approving.py"
APPROVALS = ("tests/validator/test_approvals.py",)
ORDERS = ("tests/validator/test_orders.py",)
LEAKS = ("tests/validator/test_leaks.py",)

PROOFS = (
    Defect(
        "a loop has at least one round",
        PATHS,
        "        return [] if filled else [state.on(",
        "        return [] if filled or states else [state.on(",
        APPROVALS,
    ),
    Defect(
        "an approval that is built again is the same",
        EVALUATION,
        "asked=state.asked - about, refused=refused)",
        "refused=refused)",
        APPROVALS,
    ),
    Defect(
        "arguments that changed are those that were shown",
        EVALUATION,
        "stale=state.stale | stale, decided=decided)",
        "decided=decided)",
        APPROVALS,
    ),
    Defect(
        "a refusal is remembered by nobody",
        EVALUATION,
        "if not one.names & {*names, _ANY}))",
        "))",
        APPROVALS,
    ),
    Defect(
        "what a function gives tells nothing of a refusal",
        EVALUATION,
        "told(one, frozenset({_ANY}))",
        "one",
        APPROVALS,
    ),
    Defect(
        "a yes does not stand over a no",
        EVALUATION,
        "if one.approval not in given and not self.covers[one.approval] & calls)",
        ")",
        APPROVALS,
    ),
    Defect(
        "the order of arguments tells calls apart",
        APPROVING,
        "return {keyword.arg: ast.dump(keyword.value) for keyword in call.keywords if keyword.arg}",
        "return {str(at): ast.dump(keyword.value) for at, keyword in enumerate(call.keywords) if keyword.arg}",
        APPROVALS,
    ),
    Defect(
        "an approval is never used up",
        EVALUATION,
        "used |= {(approval, do.lineno)}",
        "pass",
        APPROVALS,
    ),
    Defect(
        "a question in words is about all that comes after it",
        EVALUATION,
        "silent=state.silent if looked else frozenset())",
        "silent=state.silent)",
        APPROVALS,
    ),
    Defect(
        "a predicate asks on every way",
        APPROVING,
        'if bare and "always" in policies and',
        "if bare and",
        APPROVALS,
    ),
    Defect(
        "what is added to a set is not looked at",
        "agentflow/validator/sets.py",
        'return "unknown" if order == "fixed" and self._grows(node, bindings) else order',
        "return order",
        ORDERS,
    ),
    Defect(
        "what is sorted later is not sorted",
        "agentflow/validator/ordering.py",
        "and not self._sorted_later(nodes))",
        ")",
        ORDERS,
    ),
    Defect(
        "a name that holds a set is no set in a result",
        "agentflow/validator/jsonable.py",
        "if self._sets.order(node) is not None:",
        "if isinstance(node, ast.Set):",
        ORDERS,
    ),
    Defect(
        "what is worked out from a sensitive value is not sensitive",
        "agentflow/validator/secrets.py",
        "yield from self._known(one.id, self.found.get(self._key(one)))",
        "pass",
        LEAKS,
    ),
    Defect(
        "what a function returns tells nothing of a sensitive value",
        "agentflow/validator/secrets.py",
        "self._given.setdefault(function, lines[0])",
        "pass",
        LEAKS,
    ),
    Defect(
        "pages are polled",
        "agentflow/validator/polling.py",
        "return bool(names) and not used & changed and",
        "return bool(names) and",
        LEAKS,
    ),
)
