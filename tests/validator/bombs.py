"""Sources that are small and cost a parser, a compiler or a rule far more than their size: one idea each."""

from __future__ import annotations


def _names(count: int, form: str, between: str = "\n") -> str:
    return between.join(form.format(n=n, m=n + 1) for n in range(count))


def _nested(depth: int, form: str) -> str:
    """Blocks in blocks, each one deeper by a space."""
    return "\n".join(" " * n + form for n in range(depth)) + "\n" + " " * depth + "pass\n"


def _in_run(body: str, before: str = "") -> str:
    lines = "\n".join(f"        {line}" for line in body.splitlines())
    head = f"from agentflow import Workflow, tools\n{before}\nclass P(Workflow):\n"
    return f"{head}    async def run(self, event, step):\n{lines}\n"


_ASKED = "step.wait_for_approval('a', '?', call=c)"


def _finally_in_finally(depth: int) -> str:
    """The compiler writes the body of a `finally` once for each way into it, and what is in it once more."""
    lines = []
    for n in range(depth):
        lines += [f"{' ' * n}try:", f"{' ' * n} x = 1", f"{' ' * n}finally:"]
    return "\n".join([*lines, " " * depth + "x = 2"])


def _returns_through_finally(returns: int, size: int) -> str:
    """Each `return` has a copy of the `finally` that it goes through."""
    return "def f(x):\n try:\n" + "  if x: return\n" * returns + " finally:\n" + "  x\n" * size


def _choices(count: int) -> str:
    """A name with two values, each of which is a name with two values."""
    return "a0 = tools.a.b\n" + _names(count, "a{m} = a{n} if x else a{n}")


