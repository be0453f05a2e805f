"""A task as its file gives it: the goal, the tools, and the cases with what is played and what is expected."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, model_validator

from ..records import Effect, Json, Review, Risk, ToolSpec
from ..settings import duration
from ..trial import Saying

Seconds = Annotated[float, BeforeValidator(duration), Field(ge=0, le=365 * 86_400, allow_inf_nan=False)]
_T = TypeVar("_T")
Several = Annotated[tuple[_T, ...], Strict(False)]
"""A list of the file."""
DECISIONS = get_args(Saying)
_OUTCOMES = frozenset({"value", "fail", "unknown"})


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class OfferedTool(_Table):
    """`tools.NAME`: a tool as the model sees it."""

    description: str = Field(min_length=1)
    parameters: dict[str, Json]
    returns: dict[str, Json] = {}
    effect: Effect = "once"
    risk: Risk = "low"
    approval: Literal["never", "always"] = "never"

    def spec(self, name: str) -> ToolSpec:
        """The tool as the house knows it."""
        return ToolSpec(
            name, self.description, self.parameters, self.returns, self.risk, self.effect, approval=self.approval
        )


class Played(_Table):
    """`cases.N.results.TOOL.K`: what one call of a tool comes to: a value, a failure, or nobody knows what."""

    when: dict[str, Json] = {}
    """Which arguments a call must have for this to be its result: exactly these values, and whatever others."""
    value: Json = Field(default=None, alias="return")
    fail: str | None = None
    unknown: str | None = None
    type: str | None = None
    """The type of error that the plan sees."""

    @model_validator(mode="after")
    def _is_one(self) -> Played:
        if len(_OUTCOMES & self.model_fields_set) != 1:
            raise ValueError("write exactly one of return, fail and unknown")
        return self


class Decision(_Table):
    """`cases.N.decisions.PATTERN`: what a person says to a question: `approve`, `reject: "too much"`, `answer: 3`..."""

    kind: Saying
    value: Json = None
    """The answer, the comment, or the result of what happened."""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: object) -> object:
        if isinstance(given, str) and given in DECISIONS:
            return {"kind": given}
        if isinstance(given, dict) and len(given) == 1 and next(iter(given)) in DECISIONS:
            return {"kind": next(iter(given)), "value": next(iter(given.values()))}
        raise ValueError(f"write one of {', '.join(DECISIONS)}, with a comment or a value behind it where it needs one")


class Sent(_Table):
    """`cases.N.events.K`: an event that comes some time after the run began."""

    type: str = Field(min_length=1)
    payload: dict[str, Json] = {}
    after: Seconds = 0.0


class Call(_Table):
    """`calls` and `never`: a call of a tool with at least these arguments; see `matching`."""

    tool: str
    args: dict[str, Json] = {}


class Expected(_Table):
    """`cases.N.expect`: what a right plan does in this case."""

    outcome: Literal["completed", "failed", "any"] = "completed"
    calls: Several[Call] = ()
    """Those that must come, in this order; others may come in between."""
    unordered: bool = False
    never: Several[Call] = ()
    approved: Several[str] = ()
    """Tools of which each call must have been agreed to by a person before."""
    most: dict[str, Annotated[int, Field(ge=0)]] = {}
    """How often tools may be called at most. Calls that fail do not count: nothing happened."""
    undone: dict[str, str] = {}
    """Tools, and those that undo them: of what was done, nothing may be left."""
    asked: Annotated[int, Field(ge=0)] | None = None
    """How many questions the plan may ask people at most."""
    lasts: Seconds | None = None
    """How long it has to take at least, by the clock of the run: what waits may not be left out."""
    within: Seconds | None = None
    """How long it may take at most."""
    result: Json = None

    @property
    def has_result(self) -> bool:
        """Whether something is said of what the run returns."""
        return "result" in self.model_fields_set


class Case(_Table):
    """`cases.N`: one run of the plan."""

    name: str = Field(min_length=1)
    payload: dict[str, Json] = {}
    results: dict[str, Several[Played]] = {}
    """By tool, in the order of its calls; the last one that fits repeats."""
    decisions: dict[str, Decision] = {}
    """By a pattern (`*`, `*refund*`) for the question, the step (`agree`, `agree#2`) or a tool that is asked about."""
    events: Several[Sent] = ()
    expect: Expected = Expected()


class Task(_Table):
    """The whole file."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*$")
    goal: str = Field(min_length=1)
    instructions: str = ""
    review: Review = "never"
    tools: dict[str, OfferedTool] = Field(min_length=1)
    cases: Several[Case] = Field(min_length=1)

    @property
    def domain(self) -> str:
        """The first part of the id."""
        return self.id.partition("/")[0]

    def specs(self) -> tuple[ToolSpec, ...]:
        """Its tools, by name."""
        return tuple(self.tools[name].spec(name) for name in sorted(self.tools))

    def model_post_init(self, _: Any) -> None:
        """Names of cases are unique: a report names them."""
        names = [case.name for case in self.cases]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two cases are called {twice!r}")
