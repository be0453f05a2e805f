"""No secret is left in what was redacted, wherever it stood and however it was written; all else stays as it is."""

from __future__ import annotations

import base64
import json
import logging
from decimal import Decimal
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentflow.guest.values import Json, compact, decode, encode
from agentflow.redaction import Hiding, Redactor, forms, safe

KEY = 'sk-live "7/+ä\\x'
WORDS = st.text(st.characters(codec="utf-8"), max_size=12)
SECRETS = st.text(st.sampled_from("abcXYZ0189-_/+=\"'\\ %<&äß€\n\t{}[]:,."), min_size=8, max_size=40).filter(
    lambda text: len(text.strip()) >= 6
)


def knows(*values: str) -> Redactor:
    """A redactor that knows these values, as A, B, C."""
    redactor = Redactor()
    for name, value in zip("ABC", values, strict=False):
        redactor.learn(name, value)
    return redactor


def holding(secret: str) -> st.SearchStrategy[Any]:
    """Values of tools in which the secret may stand anywhere: in text, in keys, in bytes, quoted, in JSON in JSON."""
    raw = secret.encode()
    told = st.sampled_from(
        [
            secret,
            json.dumps({"key": secret}),
            repr(secret),
            quote(secret),
            quote_plus(secret),
            base64.b64encode(raw).decode(),
            base64.urlsafe_b64encode(b"ab" + raw + b"c").decode(),
        ]
    )
    text = st.tuples(WORDS, told, WORDS).map("".join) | WORDS
    raws = st.tuples(st.binary(max_size=4), st.just(raw), st.binary(max_size=4)).map(b"".join)
    leaf = text | raws | st.integers() | st.booleans() | st.none() | st.decimals(allow_nan=False, allow_infinity=False)
    return st.recursive(leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3))


def shows(document: Json, secret: str) -> list[str]:
    """The forms of a secret that a document shows, in its text and in its bytes."""
    texts, raws = [compact(document)], b"".join(_raws(document))
    texts += _texts(document)
    return [form for form in forms(secret) if any(form in text for text in texts) or form.encode() in raws]


def _texts(document: Json) -> list[str]:
    if isinstance(document, str):
        return [document]
    if isinstance(document, dict):
        return [text for pair in document.items() for part in pair for text in _texts(part)]
    return [text for item in document for text in _texts(item)] if isinstance(document, list) else []


def _raws(document: Json) -> list[bytes]:
    if isinstance(document, dict) and isinstance(document.get("$bytes"), str) and len(document) == 1:
        return [base64.b64decode(document["$bytes"])]
    items = document.values() if isinstance(document, dict) else document if isinstance(document, list) else []
    return [raw for item in items for raw in _raws(item)]


@given(st.data())
def test_whatever_holds_a_secret_shows_it_nowhere_afterwards_and_is_a_value_still(data: st.DataObject) -> None:
    secret = data.draw(SECRETS)
    redact = knows(secret)
    document = encode(data.draw(holding(secret)))
    clean = redact(document)
    assert shows(clean, secret) == []
    assert redact(clean) == clean
    decode(clean)


@given(st.data())
def test_what_holds_no_secret_stays_the_same(data: st.DataObject) -> None:
    document = encode(data.draw(holding("none of these")))
    assert knows("another-secret", "yet another")(document) is document
    assert Redactor()(document) is document


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("my key is hunter22!", "my key is [secret A]!"),
        ({"hunter22": ["hunter22", {"x": "hunter22"}]}, {"[secret A]": ["[secret A]", {"x": "[secret A]"}]}),
        (b"\xff hunter22 \xfe", b"\xff [secret A] \xfe"),
        ({"$hunter22": 1}, {"$[secret A]": 1}),
        ("Basic dXNlcjpodW50ZXIyMg==", "Basic dXNlcjp[secret A]g=="),
        (20240517, "[secret B]"),
        (-2024, -2024),
        (120240517, 120240517),
        (Decimal(20240517), "[secret B]"),
        (Decimal("0.20240517"), Decimal("0.20240517")),
        (True, True),
        ("[secret A] of [secret B]", "[secret A] of [secret B]"),
        ("[secret hunter22]", "[secret [secret A]]"),
    ],
)
def test_a_secret_is_replaced_by_its_name_and_nothing_else_is(value: object, clean: object) -> None:
    redact = knows("hunter22", "20240517")
    assert decode(redact(encode(value))) == clean
    assert redact(redact(encode(value))) == redact(encode(value))


