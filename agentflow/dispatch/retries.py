"""How long a failed attempt waits for the next: a pure function of the policy and the attempt's number."""

from __future__ import annotations

from ..records import Json

DEFAULTS: dict[str, Json] = {"limit": 5, "delay": 10.0, "backoff": "exponential"}
"""Cloudflare Workflows' defaults (developers.cloudflare.com/workflows, sleeping and retrying, read 2026-11-20)."""

LONGEST = 365 * 86_400.0
"""Seconds; no delay grows beyond the longest sleep."""


def delay(policy: dict[str, Json], attempt: int) -> float:
    """Seconds to wait after the failure of the attempt with this number (from 1).

    With a base d: constant d, d, d; linear d, 2d, 3d; exponential d, 2d, 4d.
    """
    base = float(policy["delay"])
    factors: dict[str, int] = {"constant": 1, "linear": attempt, "exponential": 2 ** min(attempt - 1, 64)}
    return min(base * factors[policy["backoff"]], LONGEST)
