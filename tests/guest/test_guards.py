"""The world of a plan: what the compiled hooks let through, and the ways out that are closed."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from agentflow.guest.facades import importer
from agentflow.guest.guards import namespace
from agentflow.guest.standins import dataclass

from .language import as_plan, modules, world

SECRET = SimpleNamespace(secret="secret", name="name")

ESCAPES = {
    "format walks to a dunder": ("result = '{0.__class__}'.format(x)", "cannot be used in a format string"),
    "format of the type": ("result = str.format('{0._x}', x)", "cannot be used in a format string"),
    "format handed on": ("result = list(map('{0.__class__}'.format, [x]))", "cannot be used in a format string"),
    "format in a format's spec": ("result = '{:{0.__class__}}'.format(x)", "cannot be used in a format string"),
    "format of a guarded attribute": ("def g():\n yield 1\nresult = '{0.send}'.format(g())", "'send' of a gen"),
    "format of no string": ("result = str.format(3)", "needs a string"),
    "format of a subclass": (
        "class S(str): pass\nresult = S('{0.__class__}').format(x)",
        "cannot be used in a format string",
    ),
    "format through super": (
        "class S(str):\n def f(self, x): return super().format(x)\nresult = S('{0.__class__}').f(x)",
        "cannot be used in a format string",
    ),
    "format of an enum member": (
        "import enum\nclass E(enum.StrEnum):\n A = '{0.__class__}'\nresult = E.A.format(x)",
        "cannot be used in a format string",
    ),
    "obj of an error": ("try: x.nothing\nexcept AttributeError as e: result = e.obj", "'obj' of an error"),
    "send to a generator": ("def g():\n yield 1\nresult = g().send(None)", "'send' of a generator"),
    "send to a coroutine": (
        "async def g(): pass\nc = g()\ntry:\n result = c.send(None)\nfinally: c.close()",
        "'send' of a generator",
    ),
    "register with a class of the library": (
        "from collections.abc import Mapping\nMapping.register(int)",
        "'register' of a class",
    ),
    "the machine's clock, by a moment": (
        "from datetime import UTC, datetime\nresult = datetime(2026, 1, 1).now(UTC)",
        "'now' of a date is the machine's clock",
    ),
    "the machine's day, by a date": (
        "from datetime import date\nresult = date(2026, 1, 1).today()",
        "'today' of a date is the machine's clock",
    ),
    "a base that is no class": ("def f(): pass\nclass A(f): pass", "a base must be a class"),
    "a module as a base": ("import json\nclass A(json): pass", "a base must be a class"),
    "a module's attribute": ("import json\njson.dumps = 1", "a Facade cannot be changed"),
    "a module's attribute deleted": ("import json\ndel json.dumps", "a Facade cannot be changed"),
    "a function's attribute": ("def f(): pass\nf.x = 1", "a function cannot be changed"),
    "a class's attribute": ("class A: pass\nA.x = 1", "the class A cannot be changed"),
    "a class of the library": ("from decimal import Decimal\nDecimal.x = 1", "the class Decimal cannot be changed"),
    "somebody else's object": ("x.secret = 1", "a SimpleNamespace cannot be changed"),
    "somebody else's object in place": ("x.secret += 'a'", "a SimpleNamespace cannot be changed"),
    "items of something else": ("'abc'[0] = 'b'", "a str cannot be changed"),
    "dataclass over somebody else's class": (
        "from dataclasses import dataclass\nfrom decimal import Decimal\ndataclass(Decimal)",
        "a class that the plan defines",
    ),
    "dataclass over no class": ("from dataclasses import dataclass\ndataclass(3)", "a class that the plan defines"),
    "random from the system": ("import random\nrandom.seed()", "a seed is needed"),
    "another random from the system": ("import random\nrandom.Random()", "a seed is needed"),
    "random without a seed in a class of its own": (
        "import random\nclass R(random.Random):\n def seed(self, *a): pass",
        "a base must be a class",
    ),
    "obj through super": (
        "class E(AttributeError):\n def get(self): return super().obj\nresult = E().get()",
        "'obj' of an error",
    ),
    "register through an alias": ("import typing\nresult = typing.Mapping.register", "'register' of a class"),
    "format through an alias": (
        "from typing import Annotated\nresult = Annotated[str, 1].format('{0.__class__}', x)",
        "cannot be used in a format string",
    ),
    "format through a dataclass, whose fields are read past the guards": (
        "import dataclasses as d\n@d.dataclass(init=False)\nclass S(str):\n format: object\n"
        "result = d.astuple(S('{0.__class__}'))[0](x)",
        "the field 'format' would stand for 'str.format'",
    ),
    "obj through a dataclass": (
        "import dataclasses as d\n@d.dataclass(init=False)\nclass E(AttributeError):\n obj: object",
        "the field 'obj' would stand for 'AttributeError.obj'",
    ),
    "source in the name of a field": (
        "from dataclasses import dataclass\nfrom typing import TypedDict\n"
        "result = dataclass(TypedDict('T', {'a=x.secret, b': 'int'}))",
        "whose fields are written in its body",
    ),
    "a class of classes": ("import typing\nclass M(typing.Type): pass", "a base must be a class"),
    "a class of classes in an enum": (
        "import enum, typing\nE = enum.Enum('E', 'A', type=typing.Type)",
        "a base must be a class",
    ),
    "methods in an enum that is made by a call": (
        "import enum\nE = enum.Enum('E', {'__del__': lambda self: 0, 'A': 1})",
        "'__del__' starts with an underscore",
    ),
    "methods in a flag": ("import enum\nE = enum.IntFlag('E', ['A', '_missing_'])", "'_missing_' starts with"),
    "a key with a hash of its own in caches": (
        "class S(str):\n def __hash__(self): return 1\n def __eq__(self, other): return True",
        "class S is derived from str, so it cannot have a __hash__",
    ),
    "a key with the hash of another class of the plan": (
        "class A:\n def __hash__(self): return 1\nclass I(A, int): pass",
        "class I is derived from int, so it cannot have a __hash__",
    ),
    "a key with the hash of a dataclass": (
        "from dataclasses import dataclass\n@dataclass(unsafe_hash=True, eq=False)\nclass S(str):\n"
        " def __eq__(self, other): return True",
        "class S is derived from str, so it cannot have a __hash__",
    ),
    "the class of what closes a generator": (
        "from collections.abc import Generator\nclass G(Generator):\n def throw(self, kind): return kind",
        "class G cannot be derived from Generator",
    ),
    "evaluation of a text that stands for a type, in Python 3.14": (
        "import typing\nresult = typing.Union['x.secret'].evaluate()",
        "'evaluate' of a type",
    ),
    "random made unsafe later": ("import random\nr = random.Random(1)\nr.seed()", "a seed is needed"),
}


@pytest.mark.parametrize(("source", "message"), ESCAPES.values(), ids=ESCAPES)
def test_ways_out_are_closed(source: str, message: str) -> None:
    with pytest.raises((TypeError, AttributeError), match=message):
        as_plan(source, x=SECRET)
    assert SimpleNamespace(secret="secret", name="name") == SECRET


def test_a_class_pattern_reads_no_attribute_whatever_its_name_stands_for() -> None:
    """`int` given another meaning would read the attributes that the new class names."""
    source = """
