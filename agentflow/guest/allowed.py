"""What a plan may import, name by name, and what to use instead of the rest. Plain data: nothing is imported here."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "agentflow": """Approval ApprovalExpired ApprovalRejected Event NonRetryableError PlanFailed Step StepFailed
        StepTimeout ToolCall UsageError WaitTimeout Workflow WorkflowError gather tools""",
    "asyncio": "gather",
    "base64": """b16decode b16encode b32decode b32encode b64decode b64encode b85decode b85encode standard_b64decode
        standard_b64encode urlsafe_b64decode urlsafe_b64encode""",
    "calendar": """FRIDAY MONDAY SATURDAY SUNDAY THURSDAY TUESDAY WEDNESDAY day_abbr day_name isleap leapdays month_abbr
        month_name monthcalendar monthrange timegm weekday""",
    "collections": "ChainMap Counter OrderedDict abc defaultdict deque namedtuple",
    "collections.abc": """Awaitable Callable Collection Container Coroutine Generator Hashable Iterable Iterator Mapping
        MutableMapping MutableSequence MutableSet Reversible Sequence Set Sized""",
    "csv": """DictReader DictWriter QUOTE_ALL QUOTE_MINIMAL QUOTE_NONE QUOTE_NONNUMERIC reader writer""",
    "dataclasses": "FrozenInstanceError InitVar KW_ONLY asdict astuple dataclass field fields is_dataclass replace",
    "datetime": "MAXYEAR MINYEAR UTC date datetime time timedelta timezone tzinfo",
    "decimal": """Context Decimal DecimalException DivisionByZero InvalidOperation Overflow ROUND_05UP ROUND_CEILING
        ROUND_DOWN ROUND_FLOOR ROUND_HALF_DOWN ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP Underflow getcontext""",
    "enum": "Enum Flag IntEnum IntFlag StrEnum auto unique",
    "fractions": "Fraction",
    "functools": "cache cmp_to_key lru_cache partial reduce",
    "hashlib": "blake2b blake2s md5 sha1 sha224 sha256 sha384 sha3_256 sha3_512 sha512",
    "io": "StringIO",
    "itertools": """accumulate chain combinations combinations_with_replacement compress count cycle dropwhile
        filterfalse groupby islice pairwise permutations product repeat starmap takewhile tee zip_longest""",
    "json": "JSONDecodeError dumps loads",
    "math": """acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf erfc exp exp2
        expm1 fabs factorial floor fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf isnan isqrt lcm ldexp
        lgamma log log10 log1p log2 modf nan nextafter perm pi pow prod radians remainder sin sinh sqrt tan tanh tau
        trunc ulp""",
    "random": """Random betavariate choice choices expovariate gauss getrandbits lognormvariate normalvariate randbytes
        randint random randrange sample seed shuffle triangular uniform""",
    "re": """A ASCII DOTALL I IGNORECASE M MULTILINE Match NOFLAG Pattern S U UNICODE VERBOSE X compile error
        escape findall finditer fullmatch match search split sub subn""",
    "statistics": """StatisticsError correlation covariance fmean geometric_mean harmonic_mean linear_regression mean
        median median_grouped median_high median_low mode multimode pstdev pvariance quantiles stdev variance""",
    "string": """Template ascii_letters ascii_lowercase ascii_uppercase capwords digits hexdigits octdigits printable
        punctuation whitespace""",
    "textwrap": "dedent fill indent shorten wrap",
    "time": "time",
    "typing": """Annotated Any Awaitable Callable ClassVar Collection Coroutine DefaultDict Deque Dict Final FrozenSet
        Generator Generic Hashable Iterable Iterator List Literal Mapping MutableMapping MutableSequence NamedTuple
        Never NewType NoReturn NotRequired Optional Protocol Required Self Sequence Set Sized TYPE_CHECKING Tuple Type
        TypeAlias TypedDict TypeVar Union cast""",
    "urllib": "parse",
    "urllib.parse": """parse_qs parse_qsl quote quote_plus unquote unquote_plus urlencode urljoin urlparse urlsplit
        urlunparse urlunsplit""",
    "uuid": "NAMESPACE_DNS NAMESPACE_OID NAMESPACE_URL NAMESPACE_X500 UUID uuid3 uuid4 uuid5",
    "zoneinfo": "ZoneInfo ZoneInfoNotFoundError",
}

ALLOWED: Mapping[str, frozenset[str]] = {module: frozenset(names.split()) for module, names in _NAMES.items()}
"""Module to the public names that a plan may use of it."""

_TOOL = "use a tool for input and output"
_SLEEP = 'use `await step.sleep("a name", "10 seconds")`'
_GATHER = "use `await step.gather(...)` for steps that run side by side"
_RACE = "use `name, value = await step.race(name=step, other_name=step)` for the first that ends"
_MAP = "use `await step.map(function, items, concurrency=10)`"
_TIMEOUT = 'use `async with step.timeout("1 hour"):` around the steps, or give a step its own `timeout="2 minutes"`'
_CLOCK = "use `step.now()`, `datetime.now(tz)` or `time.time()`: the run's clock"
_DEFINED = "write the function, or use functools.reduce, partial, cmp_to_key, cache"

_OUTSIDE = """aiofiles aiohttp boto3 email fileinput ftplib glob httpx imaplib os pathlib poplib psycopg requests shutil
    smtplib socket sqlite3 ssl subprocess sys tempfile urllib.request urllib3 webbrowser"""
_PARALLEL = "concurrent concurrent.futures multiprocessing queue sched threading"

INSTEAD: Mapping[str, str] = {
    **dict.fromkeys(_OUTSIDE.split(), _TOOL),
    **dict.fromkeys(_PARALLEL.split(), _GATHER),
    **dict.fromkeys(("logging", "warnings"), "return what matters, or make it a step's result: those are kept"),
    **dict.fromkeys(("pickle", "marshal", "shelve", "yaml", "orjson"), "use json"),
    **dict.fromkeys(("numpy", "pandas"), "use lists, dicts and the statistics module"),
    **dict.fromkeys(("asyncio.create_task", "asyncio.TaskGroup", "asyncio.ensure_future"), _GATHER),
    **dict.fromkeys(("asyncio.wait", "asyncio.FIRST_COMPLETED"), _RACE),
    **dict.fromkeys(("asyncio.sleep", "time.sleep"), _SLEEP),
    **dict.fromkeys(("asyncio.wait_for", "asyncio.timeout", "asyncio.timeout_at"), _TIMEOUT),
    **dict.fromkeys(("asyncio.Semaphore", "asyncio.BoundedSemaphore", "asyncio.Queue", "asyncio.as_completed"), _MAP),
    **dict.fromkeys(("time.monotonic", "time.perf_counter", "time.time_ns", "time.localtime", "time.gmtime"), _CLOCK),
    **dict.fromkeys(("functools.wraps", "functools.singledispatch", "functools.total_ordering"), _DEFINED),
    "abc": "use a plain base class whose methods raise NotImplementedError",
    "bisect": "use sorted()",
    "contextlib": "use try/finally",
    "copy": "build a new one: `dict(x)`, `list(x)`, or `json.loads(json.dumps(x))`",
    "heapq": "use sorted()",
    "inspect": "use isinstance()",
    "operator": 'write a lambda: `lambda row: row["key"]`',
    "pprint": "use json.dumps(x, indent=2)",
    "pydantic": "use dataclasses",
    "secrets": "use uuid.uuid4() or the random module: they belong to the run",
    "string.Formatter": "use an f-string or str.format",
    "tenacity": 'give the step retries: `retries={"limit": 3}`',
    "types": "use isinstance(), or a dataclass",
    "typing.get_type_hints": "annotations are not evaluated; name the fields yourself",
    "uuid.uuid1": "use uuid.uuid4(): it belongs to the run",
    "datetime.timezone.utc": "use datetime.UTC",
}
"""Module, or `module.name`, that is not allowed, to what a plan uses instead."""

BUILTIN_INSTEAD: Mapping[str, str] = {
    **dict.fromkeys(
        ("getattr", "hasattr", "setattr", "delattr"), "write the attribute's name after a dot, or use a dict"
    ),
    **dict.fromkeys(("globals", "locals", "vars", "dir"), "keep the values in a dict of your own"),
    **dict.fromkeys(("eval", "exec", "compile", "__import__"), "write the code itself"),
    **dict.fromkeys(("exit", "quit"), 'use `return`, or `raise PlanFailed("why")`'),
    **dict.fromkeys(("SystemExit", "KeyboardInterrupt"), 'use `raise PlanFailed("why")`'),
    **dict.fromkeys(
        ("BaseException", "BaseExceptionGroup", "GeneratorExit", "ExceptionGroup"),
        "use Exception: suspension and cancellation cannot be caught",
    ),
    **dict.fromkeys(
        ("MemoryError", "RecursionError"), "look at the size before: that memory or stack ran out cannot be caught"
    ),
    **dict.fromkeys(("bytearray", "memoryview"), "use bytes"),
    **dict.fromkeys(("aiter", "anext"), "use iter() and next()"),
    "breakpoint": "remove it",
    "hash": "use hashlib.sha256(text.encode()).hexdigest()",
    "help": "remove it",
    "id": "compare with `is`, or give the thing a name of its own",
    "input": 'use `await step.ask("a name", "the question")`',
    "open": _TOOL,
    "print": "return it, or make it a step's result",
    "type": "use isinstance(x, C); of an error that a step raised, `error.type`",
}
"""Built-in function that a plan does not have, to what it uses instead."""


def instead(module: str) -> str:
    """What to use instead of a module (or `module.name`) that is not allowed."""
    while module:
        if module in INSTEAD:
            return INSTEAD[module]
        module = module.rpartition(".")[0]
    return "use the pure parts of the standard library, or a tool"
