"""The standard library as a plan sees it: named things only, with the run's clock and randomness."""

from __future__ import annotations

import importlib
import random
import time
import types
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agentflow.guest import verbs
from agentflow.guest.allowed import ALLOWED, BUILTIN_INSTEAD, INSTEAD, instead
from agentflow.guest.facades import Facade, facades, importer
from agentflow.guest.values import decode, encode

from .language import NOON, Workflow, as_plan, gather, modules

USES = {
    "json": """
import json
result = json.dumps({'b': [1, None]}, indent=1, sort_keys=True)
""",
    "re": r"""
import re
result = [re.sub(r'(\d+)', r'<\1>', 'a1b22'), re.compile('(?P<x>a)').match('a')['x'], re.split(',', 'a,b')]
""",
    "math": """
import math
result = [math.ceil(1.2), math.isclose(1, 1), math.pi]
""",
    "zoneinfo": """
from datetime import datetime
from zoneinfo import ZoneInfo
z = ZoneInfo('Europe/Berlin')
result = str(datetime(2026, 7, 1, tzinfo=z))
""",
    "typing": """
from typing import Any, Optional
Row = dict[str, Optional[Any]]
result = str(Row)
""",
    "collections": """
from collections import Counter, defaultdict, OrderedDict
result = Counter('abca').most_common(2), OrderedDict(a=1)
""",
    "itertools": """
import itertools
result = [list(g) for k, g in itertools.groupby('aab')], list(itertools.chain.from_iterable(['a', 'b']))
""",
    "functools": """
import functools
from functools import cache
@cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
@functools.lru_cache(maxsize=3)
def twice(n): return 2 * n
result = [fib(30), twice(4), functools.reduce(lambda a, b: a * b, [1, 2, 3]), functools.partial(pow, 2)(5),
    sorted([1, 3, 2], key=functools.cmp_to_key(lambda a, b: b - a))]
""",
    "statistics": """
import statistics
result = [statistics.mean([1, 2, 4]), statistics.median([3, 1]), statistics.stdev([1, 2])]
""",
    "decimal": """
from decimal import Decimal, ROUND_HALF_UP
result = str(Decimal('2.345').quantize(Decimal('0.01'), ROUND_HALF_UP))
""",
    "fractions": """
from fractions import Fraction
result = str(Fraction(1, 3) + 1)
""",
    "string": """
import string
result = [string.ascii_lowercase, string.Template('$a ${b}').substitute(a=1, b=2)]
""",
    "textwrap": """
import textwrap
result = [textwrap.dedent('  a'), textwrap.wrap('a b c', 3), textwrap.shorten('a b c', 3, placeholder='')]
""",
    "csv": """
import csv, io
from io import StringIO
out = io.StringIO()
writer = csv.DictWriter(out, ["a", "b"]); writer.writeheader(); writer.writerow({"a": 1, "b": "x,y"})
result = out.getvalue(), list(csv.reader(StringIO("1,2")))
""",
    "calendar": """
import calendar
result = [calendar.monthrange(2026, 2), calendar.isleap(2024), calendar.month_name[3], calendar.day_abbr[0]]
""",
    "hashlib": """
import hashlib
result = hashlib.sha256(b'a').hexdigest(), hashlib.md5(b'a').hexdigest()
""",
    "base64": """
import base64
result = base64.b64decode(base64.b64encode(b'a')), base64.urlsafe_b64encode(b'??')
""",
    "urllib.parse": """
from urllib.parse import urlencode, parse_qs, urljoin, urlparse
import urllib.parse
result = [urlencode({"a": "b c"}), parse_qs("a=1&a=2"), urljoin("http://x/y", "z"), urlparse("http://h:1/p").port,
    urllib.parse.unquote("%20")]
""",
    "uuid": """
import uuid
result = str(uuid.uuid5(uuid.NAMESPACE_URL, 'x')), uuid.UUID(int=5).hex
""",
    "datetime": """
import datetime as dt
from datetime import datetime, date, timedelta, timezone
a = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
b = datetime.fromisoformat("2026-03-02T00:00:00+00:00")
result = [b - a, a + timedelta(days=1) > b, f"{a:%Y-%m}", a.strftime("%d.%m.%Y"),
    datetime.strptime("01.02.2026", "%d.%m.%Y"), a.date() == date(2026, 3, 1),
    isinstance(a, datetime), isinstance(a, date), isinstance(date(2026, 1, 1), datetime), issubclass(datetime,
    date), datetime.fromtimestamp(0, dt.UTC),
    datetime.combine(date(2026, 1, 1), dt.time(3)), date.fromisoformat("2026-01-01"), datetime.max, sorted([b,
    a], key=datetime.timestamp)]
""",
}


