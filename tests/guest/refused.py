"""Python that is refused: source, a part of the message, a part of the advice."""

from __future__ import annotations

import ast

REFUSED = {
    "async for": ("async def f(x):\n async for y in x: pass", "'async for'", "use `for`"),
    "async with": (
        "async def f(lock):\n async with lock: pass",
        "'async with' is there for",
        "async with step.timeout",
    ),
    "async with of another call": (
        "async def f(x):\n async with x.lock(): pass",
        "'async with' is there for",
        "step.timeout",
    ),
    "async with a name": (
        "async def f(step):\n async with step.timeout(3) as timer: pass",
        "'step.timeout' gives no value",
        "leave out the 'as'",
    ),
    "async comprehension": ("async def f(x): return [y async for y in x]", "'async for'", "use `for`"),
    "async generator expression": (
        "async def f(x): return sum(await y for y in x)",
        "generator expression",
        "use a list",
    ),
    "async generator": ("async def f():\n yield 1", "'yield' in an async function", "list"),
    "await outside": ("await x", "'await' outside", "correct"),
    "with a timeout": (
        "def f(step):\n with step.timeout(3): pass",
        "'with' cannot wait",
        "async with step.timeout(3):",
    ),
    "with": ("with open('x') as f: pass", "'with' is not available", "try/finally"),
    "global": ("def f():\n global x\n x = 1", "'global'", "self"),
    "except*": ("try: pass\nexcept* ValueError: pass", "'except*'", "use `except`"),
    "bare except": ("try: pass\nexcept: pass", "bare 'except'", "StepFailed"),
    "except BaseException": ("try: pass\nexcept BaseException: pass", "'BaseException'", "use Exception"),
    "except a tuple with BaseException": (
        "try: pass\nexcept (ValueError, BaseException): pass",
        "'BaseException'",
        "use Exc",
    ),
    "return in finally": ("def f():\n try: pass\n finally:\n  if 1: return 2", "'return' in 'finally'", "move"),
    "break in finally": ("for x in []:\n try: pass\n finally: break", "'break' in 'finally'", "move"),
    "break in the else of a loop in finally": (
        "for x in []:\n try: pass\n finally:\n  while 0: break\n  else: break",
        "'break' in 'finally'",
        "move",
    ),
    "continue in finally": ("for x in []:\n try: pass\n finally: continue", "'continue' in 'finally'", "move"),
    "import": ("import os", "import of 'os' is not allowed", "use a tool for input and output"),
    "import of a part": ("import urllib.request", "import of 'urllib.request'", "use a tool"),
    "import of a part of a refused module": ("import os.path as p", "import of 'os.path'", "use a tool"),
    "from import": ("from subprocess import run", "import of 'subprocess'", "use a tool"),
    "from import of a name": ("from asyncio import sleep", "import of 'asyncio.sleep'", "step.sleep"),
    "from import of an unknown name": ("from json import load", "import of 'json.load'", "pure parts"),
    "star import": ("from math import *", "'import *'", "name what you need"),
    "relative import": ("from . import x", "import of '.'", "pure parts"),
    "another future": ("from __future__ import barry_as_FLUFL", "import of '__future__'", "pure parts"),
    "module attribute": ("import asyncio\nasyncio.sleep(1)", "'asyncio.sleep'", "step.sleep"),
    "attribute of a module with another name": ("import time as t\nt.sleep(1)", "'time.sleep'", "step.sleep"),
    "attribute of a module in a package": ("import urllib.parse\nurllib.parse.unwrap", "'urllib.parse.unwrap'", "pure"),
    "class keyword": ("class A(object, metaclass=M): pass", "a class takes no keywords", "leave it out"),
    "class base": ("class A(f()): pass", "a base class must be a plain name", "name the class"),
    "class that subscripts its base": (
        "class A(Generic[T]): pass",
        "a base class must be a plain name",
        "name the class",
    ),
    "decorator": ("@evil\ndef f(): pass", "the decorator '@evil'", "@dataclass"),
    "decorator that is an expression": ("@(lambda f: f)\ndef f(): pass", "the decorator", "@dataclass"),
    "step.do without a call": ("@step.do\ndef f(): pass", "the decorator '@step.do'", '@step.do("a name")'),
    "do of nothing": ("@do('x')\ndef f(): pass", "the decorator", "@step.do"),
    "class decorator": ("@total_ordering\nclass A: pass", "the decorator", "@dataclass"),
    "method that hooks attributes": ("class A:\n def __getattr__(self, n): pass", "'__getattr__'", "underscore"),
    "destructor": ("class A:\n def __del__(self): pass", "'__del__'", "underscore"),
    "magic outside of a class": ("def __init__(self): pass", "'__init__'", "underscore"),
    "slots": ("class A:\n __slots__ = ()", "'__slots__'", "underscore"),
    "private attribute": ("x._private", "'_private'", "rename"),
    "class of an object": ("x.__class__.__name__", "'__name__'", "isinstance"),
    "dict of an object": ("x.__dict__", "'__dict__'", "asdict"),
    "replace of a named tuple": ("x._replace(a=1)", "'_replace'", "dataclasses.replace"),
    "main": ("if __name__ == '__main__': pass", "'__name__'", "never run as a script"),
    "init of something else": ("x.__init__()", "'__init__'", "underscore"),
    "super of arguments": ("super(A, a).__init__()", "'__init__'", "underscore"),
    "super of keywords": ("super(**x).__init__()", "'__init__'", "underscore"),
    "super bound": ("super = 1", "'super'", "another name"),
    "super as a parameter": ("def f(super): pass", "'super'", "another name"),
    "throw": ("g.throw(E)", "'throw'", "raise"),
    "mro": ("int.mro()", "'mro'", "isinstance"),
    "format_map": ("'{}'.format_map(x)", "'format_map'", "f-string"),
    "traceback": ("e.with_traceback(t)", "'with_traceback'", "raise"),
    "in-place change of a guarded attribute": ("x.format += 1", "'format' cannot be changed in place", "another name"),
    "guarded attribute in a pattern": ("match x:\n case a.format: pass", "'.format' in a pattern", "if"),
    "guarded attribute as a key of a pattern": ("match x:\n case {a.send: 1}: pass", "'.send' in a pattern", "if"),
    "class pattern with a keyword": ("match x:\n case Point(x=1): pass", "a class pattern with parts", "case Point():"),
    "class pattern with a part": ("match x:\n case Point(1): pass", "a class pattern with parts", "case Point():"),
    "class pattern with two parts": ("match x:\n case int(1, 2): pass", "a class pattern with parts", "case int():"),
    "foreign letters": ("ärger = 1", "outside of ASCII", "a-z"),
    "foreign letters in an attribute": ("x = f'{x.ärger}'", "outside of ASCII", "a-z"),
    "letters that only look plain": ("\uff4fpen = 1", "outside of ASCII", "a-z"),
    "getattr": ("getattr(x, 'a')", "'getattr' is not available", "after a dot"),
    "print": ("print(1)", "'print' is not available", "return it"),
    "type": ("type(x)", "'type' is not available", "isinstance"),
    "open": ("open('x')", "'open' is not available", "use a tool"),
    "eval": ("eval('1')", "'eval' is not available", "write the code"),
    "exec by another name": ("f = exec", "'exec' is not available", "write the code"),
    "input": ("input()", "'input' is not available", "step.ask"),
    "hash": ("hash(1)", "'hash' is not available", "hashlib"),
    "id": ("id(1)", "'id' is not available", "is"),
    "globals": ("globals()", "'globals' is not available", "dict"),
    "breakpoint": ("breakpoint()", "'breakpoint' is not available", "remove"),
    "exit": ("exit()", "'exit' is not available", "PlanFailed"),
    "compiler's error": ("return 1", "'return' outside function", "correct this line"),
    "nonlocal of nothing": ("def f():\n nonlocal x", "no binding for nonlocal", "correct this line"),
}
NEWER = {
    "type parameters": ("def f[T](x): pass", "type parameters", "leave them out"),
    "type parameters of a class": ("class A[T]: pass", "type parameters", "leave them out"),
    "parameter specification": ("def f[**P](x): pass", "ParamSpec", "another way"),
    "tuple of type parameters": ("def f[*Ts](x): pass", "TypeVarTuple", "another way"),
    "type statement": ("type X = int", "'type' statements", "assign it"),
}
TEMPLATES = {"template string": ("t'{x}'", "template strings", "f-string")}


def parses(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


REFUSED |= {name: row for name, row in (NEWER | TEMPLATES).items() if parses(row[0])}
