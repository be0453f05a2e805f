"""What the library does late or seldom: warns, imports, asks the locale, follows a rarely used path."""

import calendar
import dataclasses
import enum
import hashlib
import json
import math
import random
import re
import statistics
import uuid
from collections import Counter, namedtuple
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple, NewType, Optional, Union, cast
from urllib.parse import quote, urljoin, urlsplit
from zoneinfo import ZoneInfo


def warned_patterns():
    return [
        re.findall("[[a]", "a[b"),
        re.findall("\d+", "a1b22"),
        re.sub("(?P<a>x)|y", lambda m: m.lastgroup or "-", "xyz"),
        re.split("(-)", "a-b"),
        re.findall(r"(?<=\$)\d+(?!\d)", "$15"),
        re.search(r"(?s:.)\Z", "a\n").span(),
        re.match(r"(?i:ß)", "SS") is None,
        re.findall(r"\bé\w*", "été à école", re.UNICODE),
        re.fullmatch(r"(a)(b)?", "a").groups("none"),
    ]


def wrong_patterns():
    out = []
    for pattern in ("(", "[", "*a", r"\1", "(?P<1>a)"):
        try:
            re.compile(pattern)
        except re.error as error:
            out.append([error.msg, error.pos, str(error)])
    return out


def hosts():
    parts = urlsplit("http://[2001:db8::1]:8080/x?y#z")
    try:
        urlsplit("http://[nonsense/")
        wrong = None
    except ValueError as error:
        wrong = str(error)
    return (
        parts.hostname,
        parts.port,
        wrong,
        urlsplit("HTTP://ÉXAMPLE.org").hostname,
        quote("ß", encoding="latin-1"),
        urljoin("http://a/b/c/d", "../../e?f"),
    )


def local_formats():
    return [
        f"{1234567:n}",
        f"{1234.5:n}",
        "{:n}".format(10),
        f"{Decimal('1234.5'):n}",
        f"{True:>6}",
        f"{3 + 4j:.1f}",
        f"{None!s:^8}",
        f"{'x':0>4}",
        f"{-0.0:z.1f}",
        f"{12:c}",
        f"{0.000012:.3g}",
    ]


def long_numbers():
    out = [
        len(str(2**200)),
        10**30 // 7,
        int("9" * 40) % 97,
        math.factorial(25),
        float("1e400") == math.inf,
        round(-2.5),
        round(1e300),
        1e16 + 1,
    ]
    try:
        int("9" * 5000)
    except ValueError as error:
        out.append(str(error)[:40])
    return out


def old_clock():
    moment = datetime(2027, 1, 1, 12, 0)
    return [
        moment.replace(tzinfo=UTC).timestamp(),
        str(datetime.fromtimestamp(86400, tz=UTC)),
        str(timezone(timedelta(hours=-3, minutes=-30))),
        repr(UTC),
        repr(timedelta(days=-1, microseconds=5)),
        repr(date(2027, 1, 1)),
        repr(ZoneInfo("Europe/Paris")),
        len({UTC, timezone.utc}),
        str(datetime.max),
        datetime.min.isoformat(),
    ]


def all_distributions():
    own = random.Random(b"seed")
    made = [
        own.betavariate(1, 2),
        own.triangular(0, 1),
        own.lognormvariate(0, 1),
        own.normalvariate(),
        own.expovariate(2),
        own.gauss(1, 2),
        own.randbytes(3).hex(),
        own.sample(["a", "b"], counts=[2, 1], k=2),
        own.choices("ab", cum_weights=[1, 3], k=2),
        own.randrange(100),
    ]
    own.seed(5)
    return (
        made,
        own.random(),
        random.Random(1.5).random(),
        random.Random("x").random(),
        random.Random(-1).getrandbits(40),
    )


def all_statistics():
    values = [Fraction(1, 2), Fraction(3, 4)]
    return [
        str(statistics.mean(values)),
        str(statistics.mean([Decimal("1.1"), Decimal("2.2")])),
        statistics.median_grouped([1, 2, 2, 3]),
        statistics.median_high([1, 2, 3, 4]),
        statistics.variance([1, 2, 4]),
        statistics.covariance([1, 2, 3], [1, 2, 4]),
        statistics.quantiles(range(10), n=4, method="inclusive"),
        statistics.mode("aab"),
    ]


def all_digests():
    return {
        name.name: name.hexdigest()[:8]
        for name in (
            hashlib.md5(b"a"),
            hashlib.sha1(b"a"),
            hashlib.sha224(b"a"),
            hashlib.sha256(b"a"),
            hashlib.sha384(b"a"),
            hashlib.sha512(b"a"),
            hashlib.sha3_256(b"a"),
            hashlib.sha3_512(b"a"),
            hashlib.blake2b(b"a", key=b"k"),
            hashlib.blake2s(b"a", person=b"p"),
        )
    }


def identifiers():
    made = uuid.UUID(bytes=bytes(range(16)))
    out = [
        made.urn,
        made.fields[0],
        made.variant,
        repr(made),
        uuid.UUID(int=5).hex,
        str(uuid.UUID("{12345678-1234-5678-1234-567812345678}")),
        made < uuid.UUID(int=2**127),
    ]
    try:
        uuid.UUID("nope")
    except ValueError as error:
        out.append(str(error))
    return out


