"""What plans do with text."""

import re
import string
import textwrap
from string import Template


def cases():
    word = "hELLO wörld ß"
    return [word.upper(), word.lower(), word.title(), word.capitalize(), word.swapcase(), word.casefold()]


def cutting():
    text = "  a,b,,c  "
    return [
        text.strip().split(","),
        text.rsplit(",", 1),
        "x\ny\r\nz".splitlines(),
        "k=v=w".partition("="),
        "a.b.c".rpartition("."),
    ]


def affixes():
    return [
        "invoice-7".removeprefix("invoice-"),
        "a.csv".removesuffix(".csv"),
        "x".center(5, "*"),
        "7".rjust(3, "0"),
        "-7".zfill(4),
        "a\tb".expandtabs(4),
    ]


def questions():
    return [
        "a1".isalnum(),
        "12".isdigit(),
        "½".isnumeric(),
        "a".isidentifier(),
        " ".isspace(),
        "Ab".istitle(),
        "ab".startswith(("x", "a")),
        "ab".endswith("b"),
    ]


def finding():
    return [
        "banana".find("n"),
        "banana".rfind("n"),
        "banana".index("an", 2),
        "banana".count("an"),
        "banana".replace("a", "o", 2),
    ]


def numbers_in_f_strings():
    n, x = 1234567, 2.5
    return [
        f"{n:,}",
        f"{n:_d}",
        f"{n:e}",
        f"{x:08.3f}",
        f"{x!r:>10}",
        f"{n:#x}",
        f"{255:b}",
        f"{0.256:.1%}",
        f"{-5:=+8d}",
        f"{x:g}",
        f"{1e20:g}",
    ]


def text_in_f_strings():
    name, width, row = "Ada", 10, {"a": [1, {"b": 2}]}
    return [
        f"{name:<{width}}|",
        f"{name:^10}|",
        f"{name:.>10}",
        f"{name[:2]!s}",
        f"{row['a'][1]['b']}",
        f"{name=}",
        f"{{{name}}}",
        f"{'yes' if row else 'no'}",
        f"{name:.2}",
    ]


def format_method():
    return [
        "{} {}".format(1, "b"),
        "{0:>5}|{1:<5}|{0}".format("a", "b"),
        "{name!r}".format(name="x"),
        "{:{}}".format("a", 4),
        "{0[k]}".format({"k": 5}),
        "{:,.2f}".format(1234.5),
    ]


def format_map():
    return ["{a} {b}".format(**{"a": 1, "b": 2}), format(12.345, ".1f"), format("x", ">3"), format(10, "b")]


def percent():
    return ["%s %d %5.2f" % ("a", 3, 2.5), "%(k)s=%(v)r" % {"k": 1, "v": "x"}, "%-5s|%05d|%x%%" % ("a", 42, 255)]


def joining():
    return [
        ", ".join(str(n) for n in range(3)),
        "".join(reversed("abc")),
        "-".join(map(str, (1, 2))),
        "ab" * 3,
        "abc"[::-1],
        " ".join(["a"] * 2),
    ]


def templates():
    return [
        Template("$a and ${b}c $$").substitute(a=1, b=2),
        Template("$a $z").safe_substitute({"a": 1}),
        string.capwords("a  big day"),
        string.punctuation[:5],
    ]


def wrapping():
    text = "one two three four five six seven eight nine ten"
    return [
        textwrap.wrap(text, 20),
        textwrap.fill(text, 15),
        textwrap.shorten(text, 20, placeholder="..."),
        textwrap.indent("a\nb", "  "),
        textwrap.dedent("  x\n    y"),
    ]


def patterns():
    text = "Order 17: 3 pens at 2.50 EUR, order 18: 1 desk at 310 EUR"
    found = re.search(r"order (?P<id>\d+)", text, re.I)
    return [
        found.group("id"), found[1], found.span(), found.groupdict(), re.findall(r"\d+\.?\d*", text),
        [m.start() for m in re.finditer("order", text, flags=re.IGNORECASE)], re.sub(r"(\d+) (\w+)", r"\2 x\1", text, count=1),
        re.split(r"[,:]\s*", text), bool(re.fullmatch(r"[A-Z]{2}\d+", "DE12")), re.escape("a.b*c"), re.subn("E", "e", text)[1],
    ]  # fmt: skip