BOMBS: dict[str, str] = {
    "a source of one megabyte": "x = 1\n" * 170_000,
    "many keywords": f"f({_names(30_000, 'a{n}=1', ',')})",
    "a long list": f"x = [{'1,' * 30_000}]",
    "many statements": "x=1\n" * 16_000,
    "many statements on a line": "x;" * 32_000,
    "lambdas in lambdas": "x = " + "lambda: " * 2000 + "0",
    "brackets": "x = " + "(" * 30_000 + ")" * 30_000,
    "brackets of all sorts, never closed": "x = " + "([{" * 20,
    "brackets with a wrong end": "x = " + "{f([" * 15 + "1 2" + "])}" * 15,
    "colons in braces": "x = " + "{a:" * 59,
    "signs": "x = " + "-" * 60_000 + "1",
    "nots": "x = " + "not " * 15_000 + "1",
    "awaits": "async def f():\n x = " + "await " * 5000 + "y",
    "attributes of attributes": "x = a" + ".b" * 30_000,
    "calls of calls": "x = f" + "()" * 30_000,
    "items of items": "x = a" + "[0]" * 20_000,
    "sums": "x = " + "1+" * 30_000 + "1",
    "powers of powers": "x = " + "2**" * 2000 + "2",
    "a number of many digits": f"x = {'9' * 60_000}",
    "a number of many hexadecimal digits": f"x = 0x{'f' * 60_000}",
    "numbers that the compiler would multiply": "x = " + "*".join(["(1 << 500)"] * 500),
    "texts that the compiler would repeat": "x = " + "('a' * 4000) * 4000",
    "conditions in conditions": "x = " + "1 if a else " * 5000 + "2",
    "texts side by side": "x = " + "'a' " * 16_000,
    "f-strings side by side": "x = " + "f'{a}' " * 9000,
    "f-strings in f-strings": "x = " + "f'{" * 30 + "}'" * 30,
    "widths in widths": "x = f'{a:{b:{c:{d}}}}'",
    "an f-string that never ends": "x = f'" + "{" * 60_000,
    "a text that never ends": 'x = """' + "a\\\n" * 20_000,
    "a chain of elif": "if a: pass\n" + "elif a: pass\n" * 4900,
    "blocks in blocks": _nested(99, "if a:"),
    "functions in functions": _nested(90, "def f():"),
    "classes in classes": _nested(90, "class A:"),
    "loops in loops": _nested(90, "for x in y:"),
    "tries in tries": "\n".join(" " * n + "try:" for n in range(50)) + "\n" + " " * 50 + "x",
    "finally in finally": _finally_in_finally(50),
    "finally in finally, less deep": _finally_in_finally(16),
    "returns through a long finally": _returns_through_finally(950, 1300),
    "decorators": "@cache\n" * 7900 + "def f(): pass",
    "handlers": "try: pass\n" + "except E: pass\n" * 2600,
    "cases": "match x:\n" + " case 1: pass\n" * 2600,
    "patterns": "match x:\n case " + "1|" * 7000 + "1: pass",
    "patterns in patterns": "match x:\n case " + "[" * 59 + "]" * 59 + ": pass",
    "a long dict": "x = {" + "1:1," * 3900 + "}",
    "comparisons": "x = " + "a<" * 7900 + "a",
    "ands": "x = " + "a and " * 7900 + "a",
    "targets": "x=" * 7000 + "1",
    "comprehensions in comprehensions": "x = " + "[a for a in " * 55 + "b" + "]" * 55,
    "loops of a comprehension": "x = [a " + "for a in b " * 2600 + "]",
    "different names": _names(3900, "a{n}=1"),
    "named characters": "x = '" + "\\N{LATIN SMALL LETTER A}" * 2600 + "'",
    "letters that are normalized": "\ufb01" * 20_000 + " = 1",
    "letters that only look plain": "\uff41=1\n" * 9000,
    "empty lines": "\n" * 65_000,
    "lines that go on": "x = 1" + "\\\n" * 30_000,
    "invisible characters": "#" + "\u202e" * 21_000,
    "control characters": "\x01" * 65_000,
    "line ends of some": "\u2028" * 21_000,
    "many problems on one line": "x = [" + "id," * 3900 + "]",
    "many problems": "id\n" * 3900,
    "functions that call each other": _names(500, "def f{n}():\n return f{m}() or f{n}()"),
    "functions that call all": _names(60, "def f{n}():\n return " + _names(60, "f{{n}}()", "+").replace("{{", "{")),
    "names for names": "a0 = tools.a.b\n" + _names(3000, "a{m} = a{n}") + "\na3000()",
    "names with two values": _in_run(_choices(40) + "\nawait step.do('x', a40(y=1))"),
    "texts made of texts": _in_run(
        "a0 = 'x'\n" + _names(30, "a{m} = a{n} + a{n}") + "\nawait step.do(a30, tools.a.b())"
    ),
    "classes of classes": "class A0: pass\n" + _names(1300, "class A{m}(A{n}): pass"),
    "workflow classes": "from agentflow import Workflow\n" + _names(1900, "class A{n}(Workflow): pass"),
    "tool calls": _in_run(_names(600, "await step.do('a{n}', tools.a.b(x={n}))")),
    "tool calls outside of steps": _in_run(_names(1200, "tools.a.b(x={n})")),
    "step functions": _in_run(_names(300, "def f{n}():\n    return tools.a.b(x={n})\nawait step.do('a{n}', f{n})")),
    "step functions that call each other": _in_run(
        _names(250, "async def f{n}():\n    return await f{m}()") + "\nawait step.do('a', f0)"
    ),
    "a name bound again and again": _in_run("x = step\n" * 900 + "await x.do('a', tools.a.b())\n" * 200),
    "parameters that may be the step": _in_run(
        "await f0(step)", _names(300, "async def f{n}(step):\n await f{m}(step)\n await step.do('a', tools.a.b())")
    ),
    "loops that never end": _in_run("while True:\n pass\n" * 1500),
    "captured names": _in_run("x = 1\n" + "def f():\n  nonlocal x\n  x += 1\nawait step.do('a', f)\n" * 350),
    "factories of functions": _in_run(
        "def g0():\n return lambda: 1\n" + _names(300, "def g{m}():\n return g{n}()") + "\nawait step.do('a', g300())"
    ),
    "attempts in attempts": _in_run("\n".join(" " * n + "if a:" for n in range(40)) + "\n" + " " * 40 + "await x"),
    "branches that each end": _in_run("if a:\n await step.do('x', tools.a.b())\n" * 700),
    "groups of groups": _in_run("x = " + "step.gather(" * 50 + ")" * 50),
    "arguments in arguments": _in_run("x = tools.a.b(y=" + "[" * 50 + "1" + "]" * 50 + ")"),
    "a long schema": _in_run("x = tools.a.b(y=[" + "{'a': 1}," * 1900 + "])"),
    "unknown names that are like known ones": _names(700, "def name_of_a_customer_{n}(): return name_of_a_custmer_{n}"),
    "unknown tools that are like known ones": _in_run(_names(500, "tools.a.bb{n}()")),
    "unknown modules": _names(1500, "import a{n}.b.c"),
    "a step function with many ways": _in_run(
        "async def f():\n" + " if a:\n  await tools.a.b()\n" * 500 + "await step.do('a', f)"
    ),
    "a step function with choices in choices": _in_run(
        "async def f():\n" + "\n".join(" " * n + " if a:" for n in range(40)) + "\n" + " " * 41 + "await tools.a.b()\n"
        "await step.do('a', f)"
    ),
    "a step function that calls itself in two ways": _in_run(
        _names(40, "async def f{n}():\n if a:\n  await f{m}()\n else:\n  await f{m}()") + "\nawait step.do('a', f0)"
    ),
    "functions that hand on the step": _in_run(
        "await f0(step)",
        _names(40, "async def f{n}(s):\n await f{m}(s)\n await f{m}(s)\n await s.do('a', tools.a.b())"),
    ),
    "values that come from two functions": _in_run(
        _names(40, "def f{n}():\n return f{m}() if a else f{m}()") + "\nawait step.do('a', f0())"
    ),
    "methods of many classes": _in_run(
        "self.m()", _names(300, "class A{n}:\n def m(self): return self.m()\n x = A{m}")
    ),
    "lists of calls": _in_run(
        "a0 = [tools.a.b()]\n" + _names(400, "a{m} = [*a{n}, *a{n}]") + "\nawait step.gather(*a400)"
    ),
    "awaitables under many names": _in_run("x = step.do('a', tools.a.b())\n" + "y = x\nx = y\n" * 600 + "await x"),
    "steps in tries in loops": _in_run(
        "for x in y:\n" + " try: await step.do('a', tools.a.b())\n except Exception: pass\n" * 350
    ),
    "helpers that call the next one many times": _in_run(
        _names(40, "async def f{n}():\n" + " await f{m}()\n" * 20)
        + "\nasync def f40():\n await step.sleep('a', 1)\nawait f0()"
    ),
    "tool calls that come from many functions": _in_run(
        _names(8, "def f{n}():\n" + " if a: return f{m}()\n" * 90)
        + "\ndef f8():\n return tools.a.b()\n"
        + "await step.do('a', f0())\n" * 90
    ),
    "awaitables that are gathered again and again": _in_run(
        "a = []\n" + "a.append(step.sleep('a', 1))\n" * 300 + "await step.gather(*a)\n" * 300
    ),
    "approvals behind many choices": _in_run(
        f"c = tools.a.b()\nawait {_ASKED}\n" + _names(500, "if a[{n}]:\n b{n} = {n}") + "\nawait step.do('a', c)"
    ),
    "approvals in many tries": _in_run(
        "c = tools.a.b()\n"
        + _names(400, f"try:\n await {_ASKED}\nexcept Exception:\n b{{n}} = 1")
        + "\nawait step.do('a', c)"
    ),
    "approvals of many calls": _in_run(
        _names(300, "await step.wait_for_approval('a', '?', call=tools.a.b(c={n}))")
        + _names(300, "\nawait step.do('a', tools.a.b(c={n}))", "")
    ),
    "approvals in functions": _in_run(
        f"await {_ASKED}\nawait f0()", _names(40, "async def f{n}():\n await f{m}()\n await f{m}()\n await f{m}()")
    ),
    "a set that is listed often": _in_run("s = set(event.payload['a'])\n" + "list(s)\nlen(s)\n" * 900),
    "sets of sets": _in_run("s0 = {event.id}\n" + _names(400, "s{m} = s{n} | s{n}") + "\nreturn list(s400)"),
    "a result of results": _in_run("x0 = {1}\n" + _names(100, "x{m} = [x{n}, x{n}, x{n}]") + "\nreturn x100"),
    "a set in a result, often": _in_run("x = {1}\nreturn [" + "x, " * 2500 + "]"),
    "sensitive names in a row": _in_run(
        "s0 = await step.do('a', tools.a.b(), sensitive=True)\n"
        + _names(900, "s{m} = s{n}")
        + "\nawait step.progress(s900)"
    ),
    "texts that look like secrets": _in_run(_names(1000, "x{n} = 'aB3dEf8hIjKlMn0pQrStUvWxYz123456'")),
}