from dataclasses import dataclass
@dataclass
class int:
    secret: str
match int("a"):
    case int(found): result = found
    case _: result = "nothing"
"""
    assert as_plan(source) == "nothing"


@pytest.mark.parametrize(
    "statement", ["from json import decoder", "from collections import abc as a, sys", "import os"]
)
def test_imports_are_closed_even_where_the_policy_has_not_looked(statement: str) -> None:
    """`from json import decoder` falls back to `sys.modules["json.decoder"]` if the module tells its name."""
    assert json.decoder.__name__ == "json.decoder"
    with pytest.raises(ImportError):
        exec(statement, world())  # noqa: S102 - behind the guards


def test_relative_imports_are_closed() -> None:
    with pytest.raises(ImportError, match="not allowed"):
        exec("from . import json", world() | {"__package__": "agentflow"})  # noqa: S102 - behind the guards


ABSENT = """open eval exec compile getattr setattr delattr hasattr vars dir globals locals id hash type input print
    breakpoint BaseException SystemExit KeyboardInterrupt GeneratorExit ExceptionGroup memoryview bytearray exit help"""


@pytest.mark.parametrize("name", ABSENT.split())
def test_dangerous_builtins_do_not_exist(name: str) -> None:
    """The policy says so kindly; here they are not there."""
    with pytest.raises(NameError):
        exec(name, world())  # noqa: S102 - behind the guards


def test_missing_attributes_raise() -> None:
    source = "try:\n    x.send\nexcept AttributeError as error:\n    result = str(error)"
    assert "no attribute 'send'" in as_plan(source, x=SECRET)


def test_each_activation_has_a_world_of_its_own() -> None:
    source = "class A:\n    n = []\nA.n.append(1)\nresult = len(A.n)"
    assert [as_plan(source), as_plan(source)] == [1, 1]
    first, second = world(), world()
    assert first["__builtins__"] is not second["__builtins__"]


def test_the_name_of_a_plan_is_no_modules() -> None:
    """Classes with that module's name are the plan's, which it may change."""
    with pytest.raises(ValueError, match="'json' is the name of a module"):
        namespace("json", importer(modules()), {})


def test_more_names_can_be_given() -> None:
    assert as_plan("result = answer", answer=42) == 42


def test_objects_of_a_plan_can_be_changed_with_slots_too() -> None:
    source = """