def compiled_patterns():
    mail = re.compile(r"""
        (?P<user> [\w.+-]+ ) @ (?P<host> [\w-]+ (?: \. [\w-]+ )+ )   # an address
    """, re.VERBOSE)  # fmt: skip
    found = [match.groupdict() for match in mail.finditer("ada@x.org, bob@mail.example.com")]
    return (
        found,
        mail.sub(lambda match: match["user"].upper(), "ada@x.org"),
        mail.pattern.count("\n"),
        mail.match("nobody") is None,
    )


def slugs():
    title = "Crème brûlée -- 10% off!"
    plain = title.translate(str.maketrans("èûé", "eue")).lower()
    return (
        re.sub(r"[^a-z0-9]+", "-", plain).strip("-"),
        {ord("a"): "b"} == str.maketrans({"a": "b"}),
        "abc".translate({ord("b"): None}),
    )


def encodings():
    text = "Grüße, Zoë – 10 €"
    sizes = {
        name: len(text.encode(name, errors="replace"))
        for name in ("utf-8", "latin-1", "cp1252", "utf-16", "utf-32-le", "ascii", "iso-8859-15", "cp437", "koi8-r")
    }
    asian = (
        "日本語".encode("shift_jis").decode("shift_jis"),
        "中文".encode("gbk").hex(),
        "한국".encode("euc_kr").hex(),
        "中".encode("big5").hex(),
    )
    odd = (
        "a\u0301".encode("utf-7").decode(),
        text.encode("ascii", "xmlcharrefreplace").decode(),
        text.encode("ascii", "backslashreplace").decode(),
    )
    return (
        sizes,
        asian,
        odd,
        "münchen".encode("punycode").decode(),
        "münchen.de".encode("idna").decode(),
        b"\xff\xfea\x00".decode("utf-16"),
    )


def old_encodings():
    names = """windows-1250 Windows-1252 ISO-8859-1 latin1 L1 UTF8 us-ascii iso_8859-13 cp852 cp866 CP932 ms949 cp950 gb2312 GB18030
        big5-hkscs iso-2022-jp sjis koi8_u tis-620 iso-8859-8 windows-1256 windows-1257 cp037 cp1140 IBM500 macintosh maccyrillic utf-32-be"""
    texts = ("plain", "Žluťoučký", "Привет", "日本", "שלום", "ไทย", "Ünïcode")
    out = {}
    for name in names.split():
        coded = [text.encode(name, "ignore") for text in texts]
        out[name] = [data.hex() for data in coded], [data.decode(name, "replace") for data in coded]
    try:
        "x".encode("klingon")
    except LookupError as error:
        out["none"] = str(error)
    return out


def decoding_errors():
    out = []
    for data, name, how in (
        (b"\xe9t\xe9", "utf-8", "strict"),
        (b"\xe9t\xe9", "utf-8", "replace"),
        (b"\x81", "cp1252", "strict"),
        (b"a\xff", "ascii", "surrogateescape"),
        (b"\xff", "utf-8", "backslashreplace"),
    ):
        try:
            out.append(ascii(data.decode(name, how)))
        except UnicodeDecodeError as error:
            out.append([error.reason, error.start, error.end, error.encoding, str(error)])
    try:
        "€".encode("latin-1")
    except UnicodeEncodeError as error:
        out.append([error.reason, str(error)])
    return out


def bytes_():
    data = bytes([1, 2, 255]) + b"abc" + bytes.fromhex("00ff")
    return [
        data.hex(" "),
        data[3:6].decode(),
        list(data[:2]),
        data.find(b"b"),
        [part.decode() for part in b"a,b".split(b",")],
        int.from_bytes(b"\x01\x00", "big"),
        (1000).to_bytes(2, "little").hex(),
        b"x".join([b"1", b"2"]).decode(),
    ]


def letters():
    return [
        chr(8364),
        ord("€"),
        ascii("é"),
        repr("it's"),
        "\N{SNOWMAN}",
        "a" < "b",
        max("abc"),
        sorted("hello"),
        "é".encode().hex(),
        len("👍🏽"),
    ]


def numbers_from_text():
    return [
        int(" 42 "),
        int("ff", 16),
        int("0o17", 0),
        float("1e-3"),
        float("inf") > 1,
        int("1_000"),
        round(float("2.675"), 2),
        "1,5".replace(",", "."),
        complex("1+2j").imag,
        bool(""),
    ]


def tables():
    rows = [("pen", 2, 1.5), ("desk", 1, 310.0)]
    widths = [max(len(str(row[i])) for row in rows) for i in range(3)]
    return "\n".join(" | ".join(f"{cell!s:>{width}}" for cell, width in zip(row, widths)) for row in rows)
