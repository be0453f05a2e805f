"""The policy: what it makes of a tree, and what it says of one."""

from __future__ import annotations

import ast
import builtins
import marshal
from typing import Any

import pytest

from agentflow.guest import policy
from agentflow.guest.policy import build, transform

from .accepted import ACCEPTED
from .language import as_plan, world


def test_syntax_that_nobody_has_read_is_refused() -> None:
    """A node class of a later Python has no `visit_` method, so it is denied."""

    class Teleport(ast.stmt):
        _fields = ()

    _, problems = transform(ast.Module([Teleport(lineno=3, col_offset=0)], []))
    assert problems[0][:3] == (3, 1, "Teleport is not allowed in a plan")


def test_annotations_are_never_evaluated() -> None:
    source = """
a: undefined = 1
b: undefined
def f(x: undefined = 2, *y: undefined, **z: undefined) -> undefined: return x
class C:
    c: undefined = 3
    def g(self):
        self.d: undefined = 4
        return self.d
result = [a, f(), C.c, C().g()]
"""
    assert as_plan(source) == [1, 2, 3, 4]


def test_transform_leaves_its_input_as_it_is() -> None:
    tree = ast.parse("def f(a: int) -> int:\n    a.b += 1\n    a.format(1)\n")
    before = ast.dump(tree)
    transform(tree)
    assert ast.dump(tree) == before


def test_a_problem_has_its_line_and_column_and_comes_once() -> None:
    _, problems = build("x = 1\nx = [eval, eval]\nimport os\n")
    assert [problem[:3] for problem in problems] == [
        (2, 6, "'eval' is not available in a plan"),
        (2, 12, "'eval' is not available in a plan"),
        (3, 1, "import of 'os' is not allowed"),
    ]


def test_the_code_can_be_marshalled_and_keeps_its_lines() -> None:
    code, _ = build(ACCEPTED["classes"])
    assert code is not None
    assert marshal.loads(marshal.dumps(code)) == code  # noqa: S302 - made here
    assert code.co_filename == policy.FILENAME


def test_errors_of_a_plan_name_its_line() -> None:
    code, _ = build("x = {}\n\nx['a']\n")
    assert code is not None
    with pytest.raises(KeyError) as caught:
        exec(code, {"__builtins__": {}})  # noqa: S102 - checked code
    assert caught.traceback[-1].lineno == 2


def test_warnings_of_the_compiler_are_not_printed() -> None:
    """They would go through the `warnings` module, which opens files."""
    assert as_plan("assert (1, 'always true')\nresult = '\\d'") == "\\d"


def test_a_name_that_is_bound_twice_stands_for_no_module() -> None:
    assert as_plan("import time\nclass T:\n    x = 3\ndef f(time): return time.x\nresult = f(T())") == 3


def test_each_builtin_that_a_plan_has_not_is_told_by_name() -> None:
    site = {"copyright", "credits", "license"}
    keywords = {"None", "True", "False"}
    names = vars(builtins).keys() - world()["__builtins__"].keys() - site - keywords
    untold = [name for name in names if not name.startswith("_") and build(name)[0] is not None]
    assert untold == []


def test_lazy_imports_are_refused() -> None:
    """Python 3.15 would resolve them past the guarded import."""
    tree = ast.parse("import json")
    statement: Any = tree.body[0]
    statement.is_lazy = 1
    assert transform(tree)[1][0].message == "lazy imports are not available"


def test_what_restricted_python_refuses_itself_is_refused() -> None:
    """Unpacking in a comprehension is syntax of Python 3.15."""
    tree = ast.parse("[x for x in y]")
    comprehension: Any = tree.body[0]
    comprehension.value.elt = ast.Starred(ast.Name("x", ast.Load()), ast.Load(), lineno=1, col_offset=1)
    assert transform(tree)[1] == [(1, 1, "Unpacking in comprehensions is not allowed.", "write it in another way")]
