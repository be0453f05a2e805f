"""What Python a plan may be written in: RestrictedPython's allow-list of syntax, extended for the plan API.

Every name that the grammar holds as a raw string is checked where `visit` meets it, so no kind of node can forget to.
Attribute names are known when a plan is compiled: a plain load is emitted, and only names that are dangerous on some
types (`format` on a string) go through the guard `_getattr_`. Iteration and item access need no guard; writes go
through `_write_`, in place, so that an augmented assignment evaluates its target once.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable
from types import CodeType
from typing import TypeVar

from RestrictedPython.transformer import RestrictingNodeTransformer

from .allowed import ALLOWED, BUILTIN_INSTEAD, instead
from .names import GUARDED, INHERITED, MAGIC, attribute_problem, variable_problem
from .syntax import Problem, at, in_characters, parse, syntax_problem
from .trees import Names, copy, dotted, is_super, jumps, raw_strings, walk

__all__ = ["FILENAME", "VERSION", "Problem", "build", "parse", "transform"]

VERSION = 3
"""Of the policy and what it compiles into code. Raised by hand with each change of either: code that is kept is kept
under it, and what an older policy let pass is not run again without a new look."""

FILENAME = "<plan>"
"""What frames of a plan's code name as their file."""

_DECORATORS = """dataclass staticmethod classmethod property cache lru_cache unique dataclasses.dataclass
    functools.cache functools.lru_cache enum.unique"""
