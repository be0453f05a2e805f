"""How plans read and write data."""

import base64
import csv
import hashlib
import io
import json
import uuid
from urllib.parse import (
    parse_qs,
    parse_qsl,
    quote,
    quote_plus,
    unquote,
    urlencode,
    urljoin,
    urlparse,
    urlsplit,
    urlunsplit,
)


def jsons():
    text = '{"a": [1, 2.5, null, true, "\\u00e9"], "b": {"c": {}}}'
    data = json.loads(text)
    return [
        data,
        json.dumps(data),
        json.dumps(data, ensure_ascii=False, sort_keys=True, indent=2),
        json.dumps([1, "x"], separators=(",", ":")),
        json.dumps({"k": 1.0, "n": None}),
        json.dumps({1: 2}),
    ]


def json_errors():
    out = []
    for text in ("{", '{"a": }', "nope", ""):
        try:
            json.loads(text)
        except json.JSONDecodeError as error:
            out.append([error.msg, error.lineno, error.pos])
    try:
        json.dumps({1, 2})
    except TypeError as error:
        out.append(str(error))
    return out


def json_hooks():
    class Thing:
        n = 3

    made = json.dumps(
        {"t": Thing(), "s": {1}}, default=lambda value: sorted(value) if isinstance(value, set) else value.n
    )
    return (
        made,
        json.loads('{"n": 1.50}', parse_float=str),
        json.loads('{"a": 1}', object_hook=lambda d: list(d.items())),
    )


def csvs():
    text = 'id,name,note\n1,"Ada, L.","said ""hi"""\n2,Bob,\n'
    rows = list(csv.DictReader(io.StringIO(text)))
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=["id", "name"], extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    plain = io.StringIO(newline="")
    csv.writer(plain, delimiter=";", quoting=csv.QUOTE_ALL).writerow([1, "b;c", None])
    return (
        rows,
        out.getvalue(),
        plain.getvalue(),
        list(csv.reader(["a|b"], delimiter="|")),
        [row for row in csv.reader(text.splitlines())][1],
    )


def streams():
    out = io.StringIO("one\ntwo\nthree\n")
    first = out.readline()
    rest = [line.rstrip() for line in out]
    out.write("four")
    out.seek(0)
    return first, rest, out.read(), out.tell(), out.getvalue().count("\n")


def digests():
    data = "Grüße".encode()
    return [
        hashlib.sha256(data).hexdigest(),
        hashlib.md5(data, usedforsecurity=False).hexdigest(),
        hashlib.sha1(data).hexdigest()[:8],
        hashlib.blake2b(data, digest_size=8).hexdigest(),
        hashlib.sha3_256(data).digest_size,
        hashlib.sha512(data).hexdigest()[:6],
        hashlib.sha256(b"a").name,
    ]


def updated_digest():
    seal = hashlib.sha256()
    for part in ("a", "b"):
        seal.update(part.encode())
    copy = seal.copy()
    copy.update(b"c")
    return seal.hexdigest() == hashlib.sha256(b"ab").hexdigest(), copy.hexdigest()[:6], int(seal.hexdigest(), 16) % 100


def bases():
    data = bytes(range(0, 250, 25))
    return [
        base64.b64encode(data).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.b64decode("aGk=").decode(),
        base64.b32encode(b"hi").decode(),
        base64.b16encode(b"hi").decode(),
        base64.b85encode(b"hi there").decode(),
        base64.urlsafe_b64decode("__4=").hex(),
    ]


def wrong_bases():
    try:
        base64.b64decode("a", validate=True)
    except ValueError as error:
        return str(error)


def urls():
    parts = urlsplit("https://user@shop.example:8443/a/b?x=1&y=a%20b&x=2#top")
    return [
        parts.scheme, parts.hostname, parts.port, parts.path, parts.fragment, parse_qs(parts.query), parse_qsl(parts.query), urlencode({"q": "a b", "n": [1, 2]}, doseq=True),
        quote("a b/ü?"), quote("a/b", safe=""), quote_plus("a b&c"), unquote("a%20b%C3%BC"), urljoin("https://x.org/a/b", "../c"), urlunsplit(("https", "x.org", "/p", "q=1", "")),
        urlparse("mailto:ada@x.org").path, parts.geturl(), urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")),
    ]  # fmt: skip


def uuids():
    name = uuid.uuid5(uuid.NAMESPACE_DNS, "example.org")
    return (
        str(name),
        name.hex,
        name.version,
        str(uuid.UUID("12345678123456781234567812345678")),
        str(uuid.uuid3(uuid.NAMESPACE_URL, "x")),
        name == uuid.UUID(str(name)),
        name.int % 1000,
    )


def log_lines():
    lines = ["2027-01-01 ERROR a=1 b=2", "2027-01-02 INFO a=3", "bad"]
    out = []
    for number, line in enumerate(lines, start=1):
        try:
            day, level, *pairs = line.split()
        except ValueError as error:
            out.append({"line": number, "error": str(error)})
            continue
        out.append({"day": day, "level": level.lower(), **dict(pair.split("=", 1) for pair in pairs)})
    return out


def html():
    page = "<ul><li>a &amp; b</li><li class='x'>c</li></ul>"
    entities = {"&amp;": "&", "&lt;": "<"}
    items = [part.split("</li>")[0].split(">", 1)[1] for part in page.split("<li")[1:]]
    for entity, letter in entities.items():
        items = [item.replace(entity, letter) for item in items]
    return items
