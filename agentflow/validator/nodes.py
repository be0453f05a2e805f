"""What a verb of `step` looks like in the graph of a plan: its name, its tools, how long and how often."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any

from ..guest.durations import seconds
from ..guest.exceptions import UsageError
from ..guest.requests import PATIENCE
from ..guest.trees import walk
from .misuse import is_none, literal
from .plan import Plan, returned
from .roles import Roles
from .scopes import Function
from .signatures import bound

LONGEST = 120
"""Characters of a name or an expression in a graph."""
MOST_ARGS = 50
"""Arguments of one node."""
_TOLD = frozenset({"name", "call", "rollback", "duration", "when", "type", "agent"})
"""What of a verb is told otherwise."""
HOLE = "{…}"
"""What stands in a name for what is known only when the plan runs."""
KINDS = {
    "do": "do", "sleep": "sleep", "sleep_until": "sleep", "wait_for_event": "wait", "wait_for_approval": "approval",
    "ask": "ask", "delegate": "delegate", "rollback": "rollback", "continue_as_new": "continue",
}  # fmt: skip
"""Verbs that are a node by themselves."""
_DEPTH = 4
_SHORT = 24
_UNITS = frozenset({"days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"})

Node = dict[str, Any]


def node(kind: str, name: str, place: ast.AST, **fields: Any) -> Node:
    """A node of the graph; its id is given where it stands in a plan."""
    line: int = getattr(place, "lineno", 1)
    given: Node = {
        "kind": kind, "name": name, "line": line, "column": getattr(place, "col_offset", 0),
        "end": getattr(place, "end_lineno", None) or line, "calls": [], "detail": "",
        "seconds": None, "retries": None, "times": None, "undo": [], "approved": False, "parts": [], "args": [],
    }  # fmt: skip
    return given | fields


def part(label: str, nodes: list[Node]) -> dict[str, Any]:
    """One way through a node, and what it is called."""
    return {"label": label, "nodes": nodes}


def text(shown: str) -> str:
    """What can be sent, stored and read: printable, on one line, not too long."""
    line = "".join(sign if sign.isprintable() else "\ufffd" for sign in " ".join(shown.split()))
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


class Verbs:
    """Makes the node of a verb from its call."""

    def __init__(self, plan: Plan, roles: Roles) -> None:
        self._plan = plan
        self._roles = roles
        self._bodies: dict[Function, list[str]] = {}
        self._written: dict[ast.AST, str] = {}
        self._known: dict[tuple[ast.expr, int], list[tuple[str, bool]]] = {}

    def shown(self, expression: ast.AST) -> str:
        """An expression as it is written."""
        if expression not in self._written:
            self._written[expression] = text(ast.unparse(expression))
        return self._written[expression]

    def of(self, call: ast.Call, verb: str) -> Node:
        """The node of a call of one of `KINDS`."""
        given, _ = bound(self._plan, call, verb)
        kind = KINDS[verb]
        name = self.name(given["name"]) if "name" in given else verb.replace("_", " ")
        made = node(kind, name, call, **self._length(verb, given), args=self._args(verb, given))
        if verb == "do":
            made |= self._work(given)
        elif verb == "wait_for_approval" and "call" in given:
            made["calls"], _ = self._calls(given["call"])
        elif verb in ("wait_for_event", "delegate"):
            key = "type" if verb == "wait_for_event" else "agent"
            made["detail"] = self._words(given[key]) if key in given else ""
        elif verb == "rollback":
            made["detail"] = text(", ".join(map(self._words, given.values())))
        return made

    def decorated(self, decorator: ast.Call, function: Function, call: ast.AST) -> Node:
        """The node of a function with `@step.do` where it is called."""
        made = self.of(decorator, "do")
        here = {key: value for key, value in node("", "", call).items() if key in ("line", "column", "end")}
        args = [*self._given(self._called([function]), ""), *made["args"]][:MOST_ARGS]
        return made | here | {"kind": "function", "calls": self._described(self._inside(function)), "args": args}

    def name(self, expression: ast.expr) -> str:
        """A step's name, with holes where it is made while the plan runs."""
        return text(self._pattern(expression)) or HOLE

    def length(self, expression: ast.expr) -> float | None:
        """The seconds of a duration that is known."""
        known = literal(self._plan, _product(expression))
        try:
            return self._timedelta(expression) if known is None else seconds(known[0], "", positive=False)
        except UsageError:
            return None

    def _length(self, verb: str, given: Mapping[str, ast.expr]) -> dict[str, Any]:
        """How long it sleeps or waits, where that is known; else what says so."""
        said = given.get("duration", given.get("when", given.get("timeout", given.get("deadline"))))
        if said is None or is_none(said):
            return {"seconds": None if verb == "do" else PATIENCE.get(verb)}
        known = self.length(said)
        words = {"sleep": "for ", "sleep_until": "until "}.get(verb) if known is None else None
        return {"seconds": known, "detail": "" if words is None else text(words + self.shown(said))}

    def _timedelta(self, expression: ast.expr) -> float | None:
        """The seconds of `timedelta(days=2)`."""
        match expression:
            case ast.Call(func=func, args=[], keywords=given) if self._plan.origin(func) == "datetime.timedelta":
                values = {one.arg: literal(self._plan, one.value) for one in given}
                if {*values} <= _UNITS and all(one and isinstance(one[0], int | float) for one in values.values()):
                    return seconds(timedelta(**{str(k): v[0] for k, v in values.items() if v}), "", positive=False)
        return None

    def _work(self, given: Mapping[str, ast.expr]) -> dict[str, Any]:
        work = given.get("call")
        calls, approved = self._calls(work) if work is not None else ([], False)
        known = literal(self._plan, given["retries"]) if "retries" in given else None
        limit = known[0].get("limit") if known and isinstance(known[0], dict) else None
        undone = [name for one in self._plan.functions(given.get("rollback")) for name in self._inside(one)]
        is_function = work is not None and bool(self._plan.functions(work))
        return {
            "kind": "function" if is_function else "do",
            "calls": calls,
            "approved": approved,
            "retries": limit if type(limit) is int and 0 <= limit <= 10_000 else None,
            "undo": list(dict.fromkeys(undone)),
        }

    def _args(self, verb: str, given: Mapping[str, ast.expr]) -> list[list[str]]:
        """What a verb is given, and the calls that it makes, as it is written: two versions are told apart by it."""
        of = " of the step" if verb == "do" else ""  # its tool may have an argument of the same name
        options = [[key + of, self._argument(value)] for key, value in given.items() if key not in _TOLD]
        work, undo = given.get("call"), given.get("rollback")
        made = [] if work is None else self._given(self._made(work, _DEPTH), "")
        undone = [] if undo is None else self._given(self._made(undo, _DEPTH), " of its undoing")
        return [*made, *options, *undone][:MOST_ARGS]

    def _given(self, calls: Sequence[ast.Call], what: str) -> Iterator[list[str]]:
        """The arguments of calls; where there are several, each says of which call it is."""
        for number, call in enumerate(calls, 1):
            which = f" of call {number}" if len(calls) > 1 else ""
            for keyword in call.keywords:
                yield [text(f"{keyword.arg or '**'}{which}{what}"), self._argument(keyword.value)]

    def _made(self, work: ast.expr, depth: int) -> list[ast.Call]:
        """The tool calls that some work makes, where they are written out."""
        found: list[ast.Call] = []
        for leaf in self._plan.constants.leaves(work) if depth else ():
            if isinstance(leaf, ast.Call) and self._plan.tool_names(leaf) is not None:
                found.append(leaf)
            elif functions := self._plan.functions(leaf):
                found += self._called(functions)
            elif isinstance(leaf, ast.List | ast.Tuple):
                found += [call for part in leaf.elts for call in self._made(part, depth - 1)]
        return list(dict.fromkeys(found))

    def _called(self, functions: Iterable[Function]) -> list[ast.Call]:
        """The tool calls in functions and in those that they call, in the order of the source."""
        nodes = [one for function in self._roles.reach([*functions]) for one in _all_nodes(function)]
        calls = [one for one in nodes if isinstance(one, ast.Call) and self._plan.tool_names(one) is not None]
        return sorted(calls, key=lambda one: (one.lineno, one.col_offset))

    def _argument(self, value: ast.expr) -> str:
        """A constant, also one that is named; else the expression. What is too long ends in what tells it apart."""
        leaves = self._plan.constants.leaves(value)
        constant = all(isinstance(leaf, ast.Constant) for leaf in leaves)
        whole = " or ".join(map(ast.unparse, leaves)) if constant else ast.unparse(value)
        said = text(whole)
        return said if len(said) < LONGEST else f"{said[: LONGEST - 12]}… #{sha256(whole.encode()).hexdigest()[:8]}"

    def _calls(self, work: ast.expr) -> tuple[list[dict[str, str]], bool]:
        """The tools that some work calls, and whether a person has seen exactly this call before."""
        found = self._tools(work, _DEPTH)
        names = dict.fromkeys(name for name, _ in found)
        return self._described(names), bool(found) and all(approved for _, approved in found)

    def _tools(self, work: ast.expr, depth: int) -> list[tuple[str, bool]]:
        """The tools that a value may call, and for each whether people have approved that call."""
        if depth == 0:
            return [(name, False) for name in self._built]
        if (work, depth) not in self._known:
            leaves = self._plan.constants.leaves(work)
            found = dict.fromkeys(pair for leaf in leaves for pair in self._leaf(leaf, depth - 1))
            self._known[work, depth] = list(found)
        return self._known[work, depth]

    def _leaf(self, leaf: ast.expr, depth: int) -> Iterable[tuple[str, bool]]:
        """The same for a value that stands for itself. Of what cannot be followed it may be any that is built."""
        names = self._plan.tool_names(leaf)
        if names is not None:
            return [(name, False) for name in names]
        if self._is_agreed(leaf):
            return [(name, True) for name in self._agreed(leaf, depth)]
        if functions := self._plan.functions(leaf):
            return [(name, False) for one in functions for name in self._inside(one)]
        match leaf:
            case ast.Call(func=func) if makers := self._plan.functions(func):
                return [pair for one in makers for value in returned(one) for pair in self._tools(value, depth)]
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                return [pair for one in parts for pair in self._tools(one, depth)]
            case ast.ListComp(elt=part):
                return self._tools(part, depth)
        return [] if isinstance(leaf, ast.Constant) else [(name, False) for name in self._built]

    @cached_property
    def _built(self) -> list[str]:
        """The tools of all calls that are built somewhere for later: what is not followed may be any of them."""
        inside = {*self._roles.reach([*self._roles.bodies, *self._roles.asides])}
        return sorted(
            {
                name
                for call in self._plan.calls
                for name in self._plan.tool_names(call) or ()
                if self._is_built(call, inside)
            }
        )

    def _is_built(self, call: ast.Call, inside: Container[Function]) -> bool:
        above = self._plan.scopes.parent(call)
        given = isinstance(above, ast.Call) and self._plan.verb(above) == "do"
        return not given and self._plan.function_around(call) not in inside

    def _is_agreed(self, leaf: ast.expr) -> bool:
        """Is it `approval.call`, or one of `approval.calls`?"""
        named = leaf.value if isinstance(leaf, ast.Subscript) else leaf
        return isinstance(named, ast.Attribute) and named.attr in ("call", "calls")

    def _agreed(self, leaf: ast.expr, depth: int) -> list[str]:
        """The tools that were shown in the approval from which it comes; in any, where that is not known."""
        root: ast.AST | None = leaf
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        value = self._plan.only_value(root) if isinstance(root, ast.Name) else root
        asked = [value.value] if isinstance(value, ast.Await) else self._plan.calls
        shown = [self._asked(one) for one in asked if self._plan.verb(one) == "wait_for_approval"]
        return [name for one in shown if one is not None for name, _ in self._tools(one, depth)]

    def _asked(self, call: ast.AST) -> ast.expr | None:
        """The call that people see in a `wait_for_approval`."""
        return bound(self._plan, call, "wait_for_approval")[0].get("call") if isinstance(call, ast.Call) else None

    def _inside(self, body: Function) -> list[str]:
        """The tools that a function calls, itself or through others, or that it waits for under a name."""
        if body not in self._bodies:
            self._bodies[body] = []  # what a function that waits for itself adds is not followed
            nodes = [node for function in self._roles.reach([body]) for node in _all_nodes(function)]
            calls = sorted((one for one in nodes if isinstance(one, ast.Call)), key=lambda one: one.lineno)
            names = [name for one in calls for name in self._plan.tool_names(one) or ()]
            waited = [one.value for one in nodes if isinstance(one, ast.Await)]
            names += [name for one in waited if self._is_kept(one) for name, _ in self._tools(one, _DEPTH)]
            self._bodies[body] = list(dict.fromkeys(names))
        return self._bodies[body]

    def _is_kept(self, waited: ast.expr) -> bool:
        """Is it neither a tool that is called here nor a function of the plan?"""
        return self._plan.tool_names(waited) is None and not (
            isinstance(waited, ast.Call) and self._plan.functions(waited.func)
        )

    def _described(self, names: Iterable[str]) -> list[dict[str, str]]:
        known = self._plan.tools or {}
        fields = ("risk", "effect", "approval")
        return [{"tool": text(one), **{key: str(known.get(one, {}).get(key, "")) for key in fields}} for one in names]

    def _words(self, expression: ast.expr) -> str:
        """A constant or several, in a row; else the expression."""
        listed = expression.elts if isinstance(expression, ast.List | ast.Tuple) else [expression]
        leaves = [leaf for one in listed for leaf in self._plan.constants.leaves(one)]
        words = [leaf.value for leaf in leaves if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)]
        return text(" or ".join(words)) if len(words) == len(leaves) else self.shown(expression)

    def _pattern(self, expression: ast.expr) -> str:
        match self._plan.constants.value(expression):
            case ast.Constant(value=value):
                return str(value)
            case ast.JoinedStr(values=values):
                return "".join(str(one.value) if isinstance(one, ast.Constant) else self._hole(one) for one in values)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._pattern(left) + self._pattern(right)
        return self._hole(expression)

    def _hole(self, value: ast.AST) -> str:
        """What is put into a name, where that is short enough to be read in it."""
        shown = self.shown(value.value if isinstance(value, ast.FormattedValue) else value)
        return HOLE if len(shown) > _SHORT or {*shown} & {*"{}"} else f"{{{shown}}}"


def _all_nodes(function: Function) -> Iterable[ast.AST]:
    """The nodes of a function's body, those of functions in it included."""
    body = [function.body] if isinstance(function, ast.Lambda) else function.body
    return (node for statement in body for node in walk(statement))


def _product(expression: ast.expr) -> ast.expr:
    """`15 * 60` as one number."""
    match expression:
        case ast.BinOp(left=ast.Constant(value=int(one)), op=ast.Mult(), right=ast.Constant(value=int(other))):
            return ast.Constant(one * other)
    return expression
