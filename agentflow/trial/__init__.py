"""A plan tried out: what a walk through it is given, and what came of it, as plain data.

A walk is one run of the real code, in its real process, by the real dispatch. Not real are the clock, which moves to
what is due next, and everything that comes from outside: what tools answer, people decide, events say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..records import Call, Json, StepView
from .guesses import NO_GUESSES, Guesses

START = 1_800_000_000.0
"""When a walk begins, where nothing else is said: 2027-01-15 08:00 UTC."""

Saying = Literal["approve", "reject", "expire", "answer", "happened", "not_happened"]
CallOutcome = Literal["ok", "failed", "unknown"]
Outcome = Literal["completed", "failed", "stuck", "limit", "diverged"]
"""`stuck`: nothing would ever move it on. `limit`: it was given up, since it went on and on."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call of a tool comes to: a result, or an error. `when`: only for calls with these arguments."""

    value: Any = None
    when: Mapping[str, Any] = field(default_factory=dict)
    fails: str | None = None
    """The message of an error: nothing happened, and the step is tried again."""
    type: str = "ToolFailed"
    unknown: bool = False
    """Nobody knows whether it happened."""


@dataclass(frozen=True, slots=True)
class Say:
    """What a person says to a question, or that nobody says anything until its time is over (`expire`)."""

    how: Saying = "approve"
    value: Any = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Coming:
    """An event that comes so many seconds after the start."""

    type: str
    payload: Any = None
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Given:
    """What a walk meets. All values are plain Python: a datetime, a Decimal and bytes are welcome.

    What is not given is made up: results from the schemas of tools; an approval, the first choice of an answer; an
    event when one is waited for. With `events` (an empty sequence too), exactly those come.
    """

    payload: Mapping[str, Any] | None = None
    """None: nobody knows it."""
    answers: Mapping[str, Sequence[Answer]] = field(default_factory=dict)
    """Of each tool, in the order of its calls; the last that fits a call goes on. `agent:NAME` answers as an agent."""
    decisions: Mapping[str, Say] = field(default_factory=dict)
    """By pattern (`*`, `refund*`) of a question, a step's name, or a tool that is asked about; the first that fits."""
    events: Sequence[Coming] | None = None
    failing: frozenset[str] = frozenset()
    """Keys of steps (`load#1`) of which every attempt fails."""
    start: float = START
    most_items: int = 1_000
    """Deliveries after which it is given up."""
    seconds: float = 30.0
    """Of real time, after which it is given up."""
    guesses: Guesses = NO_GUESSES
    """What untyped values are like."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A place where a plan can go on in several ways: what was asked, the ways, and which was taken."""

    what: str
    """`approval agree`, `event payment`, `answer colour`."""
    options: tuple[str, ...]
    taken: int = 0
    line: int | None = None

    @property
    def way(self) -> str:
        """The way that was taken: `is rejected`."""
        return self.options[self.taken]


@dataclass(frozen=True, slots=True)
class Made:
    """A call of a tool that was made. `order` counts calls and decisions of a walk together."""

    order: int
    tool: str
    args: dict[str, Json]
    step: str
    """The name of the step, whichever occurrence of it."""
    attempt: int
    outcome: CallOutcome
    result: Json = None
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to people, and what became of it. `order` is that of its decision; 0 while it has none."""

    step: str
    """The key of the step."""
    kind: str
    """call, ask, outcome."""
    question: str
    calls: tuple[Call, ...]
    said: str = "pending"
    """approve, reject, answer, happened, not_happened, expired, withdrawn, pending."""
    value: Json = None
    comment: str | None = None
    order: int = 0
    at: float = 0.0
    schema: Json = None
    details: Json = None


@dataclass(frozen=True, slots=True)
class Walk:
    """One way through a plan, to its end."""

    outcome: Outcome
    result: Json = None
    error: Json = None
    """The error document of a failed run: `type`, `message`, `line`, `kind`, `fault`, `step`."""
    steps: tuple[StepView, ...] = ()
    """In order of start, of all generations."""
    calls: tuple[Made, ...] = ()
    asked: tuple[Asked, ...] = ()
    choices: tuple[Choice, ...] = ()
    """What led here."""
    failing: frozenset[str] = frozenset()
    """The steps that were made to fail."""
    seconds: float = 0.0
    """How long it would have taken, by the clock of the run."""
    made_up: tuple[str, ...] = ()
    """Whose values were made up on the way: tools, `event TYPE`, `answer STEP`, `agent:NAME`, `payload`."""
    guessed: tuple[str, ...] = ()
    """Those of them of which no schema says what is in them."""
    played: frozenset[str] = frozenset()
    """What was given and used: names of tools, `agent:NAME`, patterns of decisions."""
    generations: int = 1
    rollback: Json = None
    """What was undone, where something was."""
