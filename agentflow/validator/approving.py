"""Rules for approvals: what runs after a question is what a person saw and agreed to, on every way that leads there.

What is proved. A plan that asks by itself (`wait_for_approval(..., call=c)`) means: `c` runs only after a yes, and
`c` is what was shown. `paths.py` walks forward through `run`, the functions and methods that it calls (four deep),
and on each way keeps what the names hold, which approvals were given, which may have been refused. That is a
must-analysis: a fact holds at a call if it holds in every state there. States are not joined to their intersection
but kept apart, up to a dozen at each place, so that `approved = False; try: ...; approved = True; except
ApprovalRejected: pass; if approved:` is understood, and so that a finding can say on which way it fails. A handler
starts with what held where its error was raised; a loop is gone through until nothing new is learnt, three times at
most. Building a tool call anew forgets what was said of it; binding a name again makes the calls that were built with
it stale. Beyond the budget, or where one of several calls is taken out of a list, nothing is said.

What is an error. The wall is the host's: a tool whose policy needs a person is never called without a yes to these
very arguments, whatever the plan does (`dispatch/trying.py`). So the harm is not that such a tool runs unseen, but
that a person's word counts for nothing. Two cases are errors, for tools of any policy, since a tool that needs no
approval would really run:

* AF701: a person says no, and the same call is made. Only the way from the refusal to the call is looked at, and a
  test on the way that may know of the refusal (it names something that the `try` touched) ends the suspicion.
* AF702: the plan shows one call and makes another: the same tool with arguments that were changed since.

The others are warnings, for tools whose policy needs a person: the host asks by itself there, and nothing happens
unseen.

* AF703: the call is approved on every way, but the plan runs the one that it built, not `approval.call`: a person is
  asked twice.
* AF704: approved on one way and not on another. With approval "always" the run stops there for a question that the
  plan did not foresee. With a predicate nothing is said: to ask only where the arguments call for it is what
  predicates are for.
* AF705: a question without `call=`, and the next that is done is such a call: a person is asked in words, and then
  again with the arguments. What is only read in between is no answer to a question.
* AF706: the call of one approval is run by two steps. It serves the first: the second asks again.
"""

from __future__ import annotations

import ast
from typing import NamedTuple

from .evaluation import TooLong
from .findings import Report
from .paths import Paths
from .plan import Plan
from .states import State, Values

_YES = frozenset({"approved", "several"})
_ASKING = frozenset({"always", "predicate"})


class Made(NamedTuple):
    """A `step.do` as one way comes to it."""

    do: ast.Call
    state: State
    values: Values


def approvals_hold(plan: Plan, report: Report) -> None:
    """AF701 to AF706: see above."""
    if plan.run is None or not any(plan.verb(call) == "wait_for_approval" for call in plan.calls):
        return
    made: list[Made] = []
    paths = Paths(plan, lambda do, state, values: made.append(Made(do, state, values)))
    try:
        paths.follow(plan.run)
    except TooLong:
        return
    judge = _Judge(plan, report, paths.covers, made)
    for do in dict.fromkeys(one.do for one in made):
        judge.step([one for one in made if one.do is do])