DECORATORS = frozenset(_DECORATORS.split())
MATCHED_WHOLE = frozenset({"bool", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"})
"""Classes whose pattern may hold one part: it is the value itself, no attribute is read."""

Made = TypeVar("Made", bound=ast.AST)
Visited = ast.AST | Iterable[ast.AST] | None

_REFUSED: dict[str, tuple[str, str]] = {
    "AsyncFor": ("'async for' is not available", "use `for`, and `await` in its body"),
    "Global": ("'global' is not allowed", "return the value, set it on `self`, or use `nonlocal`"),
    "TryStar": ("'except*' is not available", "use `except`"),
    "With": ("'with' is not available: a plan has no context managers", "use try/finally"),
    "TypeAlias": ("'type' statements are not available", "assign it: `Row = dict[str, Any]`"),
    "TypeVar": ("type parameters are not available", "leave them out"),
    "TemplateStr": ("template strings are not available", "use an f-string"),
}


def transform(tree: ast.Module) -> tuple[ast.Module, list[Problem]]:
    """The guarded tree of a plan, and what the plan may not do. The given tree stays as it is."""
    return _transformed(copy(tree))


def build(source: str, tree: ast.Module | None = None) -> tuple[CodeType | None, list[Problem]]:
    """The code object of a plan (constants only, so it can be marshalled), or the problems that it has.

    `tree` is what `parse` gave for this source, if it is known already; it is used up.
    """
    if tree is None:
        tree, problems = parse(source)
        if tree is None:
            return None, problems
    guarded, problems = _transformed(tree)
    if problems:
        return None, in_characters(source, problems)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(guarded, FILENAME, "exec", dont_inherit=True, optimize=0), []
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        return None, [syntax_problem(error)]


def _transformed(tree: ast.Module) -> tuple[ast.Module, list[Problem]]:
    policy = _Policy(tree)
    policy.visit(tree)
    return tree, sorted(set(policy.problems))


class _Policy(RestrictingNodeTransformer):
    """Nodes without a `visit_` method, here or above, are refused: new syntax is denied until somebody has read it."""

    def __init__(self, tree: ast.Module) -> None:
        super().__init__()
        self.problems: list[Problem] = []
        self._names = Names(tree)
        self._methods: set[ast.AST] = set()
        self._functions: list[ast.AST] = []

    def refuse(self, node: ast.AST, message: str, advice: str) -> None:
        self.problems.append(at(node, message, advice))

    # What RestrictedPython's own methods call.

    def error(self, node: ast.AST, info: str) -> None:
        self.refuse(node, info, "write it in another way")

    def warn(self, node: ast.AST, info: str) -> None:
        """Everything that it warns of is an error here, or not of this policy."""

    def not_allowed(self, node: ast.AST) -> None:
        kind = type(node).__name__
        self.refuse(node, *_REFUSED.get(kind, (f"{kind} is not allowed in a plan", "write it in another way")))

    def check_name(self, node: ast.AST, name: str | None, allow_magic_methods: bool = False) -> None:
        """`visit` has checked it."""

    # Nodes whose parts alone decide, and nodes that are refused whatever their parts.

    def _contents(self, node: ast.AST) -> Visited:
        return self.node_contents_visit(node)

    def _refused(self, node: ast.AST) -> Visited:
        self.not_allowed(node)
        return self.node_contents_visit(node)

    visit_Assign = visit_Await = visit_Call = visit_Module = visit_Nonlocal = _contents
    visit_Match = visit_MatchAs = visit_MatchMapping = visit_MatchOr = visit_MatchSequence = _contents
    visit_MatchSingleton = visit_MatchStar = visit_MatchValue = _contents
    visit_AsyncFor = visit_Global = visit_TemplateStr = visit_TryStar = _refused

    # Every name, wherever the grammar holds one.

    def visit(self, node: ast.AST) -> Visited:
        for field, name in raw_strings(node):
            self._check(node, field, name)
        return super().visit(node)  # type: ignore[no-any-return]

    def _check(self, node: ast.AST, field: str, name: str) -> None:
        if isinstance(node, ast.ImportFrom | ast.alias) and field in {"module", "name"}:
            parts = name.split(".") if name not in {"*", "__future__"} else []
            found = next(filter(None, map(variable_problem, parts)), None)
        elif isinstance(node, ast.Attribute):
            found = None if name in MAGIC and is_super(node.value) else attribute_problem(name)
        else:
            found = None if self._is_exempt(node, name) else variable_problem(name)
        if found:
            self.refuse(node, *found)

    def _is_exempt(self, node: ast.AST, name: str) -> bool:
        """A method such as `__init__`, and `super` where it is read: it cannot be bound."""
        if isinstance(node, ast.Name):
            return name == "super" and isinstance(node.ctx, ast.Load)
        return node in self._methods and name in MAGIC

    # Names and attributes.

    def visit_Name(self, node: ast.Name) -> Visited:
        if isinstance(node.ctx, ast.Load) and node.id in BUILTIN_INSTEAD and node.id not in self._names.bound:
            self.refuse(node, f"'{node.id}' is not available in a plan", BUILTIN_INSTEAD[node.id])
        return node

    def visit_Attribute(self, node: ast.Attribute) -> Visited:
        self._check_module_name(node)
        node = self.node_contents_visit(node)
        if not isinstance(node.ctx, ast.Load):
            node.value = _call("_write_", node.value)
            return node
        if node.attr in GUARDED:
            return _call("_getattr_", node.value, ast.copy_location(ast.Constant(node.attr), node))
        return node

    def visit_Subscript(self, node: ast.Subscript) -> Visited:
        node = self.node_contents_visit(node)
        if not isinstance(node.ctx, ast.Load):
            node.value = _call("_write_", node.value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> Visited:
        if isinstance(node.target, ast.Attribute) and node.target.attr in INHERITED:
            self.refuse(node, f"'{node.target.attr}' cannot be changed in place", "choose another name")
        return self.node_contents_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Visited:
        """The annotation becomes its own text: dataclasses need one, and nobody evaluates it."""
        text = ast.copy_location(ast.Constant(ast.unparse(node.annotation)), node.annotation)
        node = self.node_contents_visit(node)
        node.annotation = text
        return node

    def _module(self, node: ast.expr) -> str | None:
        """The module that an expression stands for: `json`, `urllib.parse`."""
        name, _, rest = (dotted(node) or "").partition(".")
        module = ".".join(filter(None, (self._names.modules.get(name), rest)))
        return module if name in self._names.modules and module in ALLOWED else None

    def _check_module_name(self, node: ast.Attribute) -> None:
        module = self._module(node.value)
        if module and node.attr not in ALLOWED[module] and attribute_problem(node.attr) is None:
            name = f"{module}.{node.attr}"
            self.refuse(node, f"'{name}' is not available in a plan", instead(name))

    # Imports.

    def visit_Import(self, node: ast.Import) -> Visited:
        for alias in node.names:
            if alias.name not in ALLOWED:
                self.refuse(node, f"import of '{alias.name}' is not allowed", instead(alias.name))
        return self._visit_import(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Visited:
        module = "." * node.level + (node.module or "")
        if module == "__future__" and [alias.name for alias in node.names] == ["annotations"]:
            return None
        if module not in ALLOWED:
            self.refuse(node, f"import of '{module}' is not allowed", instead(module))
        else:
            for name in sorted({alias.name for alias in node.names} - ALLOWED[module]):
                self._refuse_member(node, module, name)
        return self._visit_import(node)

    def _refuse_member(self, node: ast.ImportFrom, module: str, name: str) -> None:
        if name == "*":
            self.refuse(node, "'import *' is not allowed", f"name what you need: `from {module} import ...`")
        else:
            self.refuse(node, f"import of '{module}.{name}' is not allowed", instead(f"{module}.{name}"))

    def _visit_import(self, node: ast.Import | ast.ImportFrom) -> Visited:
        if getattr(node, "is_lazy", False):
            self.refuse(node, "lazy imports are not available", "use a plain import")
        return self.node_contents_visit(node)

    # Control flow.

    def guard_iter(self, node: ast.For | ast.comprehension) -> Visited:
        if isinstance(node, ast.comprehension) and node.is_async:
            self.refuse(node.target, "'async for' is not available", "use `for`, and `await` inside")
        return self.node_contents_visit(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> Visited:
        later = [node.elt, *(part for loop in node.generators for part in loop.ifs)]
        later += [loop.iter for loop in node.generators[1:]]
        if any(isinstance(inner, ast.Await) for part in later for inner in walk(part)):
            self.refuse(node, "'await' in a generator expression is not available", "use a list: `[await ... for ...]`")
        return super().visit_GeneratorExp(node)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> Visited:
        """A block with a timeout, and nothing else: it is the only context manager that a plan can get hold of."""
        for item in node.items:
            if not _is_timeout(item):
                advice = 'write `async with step.timeout("1 hour"):`; for other things use try/finally'
                self.refuse(item.context_expr, "'async with' is there for 'step.timeout(...)' only", advice)
            elif item.optional_vars is not None:
                self.refuse(item.optional_vars, "'step.timeout' gives no value", "leave out the 'as'")
        return self.node_contents_visit(node)

    def visit_With(self, node: ast.With) -> Visited:
        if any(_is_timeout(item) for item in node.items):
            self.refuse(node, "'with' cannot wait", f"write `async {ast.unparse(node).splitlines()[0]:.100}`")
        else:
            self.not_allowed(node)
        return self.node_contents_visit(node)

    def visit_Try(self, node: ast.Try) -> Visited:
        for jump in jumps(node.finalbody):
            word = type(jump).__name__.lower()
            self.refuse(jump, f"'{word}' in 'finally' would swallow what ends the run", f"move the '{word}' out of it")
        node = self.node_contents_visit(node)
        if node.handlers:
            node.handlers.insert(0, _limits_go_on(node.handlers[0]))
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> Visited:
        if node.type is None:
            self.refuse(node, "a bare 'except' is not allowed", "name the error: `except StepFailed as error:`")
        return self.node_contents_visit(node)

    def visit_Yield(self, node: ast.Yield) -> Visited:
        if self._functions and isinstance(self._functions[-1], ast.AsyncFunctionDef):
            self.refuse(node, "'yield' in an async function is not available", "collect a list and return it")
        return self.node_contents_visit(node)

    # Functions and classes.

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Visited:
        return self._visit_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Visited:
        return self._visit_function(node)

    def visit_Lambda(self, node: ast.Lambda) -> Visited:
        self._functions.append(node)
        node = self.node_contents_visit(node)
        self._functions.pop()
        return node

    def visit_arg(self, node: ast.arg) -> Visited:
        node = self.node_contents_visit(node)
        node.annotation = None
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> Visited:
        self._check_decorators(node)
        for base in node.bases:
            if dotted(base) is None:
                self.refuse(base, "a base class must be a plain name", "name the class in the brackets")
        for keyword in node.keywords:
            self.refuse(keyword, "a class takes no keywords", "leave it out")
        self._methods.update(part for part in node.body if isinstance(part, ast.FunctionDef))
        self._functions.append(node)
        node = self.node_contents_visit(node)
        self._functions.pop()
        return node

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Visited:
        self._check_decorators(node)
        self._functions.append(node)
        node = self.node_contents_visit(node)
        self._functions.pop()
        node.returns = None
        return node

    def _check_decorators(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            if not self._is_allowed_decorator(decorator):
                name = ast.unparse(decorator)[:60]
                advice = 'call the function instead; @dataclass, @property and @step.do("a name") are available'
                self.refuse(decorator, f"the decorator '@{name}' is not available", advice)

    def _is_allowed_decorator(self, node: ast.expr) -> bool:
        called = isinstance(node, ast.Call)
        target = node.func if isinstance(node, ast.Call) else node
        if isinstance(target, ast.Attribute) and dotted(target):
            if target.attr == "do":
                return called
            if target.attr in {"setter", "deleter"}:
                return isinstance(target.value, ast.Name) and not called
            return f"{self._module(target.value)}.{target.attr}" in DECORATORS
        return isinstance(target, ast.Name) and target.id in DECORATORS

    # Patterns.

    def visit_match_case(self, node: ast.match_case) -> Visited:
        for part in walk(node.pattern):
            if isinstance(part, ast.Attribute) and (part.attr in GUARDED or dotted(part) is None):
                self.refuse(part, f"'.{part.attr}' in a pattern is not available", "compare it with `if`")
        return self.node_contents_visit(node)

    def visit_MatchClass(self, node: ast.MatchClass) -> Visited:
        """A class pattern with parts reads attributes by names that the class chose, past every check."""
        name = dotted(node.cls)
        if node.kwd_attrs or len(node.patterns) > 1 or (node.patterns and name not in MATCHED_WHOLE):
            advice = f"match `case {name or 'C'}():` and look at its attributes in the body"
            self.refuse(node, "a class pattern with parts is not available", advice)
        node = self.node_contents_visit(node)
        if node.patterns and name:
            node.cls = _placed(ast.Attribute(ast.Name("_types_", ast.Load()), name, ast.Load()), node)
        return node


def _is_timeout(item: ast.withitem) -> bool:
    """Is it a call of some `x.timeout(...)`?"""
    manager = item.context_expr
    return isinstance(manager, ast.Call) and isinstance(manager.func, ast.Attribute) and manager.func.attr == "timeout"


def _limits_go_on(first: ast.ExceptHandler) -> ast.ExceptHandler:
    """No handler sees that memory or stack ran out: when they do is another moment on each replay."""
    return _placed(ast.ExceptHandler(ast.Name("_limits_", ast.Load()), None, [ast.Raise()]), first)


def _call(guard: str, *args: ast.expr) -> ast.Call:
    return ast.copy_location(ast.Call(_placed(ast.Name(guard, ast.Load()), args[0]), [*args], []), args[0])


def _placed(made: Made, old: ast.AST) -> Made:
    """A node of the policy's, and all below it, at the place of one of the plan's."""
    for node in walk(made):
        ast.copy_location(node, old)
    return made
