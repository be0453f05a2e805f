"""What plans keep their data in."""

import itertools
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import asdict, astuple, dataclass, field, fields, replace
from enum import Enum, Flag, IntEnum, StrEnum, auto
from functools import cache, lru_cache, partial, reduce
from typing import NamedTuple, TypedDict


def lists():
    items = [3, 1, 2]
    items.append(5)
    items.extend([8, 9])
    items.insert(0, 7)
    items.remove(1)
    last = items.pop()
    items.sort(key=lambda n: -n)
    items[1:3] = [0]
    items += [4]
    del items[0]
    copy = items.copy()
    copy.reverse()
    copy.clear()
    return (
        items,
        last,
        items.index(0),
        items.count(3),
        copy,
        items[-1],
        items[::2],
        [*items, *"ab"],
        [[0] * 2 for _ in range(2)],
    )


def dicts():
    d = {"a": 1, **{"b": 2}}
    d["c"] = d.get("z", 0) + 1
    d.setdefault("l", []).append(1)
    d.update(e=5, b=7)
    gone = d.pop("a"), d.pop("zz", None)
    d |= {"f": 6}
    both = {"x": 1} | {"y": 2}
    key, value = d.popitem()
    return (
        d,
        gone,
        both,
        key,
        value,
        list(d.items())[0],
        "b" in d,
        dict(zip("ab", (1, 2))),
        dict.fromkeys("ab", 0),
        {v: k for k, v in both.items()},
        list(reversed(d)),
        d.keys() & {"b", "q"} == {"b"},
    )


def sets():
    a, b = {1, 2, 3}, frozenset([3, 4])
    a.add(9)
    a.discard(77)
    a.update([5])
    a -= {5}
    return [
        sorted(a | b),
        sorted(a & b),
        sorted(a - b),
        sorted(a ^ b),
        a >= {1},
        a.isdisjoint({7}),
        len(b),
        sorted({n % 3 for n in range(9)}),
        set() == set([]),
    ]


def unpacking():
    first, *rest = [1, 2, 3]
    (a, b), c = (1, 2), 3
    *start, end = "xyz"
    [x, (y, *z)] = [1, (2, 3, 4)]
    a, b = b, a
    return (
        first,
        rest,
        a,
        b,
        c,
        start,
        end,
        x,
        y,
        z,
        [k + v for k, v in {"a": "b"}.items()],
        [i + n for i, (n, m) in enumerate([(1, 2)])],
    )


def counters():
    words = Counter("the cat and the dog and the bird".split())
    words["cat"] += 2
    words.subtract({"dog": 1})
    more = words + Counter(x=1)
    return (
        words.most_common(2),
        words["nothing"],
        sum(words.values()),
        sorted(more.elements())[:3],
        (Counter("aab") & Counter("ab")).total(),
        Counter(a=3, b=0).most_common(),
    )


def collections_():
    groups = defaultdict(list)
    for word in ("apple", "avocado", "bean"):
        groups[word[0]].append(word)
    tree = defaultdict(lambda: defaultdict(int))
    tree["a"]["b"] += 1
    queue = deque([1, 2, 3], maxlen=3)
    queue.append(4)
    queue.appendleft(0)
    queue.rotate(1)
    ordered = OrderedDict(a=1, b=2)
    ordered.move_to_end("a")
    layers = ChainMap({"a": 1}, {"a": 0, "b": 2})
    Point = namedtuple("Point", "x y", defaults=[0])
    return (
        dict(groups),
        {k: dict(v) for k, v in tree.items()},
        list(queue),
        queue.popleft(),
        list(ordered),
        ordered.popitem(last=False),
        layers["b"],
        dict(layers),
        Point(1),
        Point(1, 2).x,
        Point(x=3).y,
        layers.new_child({"c": 1})["c"],
    )


def iterators():
    groups = [(key, list(rows)) for key, rows in itertools.groupby([1, 1, 2], key=lambda n: n % 2)]
    return [
        groups, list(itertools.chain([1], [2])), list(itertools.islice(itertools.count(5, 5), 3)), list(itertools.accumulate([1, 2, 3], max)),
        list(itertools.zip_longest("ab", "c")), list(itertools.product("ab", [1])), list(itertools.permutations([1, 2])), list(itertools.combinations(range(3), 2)),
        list(itertools.pairwise([1, 2, 3])), list(itertools.dropwhile(lambda n: n < 2, [1, 2, 1])), list(itertools.filterfalse(None, [0, 1])),
        list(itertools.starmap(pow, [(2, 3)])), list(itertools.compress("abc", [1, 0, 1])), [list(t) for t in itertools.tee([1, 2])], list(itertools.repeat("x", 2)),
        list(zip([1, 2], "ab", strict=True)), list(map(lambda a, b: a * b, [1, 2], [3, 4])), list(filter(None, [0, "a"])), list(enumerate("ab", 1)), list(reversed([1, 2])), next(iter([]), "none"),
        [x for x, _ in zip(itertools.cycle("ab"), range(3))],
    ]  # fmt: skip