class _Judge:
    """Says of each `step.do` what is wrong with it on the ways that lead there."""

    def __init__(self, plan: Plan, report: Report, covers: dict[ast.Call, set[ast.Call]], made: list[Made]) -> None:
        self._plan = plan
        self._report = report
        self._covers = covers
        self._used = {value.node for one in made for value in one.values if value.kind in _YES}
        self._said: set[ast.Call] = set()

    def step(self, ways: list[Made]) -> None:
        """All ways to one `step.do`."""
        open_ways = [one for one in ways if self._single(one)]
        for one in open_ways:
            call = self._single(one)
            assert call is not None
            if self._refused(one, call) or self._changed(one, call):
                return
        self._again(ways)
        policies = {self._policy(call) for one in open_ways if (call := self._single(one))}
        agreed = [one for one in open_ways if self._agreed(one)]
        bare = [one for one in open_ways if one not in agreed]
        asked = [one for one in ways if one not in bare]
        if bare and "always" in policies and (asked or any(self._about(one) for one in bare)):
            self._unasked(bare[0], asked)
        elif agreed and policies & _ASKING:
            self._twice(agreed[0])
        elif bare:
            self._unshown(bare)

    def _single(self, one: Made) -> ast.Call | None:
        """The one tool call that is made, where the plan built it and it is known."""
        if len(one.values) == 1:
            (value,) = one.values
            if (
                value.kind == "call"
                and isinstance(value.node, ast.Call)
                and len(self._plan.tool_names(value.node) or ()) == 1
            ):
                return value.node
        return None

    def _policy(self, call: ast.Call) -> str:
        return str((self._plan.tools or {}).get(self._tool(call), {}).get("approval", "never"))

    def _tool(self, call: ast.Call) -> str:
        return (self._plan.tool_names(call) or [""])[0]

    def _refused(self, one: Made, call: ast.Call) -> bool:
        for refusal in one.state.refused:
            if self._covering(refusal.approval, call, one.state):
                line = refusal.approval.lineno
                self._report.error(
                    "AF701", one.do,
                    f"{self._tool(call)} is called even if a person refuses it in line {line}: {_way(one.state)}",
                    "let `except ApprovalRejected` return, raise or skip it; run `approval.call` inside the `try`",
                )  # fmt: skip
                return True
        return False

    def _changed(self, one: Made, call: ast.Call) -> bool:
        for approval in sorted(one.state.asked - self._used, key=lambda asked: asked.lineno):
            shown = self._covers.get(approval, set())
            same = [other for other in shown if self._tool(other) == self._tool(call)]
            if call in shown or len(same) != 1 or any(self._same(other, call, one.state) for other in same):
                continue
            if what := self._differing(same[0], call, one.state):
                self._report.error(
                    "AF702", one.do,
                    f"{self._tool(call)} is called with {what} than a person approved in line {approval.lineno}",
                    "work out the arguments before the question, ask with call=..., and run `approval.call`",
                )  # fmt: skip
                return True
        return False

    def _differing(self, shown: ast.Call, call: ast.Call, state: State) -> str:
        """The arguments that are certainly others than those that were shown."""
        known, given = _arguments(shown), _arguments(call)
        if known.keys() != given.keys():
            return ""
        unlike = {name for name, text in given.items() if known[name] != text}
        constants = all(_is_constant(shown, name) and _is_constant(call, name) for name in unlike)
        if unlike:
            return f"another {' and '.join(map(repr, sorted(unlike)))}" if constants else ""
        return "other values" if shown in state.stale else ""

    def _agreed(self, one: Made) -> bool:
        call = self._single(one)
        return call is not None and any(self._covering(approval, call, one.state) for approval in one.state.asked)

    def _about(self, one: Made) -> bool:
        """Is there an approval for this call somewhere, though not on this way?"""
        call = self._single(one)
        return call is not None and any(self._covering(approval, call, one.state) for approval in self._covers)

    def _covering(self, approval: ast.Call, call: ast.Call, state: State) -> bool:
        return any(other is call or self._same(other, call, state) for other in self._covers.get(approval, ()))

    def _same(self, shown: ast.Call, call: ast.Call, state: State) -> bool:
        return (
            shown not in state.stale
            and self._tool(shown) == self._tool(call)
            and (known := _arguments(shown)) == _arguments(call)
            and len(known) == len(call.keywords)
        )

    def _unasked(self, bare: Made, asked: list[Made]) -> None:
        call = self._single(bare)
        assert call is not None
        common = {way for one in asked for way in one.state.trail}
        trail = tuple(way for way in bare.state.trail if way not in common) or bare.state.trail
        line = min((one.lineno for one in self._covers if self._tool_of(one, call)), default=bare.do.lineno)
        way = _way(bare.state, trail)
        self._report.warning(
            "AF704", bare.do, f"{self._tool(call)} comes without the approval of line {line} {way}, and asks by itself",
            "ask on every way that leads to the call, or leave out the question: the tool's policy asks in any case",
        )  # fmt: skip

    def _tool_of(self, approval: ast.Call, call: ast.Call) -> bool:
        return any(self._tool(other) == self._tool(call) for other in self._covers[approval])

    def _twice(self, one: Made) -> None:
        call = self._single(one)
        assert call is not None
        approval = next(asked for asked in one.state.asked if self._covering(asked, call, one.state))
        self._report.warning(
            "AF703", one.do,
            f"{self._tool(call)} asks a person again: this is not the call that line {approval.lineno} gives back",
            "keep the answer and run its call: `approval = await step.wait_for_approval(...)`, then `approval.call`",
        )  # fmt: skip

    def _unshown(self, bare: list[Made]) -> None:
        """Questions in words alone, right before a call of which the policy asks with its arguments."""
        for one in bare:
            call = self._single(one)
            assert call is not None
            policy = self._policy(call)
            for approval in (one.state.silent if policy in _ASKING else frozenset()) - self._said:
                self._said.add(approval)
                asks = "asks" if policy == "always" else "may ask"
                self._report.warning(
                    "AF705", approval,
                    f"this question shows no call: {self._tool(call)} in line {one.do.lineno} {asks} a person again",
                    "give it call=..., and run `approval.call`; or leave it out: the tool's policy asks in any case",
                )  # fmt: skip

    def _again(self, ways: list[Made]) -> None:
        """A step that runs the call of an approval which another one has used."""
        for one in ways:
            approved = next((value.node for value in one.values if value.kind == "approved"), None)
            line = next((line for approval, line in one.state.used if approval is approved), None)
            calls = self._covers[approved] if isinstance(approved, ast.Call) and len(one.values) == 1 else set()
            asking = sorted(self._tool(call) for call in calls if self._policy(call) in _ASKING)
            if line is not None and asking:
                self._report.warning(
                    "AF706", one.do,
                    f"{asking[0]} asks a person again: the step in line {line} has used this approval",
                    "ask before each call that is to be made, or show them all: call=[...], then `approval.calls`",
                )  # fmt: skip
                return


def _way(state: State, trail: tuple[str, ...] = ()) -> str:
    steps = (trail or state.trail)[-2:]
    return f"when {' and '.join(steps)}" if steps else "on every way"


def _arguments(call: ast.Call) -> dict[str, str]:
    return {keyword.arg: ast.dump(keyword.value) for keyword in call.keywords if keyword.arg}


def _is_constant(call: ast.Call, name: str) -> bool:
    return any(keyword.arg == name and isinstance(keyword.value, ast.Constant) for keyword in call.keywords)
