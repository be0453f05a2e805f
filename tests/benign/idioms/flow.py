"""How plans decide, repeat, define and fail."""

import re
from collections.abc import Callable, Iterator


def matching():
    def told(thing):
        match thing:
            case 0 | 0.0:
                return "zero"
            case bool():
                return f"bool {thing}"
            case int(n) if n > 100:
                return f"big {n}"
            case int():
                return "int"
            case "" | None:
                return "nothing"
            case str(text) if text.startswith("#"):
                return text[1:]
            case str():
                return "text"
            case []:
                return "empty"
            case [one]:
                return f"just {one}"
            case ["go", ("north" | "south") as way, *rest]:
                return f"{way} and {len(rest)} more"
            case [first, *_, last]:
                return f"{first}..{last}"
            case {"type": "order", "lines": [{"sku": sku}, *_]}:
                return f"order of {sku}"
            case {"type": str(kind), **rest}:
                return f"{kind} {sorted(rest)}"
            case {}:
                return "dict"
            case _:
                return "else"

    return [
        told(x)
        for x in (
            0,
            True,
            500,
            5,
            "",
            None,
            "#a",
            "b",
            [],
            [1],
            ["go", "north", 1, 2],
            [1, 2, 3],
            {"type": "order", "lines": [{"sku": "p"}]},
            {"type": "x", "a": 1},
            {"q": 1},
            2.5,
        )
    ]


def loops():
    out = []
    for i in range(10):
        if i % 2:
            continue
        if i > 6:
            break
        out.append(i)
    else:
        out.append("never")
    n = 0
    while n < 3:
        n += 1
    else:
        out.append("end")
    while True:
        if (n := n + 1) > 5:
            break
    for a, (b, c) in [(1, (2, 3))]:
        out.append(a + b + c)
    for key, value in sorted({"b": 1, "a": 2}.items()):
        out.append(f"{key}{value}")
    return out, n


def comprehensions():
    return (
        [n for n in range(5) if n % 2 if n > 1],
        {k: v for k, v in [("a", 1)]},
        sum(n * n for n in range(4)),
        [[c for c in row] for row in ("ab", "c")],
        [y for x in range(4) if (y := x * 2) > 2],
        sorted({w[0] for w in ("ab", "ac", "b")}),
        [a if a else "-" for a in ("", "x")],
        list(n for n in (1, 2)),
        [f(2) for f in (lambda n: n, lambda n: n * n)],
    )


def generators():
    def countdown(n):
        while n:
            got = n
            yield got
            n -= 1

    def flat(tree):
        for node in tree:
            if isinstance(node, list):
                yield from flat(node)
            else:
                yield node

    def pairs(items: list) -> Iterator[tuple]:
        it = iter(items)
        yield from zip(it, it)

    gen = countdown(3)
    return (
        next(gen),
        list(gen),
        list(flat([1, [2, [3]], 4])),
        list(pairs([1, 2, 3, 4])),
        next(gen, "done"),
        sum(1 for _ in countdown(5)),
        max(countdown(2)),
    )


def closures():
    def account(balance=0):
        history = []

        def pay(amount, *, note=""):
            nonlocal balance
            balance += amount
            history.append(note or str(amount))
            return balance

        def undo():
            nonlocal balance, history
            history = history[:-1]
            balance = 0

        return pay, undo, lambda: (balance, history)

    pay, undo, state = account(10)
    pay(5)
    pay(-3, note="fee")
    before = state()
    undo()
    adders = [lambda n, k=k: n + k for k in range(3)]
    return before, state(), [add(10) for add in adders]


def arguments():
    def show(a, /, b, *args, c=3, **rest):
        return [a, b, args, c, rest]

    def typed(x: int, y: "str | None" = None, *, f: Callable[[int], int] = lambda n: n) -> dict[str, int]:
        z: list[int] = [x]
        return {"x": f(x), "n": len(z)}

    options = {"c": 4, "z": 5}
    return (
        show(1, 2),
        show(1, 2, 3, 4, **options),
        show(*[1, 2], *(3,), c=0),
        typed(3, f=lambda n: n + 1),
        (lambda *a, **k: (a, k))(1, b=2),
    )


class Failure(Exception):
    code = 500

    def __init__(self, message, *, code=None, **details):
        super().__init__(message)
        self.details = details
        if code is not None:
            self.code = code

    def __str__(self):
        return f"[{self.code}] {super().__str__()}"


class Missing(Failure, LookupError):
    code = 404


def errors():
    log = []

    def attempt(kind):
        try:
            match kind:
                case "missing":
                    raise Missing("gone", where="here")
                case "value":
                    int("x")
                case "key":
                    {}["k"]
                case "index":
                    [][1]
                case "type":
                    "a" + 1
                case "attribute":
                    kind.nothing
                case "zero":
                    1 / 0
                case "assert":
                    assert kind == "x", f"it is {kind}"
                case "chain":
                    try:
                        raise KeyError("inner")
                    except KeyError as inner:
                        raise Failure("outer", code=1) from inner
                case "stop":
                    next(iter([]))
                case "unicode":
                    b"\xff".decode()
            return "fine"
        except Missing as error:
            return str(error), error.details, error.args
        except (ValueError, KeyError, IndexError) as error:
            return repr(error)
        except Failure as error:
            return str(error), error.code
        except ArithmeticError:
            return "arithmetic"
        except Exception as error:
            return str(error)
        finally:
            log.append(kind)

    kinds = (
        "none",
        "missing",
        "value",
        "key",
        "index",
        "type",
        "attribute",
        "zero",
        "assert",
        "chain",
        "stop",
        "unicode",
    )
    return [attempt(kind) for kind in kinds], log