from dataclasses import dataclass
@dataclass(slots=True)
class A:
    n: int = 1
a = A()
a.n += 1
result = a.n
"""
    assert as_plan(source) == 2


def test_format_of_something_else_is_its_own() -> None:
    class Table:
        def format(self, text: str) -> str:
            return text.upper()

    given: Any = Table()
    assert as_plan("result = x.format('a')", x=given) == "A"
    assert as_plan("class A:\n    def __init__(self): self.format = ','.join\nresult = A().format('ab')") == "a,b"


def test_format_reads_what_a_plan_may_read() -> None:
    source = "result = '{0.name} {1[a]} {0.name!r:>8}'.format(x, {'a': 1})"
    assert as_plan(source, x=SECRET) == "name 1   'name'"


def test_what_is_shared_through_a_read_only_dict_is_a_copy() -> None:
    """A read-only dict that is compared hands the dict itself to the other side."""
    source = """
import re
from dataclasses import dataclass, fields
@dataclass
class Row:
    x: int
class Thief:
    def __eq__(self, other):
        other["stolen"] = 1
        return True
loot = [re.compile("(?P<a>b)").groupindex, fields(Row)[0].metadata]
for one in loot:
    one == Thief()
result = [dict(re.compile("(?P<a>b)").groupindex), dict(fields(Row)[0].metadata)]
"""
    assert as_plan(source) == [{"a": 1}, {}]


def test_the_name_of_a_field_cannot_be_source() -> None:
    """`dataclasses` writes it into the source of `__init__`. No plan can make this class, as far as anybody knows."""
    made = type("Row", (), {"__module__": "plan", "__annotations__": {"a=secret, b": "int"}})
    with pytest.raises(TypeError, match="written in its body"):
        dataclass(made)


def test_a_zone_keeps_nothing_of_the_plan() -> None:
    """All runs of a process share the zones."""
    source = """
from zoneinfo import ZoneInfo
class Key(str): pass
key = Key("Europe/Paris")
key.secret = 1
zone = ZoneInfo(key)
result = zone.key is key, zone is ZoneInfo("Europe/Paris"), isinstance(zone, ZoneInfo)
"""
    assert as_plan(source) == (False, True, True)


@pytest.mark.parametrize("wrong", ["def f(): f()\nf()", "[0] * 10**15"])
def test_no_handler_sees_that_memory_or_stack_ran_out(wrong: str) -> None:
    source = f"def start():\n    {wrong.splitlines()[0]}\n    {wrong.splitlines()[-1]}\n"
    source += "try:\n    start()\nexcept Exception:\n    result = 'caught'"
    with pytest.raises((MemoryError, RecursionError)):
        as_plan(source)


ADDRESSES = {
    "a workflow": "from agentflow import Workflow\nclass A(Workflow): pass",
    "an iterable": "from collections.abc import Iterable\nclass A(Iterable):\n def __iter__(self): return iter(())",
    "a class that has a base with a plain one": "class B: pass\nclass A(B): pass",
    "an error": "class A(ValueError): pass",
}


@pytest.mark.parametrize("source", ADDRESSES.values(), ids=ADDRESSES)
def test_objects_of_a_plan_show_no_address_and_have_none_for_a_hash(source: str) -> None:
    """Their order in a set is that in which they came there first."""
    text, order = as_plan(
        f"{source}\nmade = [A() for _ in range(9)]\nresult = str(made[0]), [*map(made.index, {{*made}})]"
    )
    assert " at 0x" not in text
    assert order == [*range(9)]
