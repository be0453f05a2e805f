"""What plans do with numbers."""

import decimal
import math
import random
import statistics
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction


def integers():
    return [
        7 // 2,
        -7 // 2,
        7 % 3,
        -7 % 3,
        divmod(17, 5),
        2**10,
        pow(3, 4, 5),
        6 & 3,
        6 | 1,
        6 ^ 3,
        ~6,
        1 << 4,
        256 >> 2,
        abs(-3),
        (255).bit_length(),
        (6).bit_count(),
    ]


def floats():
    return [
        round(2.5),
        round(3.14159, 2),
        round(1234, -2),
        0.1 + 0.2 == 0.3,
        math.isclose(0.1 + 0.2, 0.3),
        (2.5).is_integer(),
        (0.5).as_integer_ratio(),
        float(3).hex(),
    ]


def mathematics():
    return [
        math.sqrt(16),
        math.floor(-1.5),
        math.ceil(1.2),
        math.trunc(-1.7),
        math.gcd(12, 18),
        math.lcm(4, 6),
        math.factorial(5),
        math.comb(5, 2),
        math.perm(5, 2),
        math.prod([1, 2, 3]),
        math.log10(1000),
        math.hypot(3, 4),
        math.isqrt(17),
        math.copysign(1, -0.0),
        math.fsum([0.1] * 10),
        math.degrees(math.pi),
        math.modf(2.5),
        math.dist([0, 0], [3, 4]),
        math.exp(0),
        math.isnan(math.nan),
        math.tau > math.e,
    ]


def money():
    price, rate = Decimal("19.995"), Decimal("0.19")
    return [
        str(price.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)),
        str(price.quantize(Decimal("0.01"), ROUND_HALF_EVEN)),
        str(price * (1 + rate)),
        str(sum([Decimal("0.1")] * 3)),
        str(round(price, 1)),
        f"{price:.2f}",
        f"{Decimal('1234567.891'):,.2f}",
        str(Decimal("1.50").normalize()),
        int(price),
        float(rate),
        Decimal("3") > 2,
        str(Decimal(7) // 2),
        str(-price),
        str(abs(-price)),
        price.as_tuple().exponent,
        str(Decimal("1e3").to_integral_value()),
    ]


def decimal_errors():
    out = []
    for text in ("12", "x", "", "NaN"):
        try:
            out.append(str(Decimal(text)))
        except InvalidOperation as error:
            out.append(type_of(error))
    try:
        Decimal(1) / 0
    except ZeroDivisionError:
        out.append("zero")
    return out


def type_of(error):
    return "invalid" if isinstance(error, decimal.DecimalException) else "other"


def contexts():
    decimal.getcontext().prec = 5
    third = str(Decimal(1) / 3)
    decimal.getcontext().prec = 28
    own = decimal.Context(prec=3, rounding=decimal.ROUND_UP)
    return third, str(own.divide(Decimal(2), Decimal(3))), str(own.create_decimal("1.23456"))


def fractions_():
    half = Fraction(1, 2)
    return [
        str(half + Fraction("1/3")),
        half.numerator,
        float(half),
        str(Fraction(0.75)),
        str(Fraction("0.1").limit_denominator(5)),
        str(sum(Fraction(1, n) for n in range(1, 5))),
        round(Fraction(7, 3)),
        half > 0.4,
        Fraction(3) == 3,
    ]


def figures():
    values = [3, 1, 4, 1, 5, 9, 2, 6]
    return [
        statistics.mean(values),
        statistics.median(values),
        statistics.mode(values),
        round(statistics.stdev(values), 6),
        round(statistics.pvariance(values), 6),
        statistics.quantiles(values, n=4),
        statistics.multimode([1, 1, 2, 2]),
        statistics.fmean([1.5, 2.5]),
        round(statistics.harmonic_mean([2, 3]), 6),
        round(statistics.correlation([1, 2, 3], [2, 4, 7]), 6),
        statistics.median_low(values),
        round(statistics.geometric_mean([1, 4]), 6),
        statistics.linear_regression([1, 2], [3, 5]).slope,
    ]


def no_figures():
    try:
        return statistics.mean([])
    except statistics.StatisticsError as error:
        return str(error)


def seeded():
    own = random.Random(42)
    return [
        own.random(),
        own.randint(1, 6),
        own.choice("abc"),
        own.sample(range(10), 3),
        own.choices([1, 2], weights=[1, 9], k=3),
        own.uniform(1, 2),
        own.gauss(0, 1),
        own.getrandbits(8),
        own.randrange(0, 10, 2),
    ]


def shuffled():
    cards = list(range(6))
    random.Random("seed").shuffle(cards)
    return cards


def comparing():
    return [
        1 < 2 <= 2 < 3,
        max(3, 1, 2),
        min([4, 2], default=0),
        max([], default=None),
        max("aaa", "bb", key=len),
        sum([1, 2], 10),
        sum([[1], [2]], []),
        any(n > 1 for n in (1, 2)),
        all([]),
        sorted([3, 1], reverse=True),
        5 in range(0, 10, 5),
        bool(0.0),
        True + True,
        1 == 1.0,
        None is None,
    ]


def percentiles():
    values = sorted([12, 5, 7, 30, 18])
    return values[math.ceil(0.95 * len(values)) - 1], values[len(values) // 2], sum(values) / len(values)
