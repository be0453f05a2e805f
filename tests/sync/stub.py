"""Writes `agentflow/sync/handles.pyi`, what type checkers know of its classes: `.venv/bin/python -m tests.sync.stub`.

The source of each class of the app is read, and its verbs are told without `async`.
"""

from __future__ import annotations

import ast
import builtins
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from inspect import getsourcefile
from pathlib import Path

from agentflow.sync import handles
from agentflow.sync.waiting import Waiting

STUB = Path(handles.__file__).with_suffix(".pyi")
HEAD = '''"""What type checkers know of `handles.py`. Made by `python -m tests.sync.stub`; see there."""
'''


def fronts() -> list[str]:
    """The classes that stand before others, in their order."""
    return [name for name, it in vars(handles).items() if isinstance(it, type) and issubclass(it, Waiting)]


class Source:
    """The file of one class, and where it has its names from."""

    def __init__(self, name: str) -> None:
        self.module = import_module(f"agentflow.app.{HOMES[name]}")
        self.tree = ast.parse(Path(getsourcefile(self.module) or "").read_text("utf-8"))
        classes = {node.name: node for node in self.tree.body if isinstance(node, ast.ClassDef)}
        self.body = classes[name]
        bases = [classes[base.id] for base in self.body.bases if isinstance(base, ast.Name) and base.id in classes]
        self.bodies = [*bases, self.body]

    def origin(self, name: str) -> tuple[str, str]:
        """The module that a name of this file comes from, and what it is called there."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                for given in node.names:
                    if name == (given.asname or given.name):
                        near = node.level == 1  # in the room `app`, from which the stub is one away
                        return ("..app." if near else "." * node.level) + (node.module or ""), given.name
        return f"..app.{HOMES[self.body.name]}", name


HOMES = {
    **{front: front.lower() for front in fronts()},
    **{f"{noun}Handle": f"{noun.lower()}s" for noun in ("Agent", "Goal", "Run", "Approval", "Schedule")},
    "RecordedRun": "recordings",
}


def public(body: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    """The verbs and properties of a class as they are without awaiting."""
    for node in body.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            told = ast.Expr(ast.Constant(ast.get_docstring(node, clean=False) or ...))
            if "watched" in names(node):
                node.returns = ast.Subscript(ast.Name("Watch"), node.returns.slice)  # type: ignore[union-attr]
            marks: list[ast.expr] = [mark for mark in node.decorator_list if names(mark) == {"property"}]
            made = ast.FunctionDef(node.name, without_defaults(node.args), [told], marks, node.returns)
            yield ast.fix_missing_locations(made)


def records(body: ast.ClassDef) -> Iterator[ast.AnnAssign]:
    """The public attributes that a class gets from the parameters of its `__init__`."""
    for node in ast.walk(body):
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            kinds = {arg.arg: arg.annotation for arg in node.args.args}
            for line in ast.walk(node):
                match line:
                    case ast.Assign([ast.Attribute(ast.Name("self"), name)], ast.Name(given)) if name[0] != "_":
                        kind = kinds[given]
                        assert kind is not None
                        yield ast.AnnAssign(ast.Name(name), kind, None, 1)


def without_defaults(args: ast.arguments) -> ast.arguments:
    """The same parameters; a default that is no constant is some default."""

    def told(default: ast.expr) -> ast.expr:
        return default if isinstance(default, ast.Constant) else ast.Constant(...)

    args.defaults = [told(one) for one in args.defaults]
    args.kw_defaults = [one and told(one) for one in args.kw_defaults]
    return args


def names(node: ast.AST) -> set[str]:
    """The names in annotations."""
    of = node.annotation if isinstance(node, ast.AnnAssign) else node
    return {one.id for one in ast.walk(of) if isinstance(one, ast.Name)}


def stub() -> str:
    """The whole file."""
    classes, imports = [], {("collections.abc", "Iterator"): "Iterator", (".waiting", "Waiting"): "Waiting"}
    for front in fronts():
        source = Source(front)
        parts: list[ast.FunctionDef | ast.AnnAssign] = []
        for body in source.bodies:
            parts += [*records(body), *public(body)]
        for name in set().union(*(names(part) for part in parts)) - {*fronts(), *dir(builtins), "self"}:
            where, what = source.origin(name) if name != "Watch" else (".watching", "Watch")
            if (where, what) != ("collections.abc", "AsyncIterator"):
                imports[where, what] = name
        doc = ast.get_docstring(source.body, clean=False)
        made = ast.ClassDef(front, [ast.Name("Waiting")], [], [ast.Expr(ast.Constant(doc)), *parts], [])
        classes.append(ast.unparse(ast.fix_missing_locations(made)).replace("AsyncIterator[", "Iterator["))
    twice = {name for name in imports.values() if list(imports.values()).count(name) > 1}
    assert not twice, f"two things are called {twice}: import one of them by another name"
    aliases = {pair: "" if pair[1] == name else f" as {name}" for pair, name in sorted(imports.items())}
    lines = [f"from {where} import {what}{alias}" for (where, what), alias in aliases.items()]
    return formatted("\n".join([HEAD, *lines, *classes]))


def formatted(text: str) -> str:
    """As ruff writes it."""
    ruff = [sys.executable, "-m", "ruff"]
    for words in (["check", "--fix", "--select", "I"], ["format"]):
        command = [*ruff, *words, "--quiet", "--stdin-filename", str(STUB), "-"]
        text = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    return text


if __name__ == "__main__":
    STUB.write_text(stub(), "utf-8")
