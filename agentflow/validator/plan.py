"""A plan as the rules see it: what its names stand for, its workflow class, its functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from ..guest.trees import children, walk
from .constants import Constants
from .scopes import DEFINITIONS, FUNCTIONS, Binding, Definition, Function, Scopes, parameters

STEP = "step handle"
"""Where a name comes from that holds the run's `step`; `step.do` comes from `step handle.do`."""
EVENT = "run's event"
APPROVAL = "person's approval"
MESSAGE = "event that came"
API = "agentflow"
TOOLS = "agentflow.tools"
_RESULTS = {"wait_for_approval": APPROVAL, "wait_for_event": MESSAGE}
_TELLING = frozenset({"do", "sleep", "sleep_until", "gather", "ask", "race", "delegate", "progress"})
"""Verbs that hardly anything else has, so that a parameter `step` on which one is used is the run's."""
Node = TypeVar("Node", bound=ast.AST)
_FUNCTIONS = 1024
"""Functions of which it is remembered what they return; a plan with more is only slower to check."""
_GATHERS = frozenset({f"{STEP}.gather", f"{API}.gather", "asyncio.gather"})


class Plan:
    """A parsed source with the answers that several rules need."""

    def __init__(self, tree: ast.Module, tools: Sequence[Mapping[str, Any]] | None) -> None:
        self.tree = tree
        self.scopes = Scopes(tree)
        self.tools = None if tools is None else {str(tool["name"]): tool for tool in tools}
        self.nodes = walk(tree)
        self._kinds: dict[type, list[Any]] = {}
        for node in self.nodes:
            self._kinds.setdefault(type(node), []).append(node)
        self.calls = self.of(ast.Call)
        self.classes = self.of(ast.ClassDef)
        self.definitions: list[Definition] = [*self.of(ast.FunctionDef), *self.of(ast.AsyncFunctionDef)]
        self.constants = Constants(self.scopes, self.classes)
        self.run: Definition | None = None
        self._origins: dict[ast.AST, str | None] = {}
        self._called: dict[ast.Call, list[str] | None] = {}
        self._functions: dict[tuple[ast.AST | None, int], list[Function]] = {}
        self._handles: set[ast.AST] = set()
        self._fields: set[str] = set()
        self.workflows = [node for node in self.classes if self.is_workflow(node)]
        self.run = self._run()
        self._follow_step()

    def of(self, *kinds: type[Node]) -> list[Node]:
        """The nodes of these kinds, one kind after the other."""
        return [node for kind in kinds for node in self._kinds.get(kind, ())]

    def origin(self, node: ast.AST | None) -> str | None:
        """Where a value comes from, as a dotted name: `agentflow.tools.mail.send`, `asyncio.gather`."""
        if node is None:
            return None
        if node not in self._origins:
            self._origins[node] = None
            self._origins[node] = self._find_origin(node)
        return self._origins[node]

    def verb(self, node: ast.AST) -> str | None:
        """The verb of `step` that a call uses: `do`, `sleep`, ..."""
        origin = self.origin(node.func) if isinstance(node, ast.Call) else None
        return origin.removeprefix(f"{STEP}.") if origin and origin.startswith(f"{STEP}.") else None

    def is_gather(self, node: ast.AST) -> bool:
        """Is it a call of `step.gather`, or of one of the functions that do the same?"""
        return isinstance(node, ast.Call) and self.origin(node.func) in _GATHERS

    def is_step(self, node: ast.AST) -> bool:
        """Does this expression hold the run's `step`?"""
        return self.origin(node) == STEP

    def is_workflow(self, node: ast.ClassDef, depth: int = 8) -> bool:
        """Does the class inherit from `agentflow.Workflow`, directly or through a class of the plan?"""
        return any(self._is_workflow_base(base, depth) for base in node.bases)

    def functions(self, node: ast.AST | None, depth: int = 4) -> list[Function]:
        """The plan's own functions that an expression may stand for."""
        if (node, depth) not in self._functions:
            self._functions[node, depth] = list(dict.fromkeys(self._find_functions(node, depth)))
        return self._functions[node, depth]

    def _find_functions(self, node: ast.AST | None, depth: int) -> list[Function]:
        match node:
            case ast.Lambda():
                return [node]
            case ast.IfExp(body=first, orelse=second):
                return [*self.functions(first, depth), *self.functions(second, depth)]
            case ast.Call(func=func, args=[first, *_]) if self.origin(func) == "functools.partial":
                return self.functions(first, depth)
            case ast.Call(func=func) if depth:
                made = [value for maker in self.functions(func, depth - 1) for value in returned(maker)]
                return [found for value in made for found in self.functions(value, depth - 1)]
            case ast.Name():
                return [found for binding in self.scopes.bindings(node) for found in self._bound(binding, depth)]
            case ast.Attribute(value=ast.Name() as owner, attr=name):
                return [*self._methods(owner, name)]
        return []

    def tool_names(self, node: ast.AST) -> list[str] | None:
        """The tools that a call may call (none where their names are not literal), or None if it calls no tool."""
        if not isinstance(node, ast.Call):
            return None
        if node not in self._called:
            leaves = [self._tool_leaf(leaf) for leaf in self.constants.leaves(node.func)]
            known = None if None in leaves else [name for leaf in leaves if leaf is not None for name in leaf]
            self._called[node] = known
        return self._called[node]

    def tool_reference(self, node: ast.AST) -> str | None:
        """The tool that an expression such as `tools.mail.send` names."""
        origin = self.origin(node)
        return origin.removeprefix(f"{TOOLS}.") if origin and origin.startswith(f"{TOOLS}.") else None

    def method_of(self, function: ast.AST) -> ast.ClassDef | None:
        """The class in whose body the function stands."""
        parent = self.scopes.parent(function)
        return parent if isinstance(parent, ast.ClassDef) else None

    def places(self, function: Function) -> list[ast.arg]:
        """The parameters of a function that its callers fill: all but the `self` of a method."""
        return parameters(function)[self.method_of(function) is not None :]

    def function_around(self, node: ast.AST) -> Function | None:
        """The function that a node belongs to, where it belongs to one."""
        return next((above for above in self.scopes.around(node) if isinstance(above, FUNCTIONS)), None)

    def step_decorator(self, function: ast.AST) -> ast.Call | None:
        """The `@step.do(...)` over a function."""
        if isinstance(function, DEFINITIONS):
            for decorator in function.decorator_list:
                if isinstance(decorator, ast.Call) and self.verb(decorator) == "do":
                    return decorator
        return None

    def only_value(self, node: ast.Name) -> ast.expr | None:
        """The one expression that a name was given, where it was given one only."""
        bindings = self.scopes.bindings(node)
        return bindings[0].value if len(bindings) == 1 else None

    def _tool_leaf(self, node: ast.expr) -> list[str] | None:
        name = self.tool_reference(node)
        if name is not None:
            return [name]
        if isinstance(node, ast.Subscript) and self.origin(node.value) == TOOLS:
            keys = self.constants.leaves(node.slice)
            names = [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
            return names if len(names) == len(keys) else []
        return None

    def _run(self) -> Definition | None:
        if len(self.workflows) != 1:
            return None
        found = members(self.workflows[0], "run")
        return found[-1] if found else None

    def _find_origin(self, node: ast.AST) -> str | None:
        match node:
            case ast.Name():
                bindings = self.scopes.bindings(node)
                return self._bound_origin(bindings[0]) if len(bindings) == 1 else None
            case ast.Attribute(value=ast.Name() as owner, attr=name) if name in self._fields and self.is_self(owner):
                return STEP
            case ast.Attribute(value=value, attr=name):
                origin = self.origin(value)
                return origin and f"{origin}.{name}"
            case ast.Await(value=call):
                return _RESULTS.get(self.verb(call) or "")
            case ast.Subscript(value=value, slice=ast.Constant(value=str(name))) if self.origin(value) == TOOLS:
                return f"{TOOLS}.{name}"
        return None

    def _bound_origin(self, binding: Binding) -> str | None:
        match binding:
            case Binding(kind="import", node=ast.alias(name=name, asname=asname) as alias):
                statement = self.scopes.parent(alias)
                if isinstance(statement, ast.ImportFrom):
                    return f"{statement.module}.{name}"
                return name if asname else name.split(".")[0]
            case Binding(kind="parameter", node=node) if node in self._handles:
                return STEP
            case Binding(kind="parameter", node=ast.arg(arg="event") as node) if self.scopes.parent(node) is self.run:
                return EVENT
            case Binding(kind="value", value=value):
                return self.origin(value)
        return None

    def is_self(self, node: ast.AST) -> bool:
        """Is this the first parameter of a method?"""
        match self.scopes.bindings(node) if isinstance(node, ast.Name) else []:
            case [Binding(kind="parameter", node=parameter)]:
                function = self.scopes.parent(parameter)
                method = function is not None and self.method_of(function) is not None
                return method and isinstance(function, DEFINITIONS) and parameters(function)[0] is parameter
        return False

    def _is_workflow_base(self, base: ast.expr, depth: int) -> bool:
        if isinstance(base, ast.Name):
            bindings = self.scopes.bindings(base)
            if not bindings:  # an import that was forgotten is a finding of its own
                return base.id == "Workflow"
            own = [binding.node for binding in bindings if isinstance(binding.node, ast.ClassDef)]
            if own:
                return depth > 0 and any(self.is_workflow(node, depth - 1) for node in own)
        return self.origin(base) == f"{API}.Workflow"

    def _bound(self, binding: Binding, depth: int) -> list[Function]:
        if isinstance(binding.node, DEFINITIONS):
            return [binding.node]
        return self.functions(binding.value, depth - 1) if depth else []

    def _methods(self, owner: ast.Name, name: str) -> Iterator[Function]:
        for home in self._homes(owner):
            yield from (method for method in members(home, name) if not has_decorator(method, "property"))

    def _homes(self, owner: ast.Name) -> Iterator[ast.ClassDef]:
        """The classes that `self` or a class's own name stands for, with their bases of this plan."""
        waiting = self._classes_around(owner) if self.is_self(owner) else self._named_classes(owner)
        seen: list[ast.ClassDef] = []
        while waiting:
            home = waiting.pop(0)
            if home not in seen:
                seen.append(home)
                waiting += [found for base in home.bases for found in self._named_classes(base)]
        yield from seen

    def _classes_around(self, owner: ast.Name) -> list[ast.ClassDef]:
        parameter = self.scopes.bindings(owner)[0].node
        return [above for above in self.scopes.around(parameter) if isinstance(above, ast.ClassDef)][:1]

    def _named_classes(self, node: ast.expr) -> list[ast.ClassDef]:
        """The class that a name stands for, or of which it holds an instance."""
        given = self.scopes.bindings(node) if isinstance(node, ast.Name) else []
        made = [binding.value.func for binding in given if isinstance(binding.value, ast.Call)]
        named = [found for name in made if isinstance(name, ast.Name) for found in self.scopes.bindings(name)]
        return [binding.node for binding in (*given, *named) if isinstance(binding.node, ast.ClassDef)]

    def _follow_step(self) -> None:
        """Find the parameters and fields that hold `step`: those of `run`, and what it is passed or assigned to."""
        found = {parameter for parameter in self._parameters() if self._looks_like_step(parameter)}
        while found - self._handles:
            self._handles |= found
            self._origins.clear()
            self._fields |= {*self._assigned_fields()}
            found = {parameter for call in self.calls for parameter in self._passed(call)}
        self._origins.clear()

    def _parameters(self) -> Iterator[ast.arg]:
        return (node for node in self.of(ast.arg) if node.arg == "step")

    def _looks_like_step(self, parameter: ast.arg) -> bool:
        """Of `run` it is; elsewhere a parameter named `step` is it where a verb is used on it."""
        reads = self.scopes.of(parameter).reads.get("step", [])
        used = {above.attr for read in reads if isinstance(above := self.scopes.parent(read), ast.Attribute)}
        return self.scopes.parent(parameter) is self.run or bool(used & _TELLING)

    def _assigned_fields(self) -> Iterator[str]:
        for node in self.of(ast.Assign):
            match node:
                case ast.Assign(targets=[ast.Attribute(value=ast.Name() as owner, attr=name)], value=value):
                    if self.is_self(owner) and self.is_step(value):
                        yield name

    def _passed(self, call: ast.Call) -> Iterator[ast.arg]:
        """The parameters of own functions that get `step` in this call."""
        made = [found for home in self._named_classes(call.func) for found in members(home, "__init__")]
        for function in (*self.functions(call.func), *made):
            known = [*function.args.posonlyargs, *function.args.args]
            if self.method_of(function) is not None and not has_decorator(function, "staticmethod"):
                known = known[1:]
            yield from (parameter for parameter, given in zip(known, call.args, strict=False) if self.is_step(given))
            named = {keyword.arg for keyword in call.keywords if self.is_step(keyword.value)}
            yield from (parameter for parameter in parameters(function) if parameter.arg in named)


def members(home: ast.ClassDef, name: str) -> list[Definition]:
    """The methods of that name in a class's body."""
    return [item for item in home.body if isinstance(item, DEFINITIONS) and item.name == name]


def has_decorator(function: Function, name: str) -> bool:
    """Is it a `staticmethod`, a `property`?"""
    found = function.decorator_list if isinstance(function, DEFINITIONS) else []
    return any(isinstance(item, ast.Name) and item.id == name for item in found)


@lru_cache(maxsize=_FUNCTIONS)
def own_nodes(function: Function) -> list[ast.AST]:
    """The nodes of a function's body that belong to itself, not to functions and classes in it."""
    waiting: list[ast.AST] = [function.body] if isinstance(function, ast.Lambda) else [*function.body]
    found: list[ast.AST] = []
    while waiting:
        node = waiting.pop()
        found.append(node)
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            waiting += children(node)
    return found


@lru_cache(maxsize=_FUNCTIONS)
def returned(function: Function) -> list[ast.expr]:
    """The expressions that a function returns."""
    if isinstance(function, ast.Lambda):
        return [function.body]
    return [node.value for node in own_nodes(function) if isinstance(node, ast.Return) and node.value is not None]


@lru_cache(maxsize=_FUNCTIONS)
def yields(function: Function) -> bool:
    """Is it a generator?"""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(function))