@pytest.mark.parametrize("source", USES.values(), ids=USES)
def test_the_library_works_as_ever(source: str) -> None:
    plain: dict[str, Any] = {"__name__": "plain"}
    exec(source, plain)  # noqa: S102 - the table above
    assert as_plan(source) == plain["result"]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("datetime.now(UTC)", NOON),
        ("datetime.now(ZoneInfo('Europe/Berlin'))", NOON),
        ("datetime.now(tz=UTC).tzinfo is UTC", True),
        ("datetime.now()", NOON.replace(tzinfo=None)),
        ("datetime.today()", NOON.replace(tzinfo=None)),
        ("datetime.utcnow()", NOON.replace(tzinfo=None)),
        ("date.today()", date(2026, 3, 1)),
        ("dt.datetime.now(dt.timezone.utc) + timedelta(days=1)", NOON + timedelta(days=1)),
        ("time.time()", NOON.timestamp()),
        ("f'{datetime.now(UTC):%Y-%m-%d %H:%M}'", "2026-03-01 12:30"),
        ("isinstance(datetime.now(), datetime)", True),
        ("issubclass(datetime, dt.date)", True),
    ],
)
def test_the_clock_is_the_runs(expression: str, value: Any) -> None:
    head = "import datetime as dt, time\nfrom datetime import UTC, date, datetime, timedelta\n"
    assert as_plan(f"{head}from zoneinfo import ZoneInfo\nresult = {expression}") == value


def test_times_that_a_plan_makes_are_ordinary_and_can_be_stored() -> None:
    made = as_plan("from datetime import UTC, datetime\nresult = datetime.now(UTC), datetime(2026, 1, 1)")
    assert [type(one) for one in made] == [datetime, datetime]
    assert decode(encode(made)) == list(made)


def test_a_time_from_outside_is_a_datetime_of_the_plan() -> None:
    source = """
from datetime import datetime, date
match given:
    case datetime(): kind = "moment"
result = isinstance(given, datetime), isinstance(given, date), kind
"""
    assert as_plan(source, given=NOON) == (True, True, "moment")


DRAW = """
import random, uuid
from random import choice
rows = [1, 2, 3, 4, 5]
random.shuffle(rows)
drawn = [random.random(), random.randint(1, 100), choice("abc"), rows, str(uuid.uuid4()), random.gauss(0, 1)]
random.seed(3)
result = drawn, random.random(), random.Random("x").random()
"""


def test_randomness_belongs_to_the_run() -> None:
    assert as_plan(DRAW) == as_plan(DRAW)
    drawn, seeded, own = as_plan(DRAW)
    assert seeded == random.Random(3).random()
    assert own == random.Random("x").random()
    assert uuid.UUID(drawn[4]).version == 4


def test_the_random_numbers_are_those_of_the_given_generator() -> None:
    load = importer(facades(lambda: NOON, random.Random(5), {"gather": gather}))
    module: Any = load("random")
    assert module.random() == random.Random(5).random()


def test_gather_of_asyncio_is_the_plan_apis() -> None:
    module: Any = modules()["asyncio"]
    assert module.gather is gather
    assert vars(module).keys() - {"_name"} == {"gather"}


