"""The signature of a webhook: who holds the secret can tell that a message is ours, whole, and not an old one again.

Agentflow-Signature: t=1800000000,v1=<HMAC-SHA256 of "1800000000." and the body, in hexadecimal>
"""

from __future__ import annotations

import hmac
from hashlib import sha256

HEADER = "Agentflow-Signature"
OLDEST = 300.0
"""Seconds for which a signature is good."""


def signature(secret: str, at: float, body: bytes) -> str:
    """The header's value."""
    return f"t={int(at)},v1={_digest(secret, str(int(at)), body)}"


def verified(secret: str, header: str, body: bytes, now: float) -> bool:
    """Whether a body has come with a good signature, as whoever receives it should ask."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    at, given = parts.get("t", ""), parts.get("v1", "")
    fresh = at.isascii() and at.isdecimal() and len(at) < 16 and abs(now - int(at)) <= OLDEST
    return fresh and hmac.compare_digest(_digest(secret, at, body), given.encode("ascii", "replace").decode())


def _digest(secret: str, at: str, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