@dataclass
class Line:
    sku: str
    count: int = 1
    tags: list[str] = field(default_factory=list)
    total: float = field(init=False, default=0.0, repr=False)

    def __post_init__(self):
        self.total = self.count * 1.5


@dataclass(frozen=True, order=True, kw_only=True)
class Version:
    major: int
    minor: int = 0

    def __str__(self):
        return f"{self.major}.{self.minor}"

    @classmethod
    def parse(cls, text):
        major, _, minor = text.partition(".")
        return cls(major=int(major), minor=int(minor or 0))


@dataclass(slots=True)
class Special(Line):
    note: str = "-"


def dataclasses_():
    line = Line("pen", 2)
    line.tags.append("new")
    other = replace(line, sku="ink")
    versions = sorted(map(Version.parse, ["2.1", "1.9", "2"]))
    try:
        versions[0].major = 5
        frozen = False
    except AttributeError:
        frozen = True
    return (
        asdict(line),
        astuple(other),
        repr(line),
        line == Line("pen", 2),
        [str(v) for v in versions],
        frozen,
        [f.name for f in fields(Line)],
        len({versions[0], Version(major=1, minor=9)}),
        asdict(Special("x")),
    )


class Color(Enum):
    RED = "r"
    BLUE = "b"
    CRIMSON = "r"

    @property
    def nice(self):
        return self is Color.BLUE

    def __str__(self):
        return self.name.lower()

    @classmethod
    def default(cls):
        return cls.RED


class Size(IntEnum):
    S = auto()
    L = auto()


class Mode(Flag):
    R = auto()
    W = auto()


class Word(StrEnum):
    YES = auto()
    NO = "no!"


def enums():
    out = []
    try:
        Color("x")
    except ValueError as error:
        out.append(str(error))
    return (
        out,
        Color("r").name,
        Color["BLUE"].value,
        [c.name for c in Color],
        Color.CRIMSON is Color.RED,
        Color.BLUE.nice,
        str(Color.default()),
        Size.L > Size.S,
        Size(1).name,
        sum(Size),
        (Mode.R | Mode.W).value,
        Mode.R in Mode.R | Mode.W,
        Word.YES + "!",
        f"{Word.NO}",
        {Color.RED: 1}[Color("r")],
        len(Color),
        Color.RED in Color,
        isinstance(Size.S, int),
    )


class Pair(NamedTuple):
    left: int
    right: int = 0

    @property
    def both(self):
        return self.left + self.right


class Row(TypedDict):
    id: str


def tuples():
    pair = Pair(1)
    left, right = pair
    return (
        pair,
        left,
        right,
        pair.both,
        Pair(*pair[:1], right=5),
        Row(id="x"),
        (1,) + (2,),
        (1, 2) < (1, 3),
        (1, 2).count(1),
        sorted([(2, "a"), (1, "b")]),
    )


@cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@lru_cache(maxsize=2)
def square(n):
    return n * n


def functional():
    add = partial(lambda a, b, c=0: a + b + c, 1, c=10)
    return (
        fib(60),
        square(4) + square(4),
        add(5),
        reduce(lambda a, b: a * b, range(1, 6)),
        reduce(lambda acc, row: {**acc, row[0]: row[1]}, [("a", 1)], {}),
        list(map(partial(pow, 2), [1, 2])),
    )


def nested():
    data = {"users": [{"name": "A", "roles": ["x", "y"]}, {"name": "B", "roles": []}]}
    by_role = {role: user["name"] for user in data["users"] for role in user["roles"]}
    flat = [(user["name"], role) for user in data["users"] for role in user["roles"] or ["none"]]
    deep = {k: {n: n**2 for n in range(k)} for k in range(3)}
    data["users"][0]["roles"][-1] += "!"
    data["users"][1]["extra"] = data.get("z", {}).get("q")
    return by_role, flat, {str(k): len(v) for k, v in deep.items()}, data