def calendars():
    return [
        calendar.monthrange(2027, 2)[1],
        calendar.leapdays(2000, 2030),
        calendar.month_name[2],
        calendar.day_abbr[0],
        list(calendar.month_abbr)[1:3],
        calendar.SUNDAY == 6,
        calendar.timegm(datetime(2027, 1, 1, tzinfo=UTC).timetuple()),
    ]


@dataclasses.dataclass(kw_only=True, unsafe_hash=True)
class Setting:
    name: str
    value: Optional[int] = None
    kind: Literal["a", "b"] = dataclasses.field(default="a", compare=False, metadata={"unit": "s"})

    def __post_init__(self):
        if self.value is not None and self.value < 0:
            raise ValueError(f"{self.name} is negative")


@dataclasses.dataclass(frozen=True)
class Deep:
    inner: "Inner"
    rows: tuple = ()


@dataclasses.dataclass
class Inner:
    n: int = 0


def data_classes():
    setting = Setting(name="x", value=3)
    out = [
        repr(setting),
        setting == Setting(name="x", value=3, kind="b"),
        len({setting, Setting(name="x", value=3)}),
        dataclasses.asdict(Deep(Inner(2), (Inner(3),))),
        dataclasses.is_dataclass(setting),
        dataclasses.replace(setting, value=1).value,
    ]
    for wrong in ({"name": "y", "value": -1}, {"nome": "y"}, {}):
        try:
            Setting(**wrong)
        except (ValueError, TypeError) as error:
            out.append(str(error))
    return out


class Weekday(enum.IntFlag):
    MON = 1
    TUE = 2
    WORK = MON | TUE


class Planet(enum.Enum):
    EARTH = (5.97e24, 6.37e6)
    MARS = (6.42e23, 3.39e6)

    def __init__(self, mass, radius):
        self.mass = mass
        self.radius = radius

    @property
    def gravity(self):
        return round(6.67e-11 * self.mass / self.radius**2, 2)


def enumerations():
    return [
        Weekday.WORK == 3,
        repr(Planet.EARTH.value),
        Planet.MARS.gravity,
        [p.name for p in Planet if p.gravity > 5],
        str(Weekday.MON | Weekday.TUE),
        Weekday(2).name,
        ~Weekday.MON & Weekday.WORK == Weekday.TUE,
        str(Planet.EARTH),
        repr(Weekday.TUE),
        Planet["MARS"] is Planet.MARS,
        len(Planet),
    ]


Cents = NewType("Cents", int)
Money = Union[Cents, Decimal]


class Edge(NamedTuple):
    """A way from one place to another."""

    start: str
    end: str
    cost: int = 1

    def reversed(self):
        return Edge(self.end, self.start, self.cost)


def types():
    edge = Edge("a", "b")
    rows = namedtuple("Rows", ["a", "class_", "c"], rename=True)(1, 2, 3)
    return [
        Cents(5) + 1,
        edge.reversed(),
        edge == ("a", "b", 1),
        repr(edge),
        rows.a,
        cast(int, "x"),
        isinstance(edge, tuple),
        max([edge, Edge("z", "y")]).start,
    ]


@lru_cache
def slow(n):
    return n * 2


def caches():
    return [
        slow(2),
        slow(2),
        Counter(slow(n % 3) for n in range(9)).most_common(1),
        Counter("mississippi").most_common(2),
    ]


def dumped():
    class Odd:
        def __str__(self):
            return "odd"

    out = [
        json.dumps({"at": datetime(2027, 1, 1), "odd": Odd()}, default=str),
        json.dumps("\u2028é\x00"),
        json.dumps({"b": 1, "a": [{}]}, indent="--", sort_keys=True),
        json.loads(b'{"a": "\\ud83d\\ude00"}'),
        json.loads("[1e3, -0.0, 12345678901234567890]"),
        json.dumps(float(10**20)),
    ]
    try:
        json.dumps({"x": {1: Odd()}})
    except TypeError as error:
        out.append(str(error))
    try:
        rows = []
        rows.append(rows)
        json.dumps(rows)
    except ValueError as error:
        out.append(str(error))
    return out


def messages():
    out = []
    for work in (
        lambda: [1][5],
        lambda: {}["x"],
        lambda: int("a"),
        lambda: "a" + 1,
        lambda: None.x,
        lambda: 1 / 0,
        lambda: [].remove(1),
        lambda: (1).y,
        lambda: max([]),
        lambda: "abc".index("z"),
        lambda: float("x"),
        lambda: [1, 2].sort(key=5),
        lambda: dict([1]),
        lambda: next(iter([])),
        lambda: "%d" % "x",
        lambda: len(5),
        lambda: sorted([1, "a"]),
        lambda: date(2027, 13, 1),
        lambda: chr(-1),
        lambda: b"\xff".decode(),
        lambda: [*5],
        lambda: (lambda a: a)(),
    ):
        try:
            out.append(work())
        except Exception as error:
            out.append(repr(error).replace("<lambda>", "lambda"))
    return out