def test_the_plan_api_is_what_the_policy_lets_in() -> None:
    assert ALLOWED["agentflow"] == verbs.API.keys()
    assert as_plan("import agentflow\nresult = agentflow.Workflow") is Workflow


def test_there_is_a_facade_for_every_module_that_may_be_imported() -> None:
    assert modules().keys() == ALLOWED.keys()
    for name, names in ALLOWED.items():
        if name != "agentflow":
            assert vars(modules()[name]).keys() - {"_name"} == names


def test_no_facade_holds_a_module() -> None:
    """A real module leads to all others."""
    for facade in modules().values():
        assert isinstance(facade, Facade)
        assert not [name for name, value in vars(facade).items() if isinstance(value, types.ModuleType)]
        assert not hasattr(facade, "__name__")


def test_a_facade_is_frozen() -> None:
    module: Any = modules()["json"]
    with pytest.raises(AttributeError, match="modules are read-only"):
        module.dumps = 1
    with pytest.raises(AttributeError, match="modules are read-only"):
        del module.dumps
    assert repr(module) == "<module 'json'>"


def test_a_facade_can_be_copied_with_what_holds_it() -> None:
    source = """
import json
from dataclasses import asdict, dataclass
@dataclass
class Holder:
    module: object
result = asdict(Holder(json))["module"].dumps([1])
"""
    assert as_plan(source) == "[1]"


def test_a_missing_name_says_what_to_use_instead() -> None:
    with pytest.raises(AttributeError, match=r"asyncio.sleep is not available in a plan: use `await step.sleep"):
        as_plan("import asyncio as a\nfor a in [a]:\n    a.sleep(1)")


def test_c_code_may_import_in_the_plans_name_what_is_loaded() -> None:
    """`strftime` imports `time`, `re.sub` in some versions `re`: they pass a list, and look into `sys.modules`."""
    load = importer(modules())
    assert load("_strptime", {}, {}, ["__doc__"], 0) is None
    with pytest.raises(ImportError, match="'no_such_module' is not allowed"):
        load("no_such_module", {}, {}, ["__doc__"], 0)


def test_a_submodule_is_reached_through_its_package() -> None:
    load = importer(modules())
    assert load("urllib.parse", None, None, None, 0) is modules()["urllib"]
    assert load("urllib.parse", None, None, ("quote",), 0) is modules()["urllib.parse"]


@pytest.mark.parametrize("name", sorted(INSTEAD))
def test_what_has_a_substitute_is_not_allowed_itself(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    assert name not in ALLOWED
    assert attribute not in ALLOWED.get(module, frozenset())


def test_advice_is_found_through_the_package() -> None:
    assert instead("os.path") == "use a tool for input and output"
    assert instead("tkinter") == "use the pure parts of the standard library, or a tool"
    assert BUILTIN_INSTEAD["print"] == "return it, or make it a step's result"


def test_the_names_exist_in_the_library() -> None:
    for module in ALLOWED.keys() - {"agentflow"}:
        real = importlib.import_module(module)
        assert not [name for name in ALLOWED[module] if not hasattr(real, name)]


def test_dataclass_fields_keep_the_text_of_their_type() -> None:
    source = """
from dataclasses import dataclass, fields
@dataclass
class A:
    x: list[int]
@dataclass
class B(A):
    y: undefined = 3
result = [f.type for f in fields(B)]
"""
    assert as_plan(source) == ["list[int]", "undefined"]


def test_a_world_is_made_in_well_under_ten_milliseconds() -> None:
    took = []
    for _ in range(5):
        start = time.thread_time()
        modules()
        took.append(time.thread_time() - start)
    assert min(took) < 0.01


def test_zones_are_those_of_the_library() -> None:
    berlin = as_plan("from zoneinfo import ZoneInfo\nresult = ZoneInfo('Europe/Berlin')")
    assert datetime(2026, 1, 1, tzinfo=berlin) == datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    assert NOON.tzinfo is UTC
