"""Makes plans that go from object to object, line by line, as an attacker with much time would."""

from __future__ import annotations

from random import Random
from typing import Any

from agentflow.guest.allowed import ALLOWED

START = """
import re, typing, enum, dataclasses, collections, functools, itertools, json, random, string, io, csv, decimal, uuid
from agentflow import Workflow
def made(*args, **named):
    return args, named
def yielding():
    yield 1
async def waiting():
    return 1
class Text(str):
    pass
class Plain:
    def __call__(self, *args, **named): return args
    def __eq__(self, other): return kept.append(other)
    def __getitem__(self, key): return key
    def __len__(self): return 2
    @property
    def at(self): return self
@dataclasses.dataclass
class Row:
    x: object
    format: str = "{0.x}"
class Kind(enum.Enum):
    A = "a"
try:
    json.loads("{")
except ValueError as caught:
    error = caught
try:
    Plain().nothing
except AttributeError as caught:
    missing = caught
things = [made, yielding(), waiting(), Text("{0.x}"), "{0.real}", Plain(), Plain, Row(1), Row, Kind.A, Kind, error,
    missing, 7, [1], {"a": 1}, (1, 2), {1}, re.compile("(?P<a>.)"), re.match("(?P<a>.)", "a"), decimal.getcontext(),
    typing.Mapping, typing.Annotated[int, 1], typing.Union["x"], typing.NamedTuple, typing.TypedDict, list[int],
    io.StringIO("a"), functools.partial(made, 1), functools.cache(made), dataclasses.fields(Row)[0], random.Random(1),
    string.Template("$a"), Workflow, collections.ChainMap({}), enum.Enum, enum.IntFlag, Plain.at, Plain().at, str.upper]
kept = []
"""
"""What the lines after it begin with."""
ENDLESS = frozenset({"count", "cycle", "repeat", "product", "permutations", "combinations", "elements"})
CALLABLES = sorted(
    f"{module}.{name}"
    for module, names in ALLOWED.items()
    for name in names - ENDLESS
    if module in START.split("\n")[1]
)
_BUILTINS = """str repr list tuple dict set iter next len sorted map filter zip isinstance property classmethod super
    max sum format"""
BUILTINS = _BUILTINS.split()
TEXTS = [repr(text) for text in ("a", "{0.__class__}", "{0.x}", "a b", "__class__", "__del__", "gi_frame", "%s", "1")]


def link(random: Random, things: list[Any]) -> str:
    """A line of a plan, which leaves in `result` the next link: an attribute, an item, a result of what is there."""
    at, other = random.choice([len(things) - 1, random.randrange(len(things))]), random.randrange(len(things))
    one, two = f"things[{at}]", f"things[{other}]"
    names = [name for name in _dir(things[at]) if not name.startswith("_") and name not in ENDLESS] or ["x"]
    function = random.choice(
        [one, one, f"{one}.{random.choice(names)}", random.choice(CALLABLES), random.choice(BUILTINS)]
    )
    named = random.choice(["", "", f", {random.choice(names)}={two}", f", **{{{random.choice(TEXTS)}: {one}}}"])
    forms = [
        f"{one}.{random.choice(names)}",
        f"{one}.{random.choice(names)}",
        f"{one}[{two}]",
        f"{function}()",
        f"{function}({two})",
        f"{function}({one}, {two}{named})",
        f"{function}({random.choice(TEXTS)}, {two}{named})",
        f"{one} == {two}",
        f"{random.choice(TEXTS)}.format({one}, {two})",
    ]
    return f"result = {random.choice(forms)}"


def _dir(thing: object) -> list[str]:
    try:
        return dir(thing)
    except Exception:  # noqa: BLE001 - a mixture of the library's that cannot even say what it has
        return []