def finally_():
    log = []

    def f(n):
        try:
            log.append("try")
            if n == 1:
                return "returned"
            if n == 2:
                raise ValueError("two")
        except ValueError:
            log.append("except")
            return "caught"
        else:
            log.append("else")
        finally:
            log.append("finally")
        return "after"

    return [f(n) for n in range(3)], log


def reraise():
    try:
        try:
            raise RuntimeError("first")
        except RuntimeError:
            raise
    except Exception as error:
        kept = error
    try:
        raise ValueError from kept
    except ValueError as error:
        return str(kept), error.args


class Account:
    """A class with most of what classes have."""

    count = 0
    rates: dict[str, float] = {"basic": 0.1}

    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance
        self.log = []

    @property
    def rate(self):
        return self.rates.get("basic", 0) * self.balance

    @property
    def name(self):
        return self.owner.upper()

    @name.setter
    def name(self, value):
        self.owner = value.strip()

    @staticmethod
    def valid(amount):
        return amount > 0

    @classmethod
    def empty(cls):
        return cls("nobody")

    def pay(self, amount):
        if not self.valid(amount):
            raise ValueError(f"{amount} cannot be paid")
        self.balance += amount
        self.log.append(amount)
        return self

    def __repr__(self):
        return f"Account({self.owner!r}, {self.balance})"

    def __eq__(self, other):
        return isinstance(other, Account) and self.owner == other.owner

    def __hash__(self):
        return len(self.owner)

    def __lt__(self, other):
        return self.balance < other.balance

    def __add__(self, other):
        return Account(f"{self.owner}+{other.owner}", self.balance + other.balance)

    def __len__(self):
        return len(self.log)

    def __bool__(self):
        return True

    def __iter__(self):
        yield from self.log

    def __contains__(self, amount):
        return amount in self.log

    def __getitem__(self, index):
        return self.log[index]

    def __call__(self, factor=1):
        return self.balance * factor

    def __str__(self):
        return self.name


class Savings(Account):
    rates = {"basic": 0.5}

    def __init__(self, owner, balance=0, *, bonus=1):
        super().__init__(owner, balance)
        self.bonus = bonus

    def pay(self, amount):
        super().pay(amount + self.bonus)
        return self

    @property
    def rate(self):
        return super().rate + self.bonus


def classes():
    a, s = Account("ada", 5), Savings("sam", 10, bonus=2)
    a.pay(3).pay(4)
    s.pay(1)
    s.name = "  sue "
    a.note = {"k": [1]}
    a.note["k"].append(2)
    try:
        a.pay(0)
        failed = None
    except ValueError as error:
        failed = str(error)
    del a.note
    return [
        str(a),
        repr(s),
        a.rate,
        s.rate,
        len(a),
        list(a),
        3 in a,
        a[0],
        a(2),
        repr(a + s),
        a == Account("ada"),
        max(a, s).owner,
        sorted([s, a])[0].owner,
        isinstance(s, Account),
        issubclass(Savings, Account),
        len({a, Account("ada")}),
        Savings.empty().owner,
        failed,
        bool(a),
        a.valid(1),
        Savings.valid(-1),
    ]


def strategies():
    class Rule:
        def __init__(self, name, check):
            self.name, self.check = name, check

        def __and__(self, other):
            return Rule(f"{self.name} and {other.name}", lambda value: self.check(value) and other.check(value))

        def __invert__(self):
            return Rule(f"not {self.name}", lambda value: not self.check(value))

    positive, even = Rule("positive", lambda n: n > 0), Rule("even", lambda n: n % 2 == 0)
    both = positive & ~even
    table = {"up": str.upper, "len": len, "first": lambda text: text[0]}
    return (
        both.name,
        [n for n in range(-2, 4) if both.check(n)],
        {name: function("abc") for name, function in table.items()},
    )


def recursion():
    def permutations(items):
        return (
            [[]]
            if not items
            else [[x, *rest] for i, x in enumerate(items) for rest in permutations(items[:i] + items[i + 1 :])]
        )

    def depth(tree):
        return 1 + max((depth(child) for child in tree.values()), default=0) if isinstance(tree, dict) else 0

    def walk(value, path=""):
        if isinstance(value, dict):
            for key, part in value.items():
                yield from walk(part, f"{path}.{key}" if path else key)
        else:
            yield path, value

    return len(permutations([1, 2, 3, 4])), depth({"a": {"b": {}}, "c": 1}), dict(walk({"a": {"b": 1}, "c": [2]}))


def parsing():
    state, out, word = "out", [], ""
    for letter in 'say "two words" now':
        match state, letter:
            case "out", '"':
                state = "in"
            case "in", '"':
                state, word = "out", (out.append(word), "")[1]
            case "out", " ":
                if word:
                    out.append(word)
                word = ""
            case _:
                word += letter
    return [*out, word], re.match(r"(\w+)", "abc def").group(0)


def scopes():
    x = 1

    def inner():
        x = 2
        return [x for _ in range(1)]

    squares = [lambda n=n: n * n for n in range(3)]
    total = 0
    for f in squares:
        total += f()
    total -= 1
    total *= 3
    total //= 2
    total **= 2
    total %= 7
    y = z = []
    z += [1]
    return inner(), x, total, y