def test_the_longer_of_two_secrets_is_found_first() -> None:
    redact = knows("swordfish", "swordfish-and-more")
    assert redact.text("swordfish-and-more swordfish") == "[secret B] [secret A]"


def test_a_secret_that_is_like_the_words_in_its_place_is_replaced_once() -> None:
    redact = knows("secret", "ecret A")
    assert redact.text(redact.text("a secret")) == redact.text("a secret") == "a [secret A]"


def test_what_is_short_is_not_looked_for() -> None:
    assert knows("12345", " 12345 \n").text("12345") == "12345"


def test_each_long_line_of_a_secret_is_secret() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\nshort\n-----END KEY-----\n"
    assert knows(key).text("MIIEvQIBADANBgkqhkiG\nshort") == "[secret A]\nshort"
    assert knows(key).text(f"<{key.strip()}>") == "<[secret A]>"


def test_an_earlier_value_stays_secret_when_there_is_a_new_one() -> None:
    redact = knows("first-value")
    redact.learn("A", "second-value")
    assert redact.text("first-value, second-value") == "[secret A], [secret A]"


def test_the_patterns_are_made_once_and_anew_only_for_what_is_new() -> None:
    redact = knows("first-value")
    made = redact._known
    redact.learn("A", "first-value")
    redact("anything")
    assert redact._known is made
    redact.learn("A", "second-value")
    assert redact._known is not made


def test_a_secret_is_found_by_its_name() -> None:
    redact = knows(KEY, "20240517")
    assert redact.found({"x": [f"<{KEY}>"]}) == "A"
    assert redact.found({"x": json.dumps({"y": KEY})}) == "A"
    assert redact.found([20240517]) == "B"
    assert redact.found([120240517, "[secret A]"]) is None
    assert Redactor().found(KEY) is None


@pytest.fixture
def log() -> logging.Logger:
    log = logging.Logger("house")
    log.addFilter(Hiding(knows(KEY)))
    return log


def test_a_log_tells_no_secret(log: logging.Logger) -> None:
    told: list[logging.LogRecord] = []
    log.addHandler(_Keeps(told))
    log.warning("%s is %r", "it", KEY)
    log.warning("%d tools", 3)
    try:
        raise ValueError("plain") from KeyError(KEY)
    except ValueError:
        log.exception("it failed with %s", KEY)
    try:
        raise ValueError("plain")
    except ValueError as error:
        plain = error
        log.exception("it failed")
    shown = [logging.Formatter().format(record) for record in told]
    assert shown[0] == "it is '[secret A]'"
    assert shown[1] == "3 tools"
    assert "it failed with [secret A]" in shown[2]
    assert "RuntimeError: ValueError: plain" in shown[2]
    assert [form for form in forms(KEY) if form in "".join(shown)] == []
    assert told[3].exc_info == (ValueError, plain, plain.__traceback__)


class _Keeps(logging.Handler):
    def __init__(self, told: list[logging.LogRecord]) -> None:
        super().__init__()
        self._told = told

    def emit(self, record: logging.LogRecord) -> None:
        self._told.append(record)


def test_an_exception_that_tells_a_secret_is_replaced_by_one_that_does_not() -> None:
    told, plain = ValueError(f"no {KEY}"), ValueError("no")
    assert str(safe(told, knows(KEY))) == "ValueError: no [secret A]"
    assert safe(plain, knows(KEY)) is plain


@given(SECRETS, WORDS)
def test_a_text_that_goes_on_never_shows_the_beginning_of_a_secret(secret: str, before: str) -> None:
    redactor = knows(secret)
    for end in range(1, len(secret.strip())):
        text = before + secret.strip()[:end]
        shown = redactor.so_far(text)
        assert text.startswith(shown) or "[secret" in shown
        assert len(shown) <= len(before) or "[secret" in shown
