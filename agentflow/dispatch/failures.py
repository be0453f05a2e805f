"""What an attempt's failure means: known, unknown, final. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ..records import Json


@dataclass(frozen=True, slots=True)
class Failure:
    """One attempt that did not succeed.

    `unknown`: nobody knows whether its effect happened, and it may not simply be done again. `final`: trying again is
    of no use. `late`: the step's deadline has passed. `held`: it was not made, since the run may not go on.
    """

    type: str
    message: str
    data: Json = None
    fault: str = "tool"
    unknown: bool = False
    final: bool = False
    interrupted: bool = False
    late: bool = False
    held: bool = False


def failure(body: Json, effect: str) -> Failure:
    """Read the outcome document of an attempt whose direct tool has this effect (`function` for a function step)."""
    if body.get("interrupted"):
        mark = body.get("mark")
        unknown = effect == "once" or bool(mark)
        doing = f" after it had begun {mark}" if mark else ""
        message = f"the worker ended in the middle of the attempt{doing}"
        return Failure("Interrupted", message, fault="host", unknown=unknown, interrupted=True)
    error = body["error"]
    unknown = bool(body.get("unknown")) and effect in ("once", "function")
    return Failure(
        error["type"],
        error["message"],
        error.get("data"),
        error.get("fault", "tool"),
        unknown=unknown,
        final=bool(error.get("final")) and not unknown,
        late=bool(body.get("late")),
        held=bool(body.get("held")),
    )
