"""Where a provider is asked, with whose key, and what its failures mean for a person."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import ProviderError
from ..settings import ProviderSettings

_KEYS = {"openai": "OPENAI_API_KEY", "openai-chat": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}

# What a failure inside a stream, or one that an HTTP status does not tell, amounts to as a status.
_STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "insufficient_quota": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "api_error": 500,
    "server_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_PASSING = frozenset({408, 409, 429})
_UNPAID = frozenset({"billing_error", "insufficient_quota"})


@dataclass(frozen=True, slots=True)
class Server:
    """Where a provider is asked, and with whose key."""

    provider: str
    base_url: str | None
    key_env: str | None
    """The environment variable with the key; None for a server that needs none."""
    timeout: float

    @classmethod
    def of(cls, provider: str, settings: ProviderSettings) -> Server:
        """The server that the settings describe. A key is never sent to another address than the one it is for."""
        keyless = provider == "openai-chat" and settings.base_url is not None
        key_env = settings.api_key_env or (None if keyless else _KEYS[provider])
        return cls(provider, settings.base_url, key_env, settings.timeout)

    def key(self) -> str:
        """The key, from the environment."""
        if self.key_env is None:
            return "none"
        key = os.environ.get(self.key_env, "").strip()
        if not key:
            raise ProviderError(f"{self.provider}: there is no API key; set the environment variable {self.key_env}")
        return key

    def failure(self, model: str, cause: str, repair: str, retryable: bool = False) -> ProviderError:
        """An error in the one form that all of them have."""
        return ProviderError(f"{self.provider} ({model}): {cause}; {repair}", retryable=retryable)

    def cut(self, model: str) -> ProviderError:
        """The stream ended before the answer did."""
        return self.failure(model, "the answer broke off before its end", "try again", retryable=True)

    def explain(self, model: str, error: Exception) -> ProviderError:
        """What an exception of an SDK, or of the connection under it, means."""
        status = _status(error)
        if status is not None:
            return self.refused(model, status, _said(error), _after(error))
        cause, repair = self._unanswered(error)
        return self.failure(model, cause, repair, retryable=True)

    def refused(self, model: str, status: int, said: str, after: float | None = None) -> ProviderError:
        """The server answered with a failure."""
        passing = status in _PASSING or status >= 500
        cause, repair = self._busy(status, said) if passing else self._permanent(status, said)
        failure = self.failure(model, cause, repair, retryable=passing)
        failure.after = after
        return failure

    def _unanswered(self, error: Exception) -> tuple[str, str]:
        if isinstance(error, (ValueError, RuntimeError)):
            return f"what came is not an answer ({_line(error)})", f"check `base_url` in {self._section}"
        # By name, since three packages have a class for it and none of them may be imported here.
        if any("Timeout" in kind.__name__ for kind in type(error).__mro__):
            return f"no answer within {self.timeout:g} seconds", f"try again, or raise `timeout` in {self._section}"
        where = self.base_url or "the provider"
        cause = f"the connection to {where} failed ({_line(error.__cause__ or error)})"
        return cause, f"check the network and `base_url` in {self._section}"

    def _busy(self, status: int, said: str) -> tuple[str, str]:
        cause = "too many requests" if status == 429 else f"the server failed ({status})"
        return f"{cause}: {said}", "try again later"

    def _permanent(self, status: int, said: str) -> tuple[str, str]:
        if status == 401:
            return f"the API key was not accepted ({status})", self._key_repair
        causes = {
            402: (f"no credit is left: {said}", "add credit or choose another model"),
            403: (f"this API key may not do that: {said}", "use another key or another model"),
            404: (f"not found: {said}", f"check the agent's model, and `base_url` in {self._section}"),
            413: ("the request is too large", "shorten the instructions or grant fewer tools"),
        }
        return causes.get(status, (f"the request was refused ({status}): {said}", "change what this message names"))

    @property
    def _section(self) -> str:
        return f"[models.{self.provider}] of agentflow.toml"

    @property
    def _key_repair(self) -> str:
        if self.key_env is None:
            return f"name the variable that holds the key as `api_key_env` in {self._section}"
        return f"set {self.key_env} to a valid key"


def status_of(*codes: object) -> int:
    """The status that the error codes in a message amount to: 500 without any, 400 where none is known."""
    given = [str(code) for code in codes if code is not None]
    known = (int(code) if code.isdecimal() else _STATUS.get(code) for code in given)
    return next((status for status in known if status), 400 if given else 500)


def count(usage: object, *path: str) -> int:
    """A number somewhere in an SDK's usage, 0 where the server left it out."""
    for name in path:
        usage = getattr(usage, name, None)
    return usage if isinstance(usage, int) else 0


def _status(error: Exception) -> int | None:
    body = _body(error)
    codes = body.get("code"), body.get("type")
    if _UNPAID.intersection(map(str, codes)):
        return 402
    status = getattr(error, "status_code", None)
    if isinstance(status, int) and status >= 400:
        return status
    return status_of(*codes) if body else None


def _body(error: Exception) -> Mapping[str, Any]:
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def _said(error: Exception) -> str:
    message = _body(error).get("message")
    return _line(message if isinstance(message, str) else error)


def _line(words: object) -> str:
    text = " ".join(str(words).split()) or type(words).__name__
    return text if len(text) <= 300 else f"{text[:297]}..."


def _after(error: Exception) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", {})
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None
