"""Replaces what is secret by `[secret NAME]`, in JSON and in text, before it is stored or shown.

A secret is known by its value and by what it looks like where it is quoted: in JSON, in a URL, in base64, in a
`repr()`. What is shorter than `LEAST` characters is not looked for: too much would look like it.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import traceback
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from .guest.values import Json, compact

LEAST = 6
"""Characters of the shortest secret that is looked for."""
LONG_LINE = 16
"""Characters of a line that is one of several in a secret, and looked for by itself: keys are shown line by line."""

_HEX = re.compile("%[0-9A-F]{2}")


class Redactor:
    """Knows the secrets of one process. Its patterns are made anew when it has learned one, and not for each value."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        """Whatever a secret may look like, and its name."""
        self._patterns: _Patterns | None = None

    def learn(self, name: str, value: str) -> None:
        """Know one more secret, or one more value of it: earlier ones stay secret."""
        fresh = [form for form in forms(value) if form not in self._names]
        if fresh:
            self._names.update(dict.fromkeys(fresh, name))
            self._patterns = None

    def __call__(self, document: Json, text: str | None = None) -> Json:
        """A JSON document without secrets; the same one where there are none in it. `text` is its JSON, if at hand."""
        if not self._names or self._known.seen(compact(document) if text is None else text) is None:
            return document
        return self._without(document)

    def text(self, text: str) -> str:
        """A text without secrets."""
        return self._known.in_text.sub(lambda found: self._instead(found[0]), text) if self._names else text

    def so_far(self, text: str) -> str:
        """A text that goes on: without secrets, and without an end that may be the beginning of one."""
        cut = max((_begun(form, text) for form in self._names), default=0)
        return self.text(text[: len(text) - cut])

    def found(self, document: Json) -> str | None:
        """The name of a secret that stands in a JSON document, None where there is none."""
        if self(document) == document:
            return None
        return self._known.seen(compact(document))

    @property
    def _known(self) -> _Patterns:
        if self._patterns is None:
            self._patterns = _Patterns(self._names)
        return self._patterns

    def _without(self, document: Json) -> Json:
        match document:
            case str():
                return self.text(document)
            case list():
                return [self._without(item) for item in document]
            case dict() if len(document) == 1 and (tag := next(iter(document))).startswith("$"):
                return self._tagged(tag, document[tag])
            case dict():
                return {self.text(key): self._without(item) for key, item in document.items()}
            case int() | float() if not isinstance(document, bool):
                return self._names_of(str(document)) or document
        return document

    def _tagged(self, tag: str, content: Json) -> Json:
        """A value that JSON lacks. Where a date or a number was the secret, text stands in its place."""
        if tag == "$dict":
            return {tag: {self.text(key): self._without(item) for key, item in content.items()}}
        if tag == "$bytes":
            raw = base64.b64decode(content)
            clean = self._known.in_bytes.sub(lambda found: self._instead(found[0].decode(*_BYTES)).encode(), raw)
            return {tag: base64.b64encode(clean).decode()}
        return self._names_of(content) or {tag: content}

    def _names_of(self, number: str) -> str | None:
        name = self._names.get(number)
        return None if name is None else _PLACE.format(name)

    def _instead(self, found: str) -> str:
        """What is redacted already stays as it is."""
        name = self._names.get(found)
        return found if name is None else _PLACE.format(name)


def _begun(form: str, text: str) -> int:
    """How much of the end of a text is the beginning of a secret."""
    return next((size for size in range(min(len(form) - 1, len(text)), 0, -1) if text.endswith(form[:size])), 0)


_PLACE = "[secret {}]"
_BYTES = ("utf-8", "surrogatepass")
"""How any text becomes bytes and comes back."""


class _Patterns:
    """How secrets are found: the longest form first, and before all of them what stands in a secret's place."""

    def __init__(self, names: dict[str, str]) -> None:
        known = sorted(names, key=len, reverse=True)
        places = [_PLACE.format(name) for name in sorted(set(names.values()))]
        self._in_json = {compact(form)[1:-1]: names[form] for form in known}
        """As they stand in the text of a JSON document."""
        self.in_text = re.compile("|".join(map(re.escape, [*places, *known])))
        self.in_bytes = re.compile(b"|".join(re.escape(form.encode(*_BYTES)) for form in [*places, *known]))

    def seen(self, text: str) -> str | None:
        """The name of a secret that the text of a JSON document may hold. One look for each form is quicker than one
        pattern for all of them, and most documents hold none."""
        return next((name for form, name in self._in_json.items() if form in text), None)


def forms(value: str) -> frozenset[str]:
    """Whatever a secret may look like; nothing where it is too short to be looked for."""
    whole = value.strip()
    lines = [line.strip() for line in whole.splitlines()]
    parts = [whole, *(line for line in lines if len(line) >= LONG_LINE)]
    return frozenset(form for part in parts if len(part) >= LEAST for form in _forms(part))


def _forms(part: str) -> Iterator[str]:
    yield part
    yield from (json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1], repr(part)[1:-1])
    raw = part.encode(*_BYTES)
    for quoted in (quote(raw), quote(raw, safe=""), quote_plus(raw)):
        yield from (quoted, _HEX.sub(lambda code: code[0].lower(), quoted))
    for before in range(3):
        core = _base64(raw, before)
        if len(core) >= LEAST:
            yield from (core, core.translate(str.maketrans("+/", "-_")))


def _base64(raw: bytes, before: int) -> str:
    """What of some bytes is the same in every base64 text in which so many bytes, modulo three, stand before them."""
    text = base64.b64encode(b"\0" * before + raw).decode()
    unsure = (0, 3, 2)[(before + len(raw)) % 3]  # the last letters also say what follows
    return text[(0, 2, 3)[before] : len(text) - unsure]


def values(document: Json) -> Iterator[str]:
    """The texts and numbers in a document, as they would stand in a message."""
    if isinstance(document, dict | list):
        for inner in document.values() if isinstance(document, dict) else document:
            yield from values(inner)
    elif document not in (None, "") and not isinstance(document, bool):
        yield str(document)


class Hiding(logging.Filter):
    """Lets no secret into a log, neither in what is said nor in the exception that is shown with it."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        clean = self._redactor.text(said)
        if clean != said:
            record.msg, record.args = clean, ()
        if fields := getattr(record, "fields", None):
            record.fields = self._redactor(fields)
        if record.exc_info and (error := record.exc_info[1]) is not None:
            shown = safe(error, self._redactor)
            record.exc_info = (type(shown), shown, shown.__traceback__)
        return True


def safe(error: BaseException, redactor: Redactor) -> BaseException:
    """The exception itself, or where it or one before it tells a secret, one that says the same without."""
    whole = "".join(traceback.format_exception(error))
    if redactor.text(whole) == whole:
        return error
    said = RuntimeError(redactor.text(f"{type(error).__name__}: {error}"))
    return said.with_traceback(error.__traceback__)
