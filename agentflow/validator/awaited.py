"""What the expressions of a plan add to its graph: steps, groups of them, and the helpers that they call."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from .drawing import Drawing
from .nodes import KINDS, Node, node, part, text
from .scopes import COMPREHENSIONS, FUNCTIONS, Comprehension, Function
from .signatures import bound


class Awaited(Drawing):
    """Reads expressions in the order in which they are evaluated."""

    def read(self, one: ast.AST) -> list[Node]:
        """The nodes of an expression, and of all that is no statement of its own kind."""
        if one not in self.durable or (self.full and self.cut) or isinstance(one, (*FUNCTIONS, ast.ClassDef)):
            return []
        match one:
            case ast.expr() if one in self.durable.later:
                return []
            case ast.Call():
                return self._call(one)
            case ast.Await(value=ast.Name()) if kept := self.durable.kept(one):
                return self._kept(kept)
            case ast.IfExp(test=test, body=first, orelse=second):
                made = node("branch", self.condition(test), one)
                return [*self.read(test), *self.frame(made, [("yes", [first]), ("no", [second])])]
            case ast.BoolOp(values=[first, *others]):
                made = node("branch", self.condition(first), one)
                both = isinstance(one.op, ast.And)
                ways = [("yes", others if both else []), ("no", [] if both else others)]
                return [*self.read(first), *self.frame(made, ways)]
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return self._comprehension(one, "loop")
        return self.block(ast.iter_child_nodes(one))

    def times(self, row: ast.expr) -> int | None:
        """How many items a loop goes over, where the source says it."""
        value = (self.plan.only_value(row) or row) if isinstance(row, ast.Name) else row
        match value:
            case ast.List(elts=found) | ast.Tuple(elts=found):
                return None if any(isinstance(one, ast.Starred) for one in found) else len(found)
            case ast.Call(func=ast.Name(id="range"), args=args):
                known = [self.plan.constants.value(one) for one in args]
                numbers = [one.value for one in known if isinstance(one, ast.Constant) and type(one.value) is int]
                return len(range(*numbers)) if 1 <= len(numbers) == len(args) <= 2 else None
            case ast.Call(func=ast.Name(id="enumerate" | "sorted" | "reversed" | "list"), args=[inner, *_]):
                return self.times(inner)
        return None

    def _call(self, call: ast.Call) -> list[Node]:
        verb = self.plan.verb(call)
        if self.plan.is_gather(call):
            return self._group("gather", "all of", call, call.args)
        if verb == "map":
            return self._map(call)
        if verb == "race":
            before = self.block(call.args)
            names = [(text(one.arg or "…"), self._one(one.value)) for one in call.keywords]
            return [*before, *self._side_by_side(node("race", "the first of", call), call, names)]
        if verb in KINDS:
            return [*self.block([*call.args, *call.keywords]), *self.add(self.verbs.of(call, str(verb)))]
        if isinstance(call.func, ast.Call) and self.plan.verb(call.func) == "do":
            return self.add(self.verbs.of(call.func, "do") | {"kind": "function"})
        return [*self.block([call.func, *call.args, *call.keywords]), *self._helpers(call)]

    def _helpers(self, call: ast.Call) -> list[Node]:
        """The own functions that a call enters, one of them where there are several, and those that it hands on."""
        entered = self.durable.called(call)
        if len(entered) > 1:
            made = node("branch", text(f"depending on {self.verbs.shown(call.func)}"), call)
            ways = [(self._home(one), one) for one in entered]
            found = self.around(made, lambda: [part(label, self._function(one, call)) for label, one in ways])
        else:
            found = self._functions(entered, call)
        if handed := self.durable.handed(call):
            made = node("loop", self._repeated(call), call)
            found += self.around(made, lambda: [part("each", self._functions(handed, call))])
        return found

    def _functions(self, functions: Sequence[Function], call: ast.Call) -> list[Node]:
        return [found for one in functions for found in self._function(one, call)]

    def _function(self, function: Function, call: ast.Call) -> list[Node]:
        decorator = self.plan.step_decorator(function)
        if decorator is not None:
            return self.add(self.verbs.decorated(decorator, function, call))
        return self.helper(function, call, text(getattr(function, "name", None) or self.verbs.shown(call.func)))

    def _home(self, function: Function) -> str:
        """Which of several functions it is."""
        home = self.plan.method_of(function)
        return text(home.name if home else getattr(function, "name", self.verbs.shown(function)))

    def _repeated(self, call: ast.Call) -> str:
        """How often a function runs that is handed on."""
        if isinstance(call.func, ast.Name) and call.func.id == "map" and len(call.args) > 1:
            return text(f"for each of {self.verbs.shown(call.args[1])}")
        return text(f"whenever {self.verbs.shown(call.func)} calls it")

    def _comprehension(self, one: Comprehension, kind: str) -> list[Node]:
        loop, *loops = one.generators
        results = [one.key, one.value] if isinstance(one, ast.DictComp) else [one.elt]
        inner = [*loop.ifs, *(part for each in loops for part in (each.iter, *each.ifs)), *results]
        made = node(
            kind, self.rounds(loop.target, loop.iter), one, times=None if loops or loop.ifs else self.times(loop.iter)
        )
        return [*self.read(loop.iter), *self.frame(made, [("each", inner)])]

    def rounds(self, target: ast.expr, row: ast.expr) -> str:
        """How a loop is called."""
        names = target.elts if isinstance(target, ast.Tuple) else [target]
        return text(f"for {', '.join(map(self.verbs.shown, names))} in {self.verbs.shown(row)}")

    def condition(self, test: ast.expr) -> str:
        """How a branch is called."""
        return text(f"if {self.verbs.shown(test)}")

    # groups

    def _map(self, call: ast.Call) -> list[Node]:
        given, _ = bound(self.plan, call, "map")
        row = given.get("items")
        name = "for each" if row is None else text(f"for each of {self.verbs.shown(row)}")
        before = [] if row is None else self.read(row)
        bodies = [one for one in self.plan.functions(given.get("function")) if one in self.durable.functions]
        made = node("map", name, call, times=None if row is None else self.times(row))
        return [*before, *self._side_by_side(made, call, [("each", [one]) for one in bodies])]

    def _group(self, kind: str, name: str, call: ast.Call, given: Sequence[ast.expr]) -> list[Node]:
        members = [one for each in given for one in self._one(each)]
        if len(members) == 1 and isinstance(members[0], COMPREHENSIONS):
            return self._comprehension(members[0], "map")
        return self._side_by_side(node(kind, name, call), call, [("", [one]) for one in members])

    def _one(self, given: ast.expr) -> list[ast.AST]:
        """What a group gets in one of its places: the awaitables behind a name, or the expression itself."""
        value = given.value if isinstance(given, ast.Starred) else given
        if isinstance(value, ast.Name):
            return [*self.durable.made(value)] or [value]
        if isinstance(value, ast.List | ast.Tuple):
            return [one for each in value.elts for one in self._one(each)]
        return [value]

    def _side_by_side(self, made: Node, call: ast.Call, ways: list[tuple[str, list[ast.AST]]]) -> list[Node]:
        return self.around(made, lambda: [part(label, self._member(inner, call)) for label, inner in ways])

    def _member(self, inner: Sequence[ast.AST], call: ast.Call) -> list[Node]:
        return [found for one in inner for found in self._rounds(one, call, self._loops(one, call))]

    def _loops(self, one: ast.AST, call: ast.Call) -> list[ast.For]:
        """The loops in which an awaitable was made for a group that stands after them, the innermost first."""
        above = set(self.plan.scopes.around(call))
        return [loop for loop in self.plan.scopes.around(one) if isinstance(loop, ast.For) and loop not in above]

    def _rounds(self, one: ast.AST, call: ast.Call, loops: list[ast.For]) -> list[Node]:
        if not loops or isinstance(one, FUNCTIONS):
            return self._entered(one, call)
        *inner, loop = loops
        made = node("map", self.rounds(loop.target, loop.iter), loop, times=self.times(loop.iter))
        return self.around(made, lambda: [part("each", self._rounds(one, call, inner))])

    def _entered(self, one: ast.AST, call: ast.Call) -> list[Node]:
        """What waits in one place of a group."""
        if isinstance(one, FUNCTIONS):
            return self.body(one) if isinstance(one, ast.Lambda) else self.helper(one, call, one.name)
        if isinstance(one, ast.Call):
            return self._call(one)
        if isinstance(one, ast.ListComp | ast.GeneratorExp | ast.SetComp):
            return self._comprehension(one, "map")
        return self.read(one)

    def _kept(self, kept: Sequence[ast.expr]) -> list[Node]:
        return [found for one in kept if isinstance(one, ast.Call) for found in self._call(one)]
