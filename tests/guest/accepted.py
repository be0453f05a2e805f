"""Python that a plan may be written in: one row for each kind of syntax, which leaves something in `result`."""

from __future__ import annotations

ACCEPTED = {
    "assign": "a = b = 1; c, (d, *e) = 1, (2, 3, 4); [f, g] = 'xy'; result = [a, b, c, d, e, f, g]",
    "augmented name": "a = [1]; b = a; a += [2]; n = 7; n //= 2; n **= 3; n <<= 1; n %= 50; result = [a, b, n]",
    "augmented item": "d = {'a': [1]}; d['a'] += [2]; d['a'][0] -= 5; d.setdefault('n', 0); d['n'] += 1; result = d",
    "augmented item, evaluated once": """
calls = []
def row():
    calls.append("row")
    return rows
def key():
    calls.append("key")
    return 0
rows = [1, 2]
row()[key()] += 5
result = rows, calls
""",
    "augmented attribute, evaluated once": """
class Box:
    n = 1
box, calls = Box(), []
def get():
    calls.append(1)
    return box
get().n += 2
get().n *= 5
result = box.n, Box.n, len(calls)
""",
    "annotations": """
n: int = 1
def f(a: int, *rest: "Unknown", b: list[int] = None, **more: str) -> int:
    local: Unknown = a
    other: Unknown
    return local
class C:
    y: int
    def __init__(self, x):
        self.x: Unknown = x
result = f(n), C(3).x
""",
    "future annotations": """
from __future__ import annotations
def f(a: undefined_name) -> nothing:
    return a
result = f(2)
""",
    "if, while, for, else, break, continue, pass": """
out = []
for n, (a, b) in enumerate([(1, 2), (3, 4), (5, 6)]):
    if n == 1:
        continue
    elif a > 100:
        pass
    else:
        out.append(a + b)
else:
    out.append("end")
while True:
    out.append(0)
    if len(out) > 5:
        break
result = out
""",
    "operators": """
x = None
result = [1 + 2 - 3 * 4 / 5 // 6 % 7, 2 ** 8, 1 << 4 >> 1, 6 & 3 | 8 ^ 1, ~5, -1, +1, not 0, 1 and 2 or 3,
    1 < 2 <= 2 != 3 > 1 >= 0 == 0, x is None, x is not None, 1 in [1], 2 not in (1,), 1 if 0 else 2]
""",
    "matrix multiplication": """
class M:
    def __matmul__(self, other):
        return 42
result = M() @ M()
""",
    "literals": """
result = [1, 1.5, 2j, 'a', b'b', None, True, ..., (1,), {1}, {'a': 1, **{'b': 2}}, [*range(3)], {*'a'}]
""",
    "f-strings": "x = {'a': 3.14159}; w = 8; result = f\"{x['a']:{w}.2f}|{x!r:>20}|{w=}|{'nested ' + f'{w}'}\"",
    "str.format": """
result = ["{} {}".format(1, 2), "{1}{0!r:>5}{name:{w}}".format("a", "b", name="n", w=4),
    "{[k]} {[0]}".format({"k": 1}, [2]),
    str.format("{:>3}", 7), "{0.real}".format(5), list(map("<{}>".format, [1, 2])),
    "{{}}".format(), format(3.14159, ".2f")]
""",
    "percent format": "result = '%s %(a)s' % {'a': 1} if 0 else '%05.1f|%-4s|' % (3.14159, 'x')",
    "comprehensions": """
rows = [{"k": n, "v": n * n} for n in range(6) if n % 2]
result = [{r["k"]: r["v"] for r in rows}, {x // 2 for x in range(5)}, sum(x for x in range(4)),
    [(a, b) for a in "ab" for b in "cd"]]
""",
    "walrus": "result = [y for x in range(4) if (y := x * x) > 1], (n := 5) + n",
    "slices": "a = list(range(10)); a[2:4] = [0]; a[::3]; del a[0]; del a[-2:]; result = a, a[1:-1:2], 'abc'[::-1]",
    "del": """
class Box: pass
box = Box(); box.x = 1; del box.x
d = {'a': 1, 'b': 2}; del d['a']
n = 1; del n
try:
    n
except NameError:
    d['gone'] = True
result = d
""",
    "functions": """
def f(a, /, b=2, *args, c, d=4, **rest):
    "Doc."
    return a, b, args, c, d, rest
g = lambda x, *y, z=1, **w: (x, y, z, w)
result = f(1, c=3), f(*[1, 2, 3], **{"c": 5, "e": 6}), g(1, 2, k=3), (lambda: 0)()
""",
    "closures": """
def counter():
    n = 0
    def add(by=1):
        nonlocal n
        n += by
        return n
    return add
add = counter(); add(); add(5)
result = add()
""",
    "generators": """
def numbers(n):
    got = 0
    while got < n:
        yield got
        got += 1
    return "end"
def outer():
    end = yield from numbers(3)
    yield end
result = list(outer()), next(iter(numbers(1)))
""",
    "try": """
log = []
class Mine(ValueError):
    def __init__(self, code):
        super().__init__(f"code {code}")
        self.code = code
def f(x):
    try:
        if x == 0:
            raise Mine(7)
        return 10 // (x - 1)
    except Mine as error:
        log.append((error.code, str(error), error.args))
        raise KeyError("k") from error
    except (ZeroDivisionError, TypeError):
        log.append("zero")
    else:
        log.append("else")
    finally:
        log.append("finally")
        for n in [1, 2]:
            if n == 1:
                continue
            break
        def inner():
            return 1
for x in (0, 1, 2):
    try:
        log.append(f(x))
    except Exception as error:
        log.append(repr(error))
try:
    assert log == [], "not empty"
except AssertionError as error:
    log.append(str(error))
result = log
""",
    "classes": """
class Animal:
    kind = "animal"
    def __init__(self, name):
        self.name = name
    def say(self):
        return self.name + "?"
    def __str__(self): return "str " + self.name
    def __repr__(self): return "repr " + self.name
    def __len__(self): return len(self.name)
    def __iter__(self): return iter(self.name)
    def __contains__(self, x): return x in self.name
    def __getitem__(self, k): return self.name[k]
    def __eq__(self, other): return self.name == other.name
    def __hash__(self): return 1
    def __lt__(self, other): return self.name < other.name
    def __bool__(self): return True
    def __call__(self, x): return x + 1
    def __add__(self, other): return self.name + other.name
    @property
    def loud(self): return self.name.upper()
    @loud.setter
    def loud(self, value): self.name = value.lower()
    @staticmethod
    def make(): return Animal("made")
    @classmethod
    def named(cls, name): return cls(name)
class Dog(Animal):
    def say(self):
        return super().say() + "!"
    def __str__(self):
        return "dog " + super().__str__()
d, a = Dog("rex"), Animal.named("cat")
a.loud = "COW"
a.extra = {"x": 1}
a.extra["x"] += 1
result = [d.say(), str(d), repr(d), len(d), list(d), "r" in d, d[0], d == Dog("rex"),
    sorted([d, a]), d(1), d + a, d.loud, a.name,
    Dog.make().name, Dog.named("x").kind, isinstance(d, Animal), issubclass(Dog, Animal), bool(d), {d: 1}[d],
    a.extra, callable(d)]
result = [str(x) for x in result]
""",
    "dataclasses": """
import dataclasses as dc
from dataclasses import InitVar, dataclass, field, asdict, replace, KW_ONLY
from typing import ClassVar
@dataclass
class Line:
    sku: str
    price: float = 1.5
    tags: list[str] = field(default_factory=list)
    count: ClassVar[int] = 3
    start: InitVar[int] = 0
    _: KW_ONLY
    note: str = ""
    def __post_init__(self, start):
        self.tags.append(start)
@dataclass(frozen=True, order=True)
class Point:
    x: int
    y: int = 2
@dc.dataclass(slots=True)
class Slot(object):
    n: int = 1
a = Line("a", 2.0, start=4, note="n")
a.price += 1
slot = Slot(); slot.n = 5
try:
    Point(1).x = 3
    frozen = False
except dc.FrozenInstanceError:
    frozen = True
result = [asdict(a), str(a), replace(Point(1), y=9) > Point(1), Point(1) == Point(1), slot.n, frozen,
    Line.count, [f.name for f in dc.fields(Line)]]
""",
    "enums and named tuples": """
import enum
from enum import Enum, IntEnum, StrEnum, auto
from typing import NamedTuple, TypedDict
from collections import namedtuple
@enum.unique
class Color(Enum):
    RED = 1
    BLUE = auto()
class Text(StrEnum):
    A = "a{}"
class Pair(NamedTuple):
    x: int
    y: int = 2
class Row(TypedDict):
    x: int
P = namedtuple("P", "a b")
Size = Enum("Size", "S M, L")
Level = enum.IntFlag("Level", {"LOW": 1, "HIGH": 2})
Kind = Enum("Kind", [("A", "a"), ("B", "b")], type=str)
result = [Size.L.value, [one.name for one in Level], Kind.A + "!", Color.RED.name, Color(2).name,
    [c.value for c in Color], Text.A.format(1), Pair(1).y, Row(x=1),
    P(1, 2).b, Pair(3)[0]]
""",
    "match": """
import enum
class Color(enum.Enum):
    RED = 1
class Box: pass
def f(x):
    match x:
        case 0 | 1: return "small"
        case -5: return "minus"
        case None | True: return "single"
        case "a" as letter: return letter
        case Color.RED: return "red"
        case int(n) if n > 100: return f"big {n}"
        case float(): return "float"
        case str(): return "str"
        case [a]: return ["one", a]
        case [a, [b, *c], *_]: return ["nested", a, b, c]
        case (a, b): return ["two", a, b]
        case {"kind": "x", "n": int(n), **rest}: return ["map", n, rest]
        case {"kind": str(kind)}: return kind
        case Box(): return "box"
        case _: return "other"
result = [f(x) for x in [0, 1, -5, None, "a", Color.RED, 500, 2.5, "zz", [1], [1, [2, 3, 4], 5], (1, 2),
    {"kind": "x", "n": 1, "z": 2}, {"kind": "y"}, Box(), {}, 50]]
""",
    "async": """
import asyncio
async def one(n):
    return n + 1
async def run():
    a = await one(1)
    b, c = await asyncio.gather(one(2), one(3))
    rows = [await one(x) for x in range(3)]
    total = sum(x for x in [await one(5)])
    return [a, b, c, rows, total]
result = run()
""",
    "async with": """
async def run():
    async with step.timeout("1 hour"):
        return 3
result = run()
""",
    "builtins": """
def up(n): return n + 1
result = [abs(-1), all([1]), any([0]), bin(5), bool(0), bytes([65]), callable(up), chr(65), dict(a=1), divmod(7,
    2), list(enumerate("ab")), list(filter(None, [0, 1])), float("1.5"), frozenset([1]), hex(255), int("7"),
    isinstance(1, int), issubclass(bool, int), len("ab"), list(map(up, [1])), max(1, 2), min([3, 2]), oct(8),
    ord("a"), pow(2, 3), list(range(3)), repr("a"), list(reversed([1, 2])), round(2.567, 1), set([1]), [1, 2,
    3][slice(1)], sorted([2, 1], key=lambda x: -x), str(1), sum([1, 2]), tuple("ab"), list(zip([1], [2])),
    next(iter([9]), None)]
""",
    "shadowed builtins": """
type = 'a'; id = 1; hash = lambda x: x
def f(input, print=3): return input, print
result = type, id, hash(2), f(4)
""",
    "attributes that are dangerous on some types only": """
class Mail:
    def __init__(self): self.obj = 1
    def send(self, to): return to
    def format(self, x): return x + 1
    def register(self, x): return x
mail = Mail(); mail.send = mail.send
result = mail.send("a"), mail.format(1), mail.obj, mail.register(3)
""",
    "decorated by a step": """
class Step:
    def do(self, name):
        return lambda function: (name, function())
step = Step()
@step.do("load")
def load():
    return 1
result = load
""",
    "imports": r"""
import json, math as m
import urllib.parse
import urllib.parse as up
import collections.abc
from collections import Counter, abc
from datetime import timedelta
def f():
    import re
    return re.sub("(a)", r"<\1>", "banana")
result = [json.loads(json.dumps({"a": [1, None]})), m.sqrt(4), urllib.parse.quote("a b"),
    up.urlsplit("http://x/y").path, isinstance([], collections.abc.Sequence), isinstance({}, abc.Mapping),
    Counter("aab").most_common(1),
    timedelta(days=1).total_seconds(), f()]
""",
    "decimal context": """
import decimal
decimal.getcontext().prec = 6
result = str(decimal.Decimal(1) / 3)
""",
    "deque and writes": """
from collections import deque, defaultdict
d = deque([1, 2]); d[0] = 5
e = defaultdict(list); e['a'] += [1]
result = list(d), dict(e)
""",
}
