"""What the expressions of a plan give on one way through it, and what is known after them."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from ..guest.trees import children, walk
from .plan import Plan, yields
from .scopes import Function
from .states import NOTHING, Flow, Found, Key, Kind, Refusal, State, Value, Values, distinct, truth, weak

_DEPTH = 4
_BUDGET = 8_000
_ANY = "*"
"""In the names of a refusal: every one may remember it."""
_NONE = frozenset({Value("constant", ast.Constant(None))})


class TooLong(Exception):
    """The plan has more ways than are followed."""


class Raised(NamedTuple):
    """An error that a statement may raise, by its name, and what holds then."""

    name: str
    state: State


class Evaluation(ABC):
    """What expressions give on one way; `seen` hears of every `step.do`, and of what it is given there."""

    def __init__(self, plan: Plan, seen: Callable[[ast.Call, State, Values], None]) -> None:
        self._plan = plan
        self._seen = seen
        self._left = _BUDGET
        self._stack: list[Function] = []
        self._raised: list[list[Raised]] = [[]]
        self._names: dict[ast.Call, frozenset[Key]] = {}
        self._tests: dict[ast.expr, tuple[str, bool]] = {}
        self._homes: dict[ast.Call, Function | None] = {}
        self.covers: dict[ast.Call, set[ast.Call]] = {}
        """The tool calls that each approval is asked for."""

    @abstractmethod
    def _block(self, statements: Iterable[ast.stmt], states: Iterable[State]) -> Flow:
        """The statements of a function that is called."""

    def _when(self, test: ast.expr, state: State, wanted: bool) -> list[State]:
        """The states in which a test comes out as wanted."""
        found = []
        text, again = self._read(test)
        for after, values in self._value(test, state):
            known = self._decide(test, values, after)
            if known is None:
                known = next((result for tested, result in after.decided if tested == text), None)
            if known is wanted:
                found.append(after)
            elif known is None:
                way = self._forget(test, after).on(f"`{text:.60}` is {str(wanted).lower()}")
                found.append(replace(way, decided=way.decided | {(text, wanted)}) if again else way)
        return found

    def _read(self, test: ast.expr) -> tuple[str, bool]:
        """A test as text, and whether it comes out the same when it is asked again."""
        if test not in self._tests:
            calls = any(isinstance(one, ast.Call | ast.Await) for one in walk(test))
            self._tests[test] = ast.unparse(test), not calls
        return self._tests[test]

    def _decide(self, test: ast.expr, values: Values, state: State) -> bool | None:
        match test:
            case ast.Constant(value=value):
                return bool(value)
            case ast.Name() | ast.Await() | ast.NamedExpr():
                return truth(values)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                known = self._decide(operand, self._held(operand, state), state)
                return None if known is None else not known
            case ast.Compare(
                left=ast.Name() as left, ops=[ast.Is() | ast.IsNot() as how], comparators=[ast.Constant(value=None)]
            ):
                held = self._held(left, state)
                if len(held) != 1:
                    return None
                (one,) = held
                return (isinstance(one.node, ast.Constant) and one.node.value is None) is isinstance(how, ast.Is)
        return None

    def _held(self, node: ast.expr, state: State) -> Values:
        return state.names.get(self._key(node), NOTHING) if isinstance(node, ast.Name) else NOTHING

    def _forget(self, test: ast.expr, state: State) -> State:
        """A test that nobody can decide here may look at how a question went: no refusal is certain behind it."""
        if not state.refused:
            return state
        names = names_in(test)
        return replace(state, refused=frozenset(one for one in state.refused if not one.names & {*names, _ANY}))

    def _spread(self, node: ast.stmt, state: State) -> State:
        """What is worked out from a name that remembers a refusal remembers it, too."""
        if not state.refused:
            return state
        names = names_in(node)
        now = (told(one, names) if one.names & names else one for one in state.refused)
        return replace(state, refused=frozenset(now))

    def _key(self, node: ast.Name) -> Key:
        return self._plan.scopes.of(node).owner(node.id), node.id

    def _bound(self, targets: Iterable[ast.expr], values: Values, state: State, *, add: bool = False) -> State:
        for target in targets:
            match target:
                case ast.Name():
                    state = self._touched(self._key(target), state).bind(self._key(target), values, add=add)
                case ast.Tuple(elts=parts) | ast.List(elts=parts):
                    state = self._bound(parts, weak(values), state)
                case ast.Starred(value=inner):
                    state = self._bound([inner], weak(values), state)
                case ast.Subscript(value=ast.Name() as owner) | ast.Attribute(value=ast.Name() as owner):
                    state = self._touched(self._key(owner), state).bind(self._key(owner), weak(values), add=True)
        return state

    def _touched(self, key: Key, state: State) -> State:
        """What was built or tested with the name would come out differently now."""
        stale = {call for call, names in self._names.items() if key in names}
        decided = frozenset(one for one in state.decided if key[1] not in one[0])
        if stale <= state.stale and len(decided) == len(state.decided):
            return state
        return replace(state, stale=state.stale | stale, decided=decided)

    def _all(self, nodes: Iterable[ast.AST], state: State) -> Found:
        """Evaluate several, one after the other; the values of all of them."""
        found: Found = [(state, NOTHING)]
        for node in nodes:
            found = [(after, held | values) for before, held in found for after, values in self._value(node, before)]
        return found

    def _value(self, node: ast.AST, state: State) -> Found:
        self._left -= 1
        if self._left < 0:
            raise TooLong
        match node:
            case ast.Constant():
                return [(state, frozenset({Value("constant", node)}))]
            case ast.Name():
                return [(state, state.names.get(self._key(node), NOTHING))]
            case ast.IfExp():
                return self._either(node, state)
            case ast.NamedExpr(target=target, value=value):
                return [(self._bound([target], values, after), values) for after, values in self._value(value, state)]
            case ast.Await(value=value):
                return [self._awaited(value, after, values) for after, values in self._value(value, state)]
            case ast.Attribute(value=value, attr=name):
                return [(after, _part(values, name)) for after, values in self._value(value, state)]
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node, state)
            case ast.Call():
                return self._called(node, state)
        parts = [] if isinstance(node, ast.Lambda) else children(node)
        return [(after, weak(values)) for after, values in self._all(parts, state)]

    def _either(self, node: ast.IfExp, state: State) -> Found:
        ways = ((node.body, self._when(node.test, state, True)), (node.orelse, self._when(node.test, state, False)))
        return [pair for value, states in ways for one in distinct(states) for pair in self._value(value, one)]

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, state: State) -> Found:
        found: Found = [(state, NOTHING)]
        for loop in node.generators:
            given = [pair for before, _ in found for pair in self._value(loop.iter, before)]
            found = [(self._bound([loop.target], weak(values), after), NOTHING) for after, values in given]
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        return [(after, weak(values)) for before, _ in found for after, values in self._all(parts, before)]

    def _called(self, call: ast.Call, state: State) -> Found:
        verb, own = self._plan.verb(call), self._plan.functions(call.func)
        if verb == "map":
            own = [one for given in call.args[:1] for one in self._plan.functions(given)]
        if len(own) == 1 and self._follows(own[0]):
            return self._with_arguments(call, own[0], state, mapped=verb == "map")
        receiver = [call.func.value] if isinstance(call.func, ast.Attribute) else []
        found = self._all([*receiver, *call.args, *(keyword.value for keyword in call.keywords)], state)
        if self._plan.tool_names(call) is not None:
            return [self._built(call, after) for after, _ in found]
        if verb == "do":
            return [self._done(call, after) for after, _ in found]
        if verb == "wait_for_approval":
            return [self._asking(call, after) for after, _ in found]
        return [(self._received(call, values, after), weak(values)) for after, values in found]

    def _received(self, call: ast.Call, values: Values, state: State) -> State:
        """`calls.append(call)` puts something into `calls`."""
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if not isinstance(owner, ast.Name):
            return state
        decided = frozenset(one for one in state.decided if owner.id not in one[0])
        changed = state if decided == state.decided else replace(state, decided=decided)
        return changed.bind(self._key(owner), weak(values), add=True) if weak(values) else changed

    def _follows(self, function: Function) -> bool:
        decorated = self._plan.step_decorator(function) is not None
        return len(self._stack) <= _DEPTH and function not in self._stack and not decorated and not yields(function)

    def _with_arguments(self, call: ast.Call, function: Function, state: State, *, mapped: bool) -> Found:
        given: list[tuple[str | None, ast.expr]] = [(None, argument) for argument in call.args]
        given += [(keyword.arg, keyword.value) for keyword in call.keywords]
        found: list[tuple[State, list[tuple[str | None, Values]]]] = [(state, [])]
        for name, node in given:
            found = [
                (after, [*held, (name, values)])
                for before, held in found
                for after, values in self._value(node, before)
            ]
        return [
            pair
            for after, held in found
            for pair in self._call(
                function, [(name, weak(values)) for name, values in held[1:]] if mapped else held, after
            )
        ]

    def _call(self, function: Function, given: list[tuple[str | None, Values]], state: State) -> Found:
        if isinstance(function, ast.Lambda):
            body: list[ast.stmt] = [ast.Return(function.body)]
        else:
            body = function.body
        known = self._plan.places(function)
        places = [parameter.arg for parameter in known]
        held = {name: values for name, values in given if name}
        held |= dict(zip(places, [values for name, values in given if name is None], strict=False))
        scope = self._plan.scopes.of(known[0]) if known else None
        for name in places:
            state = self._touched((scope, name), state).bind((scope, name), held.get(name, NOTHING))
        self._stack.append(function)
        flow = self._block(body, [state])
        self._stack.pop()
        found = flow.returned + [(one, _NONE) for one in flow.on]
        ways = [(self._left_behind(function, after, values, state), values) for after, values in found]
        return [*{(after.facts, values): (after, values) for after, values in reversed(ways)}.values()]

    def _left_behind(self, function: Function, after: State, values: Values, before: State) -> State:
        """What is of use outside of a function: none of its own names; whatever it gives may tell of a refusal."""
        given = {value.node for value in values}
        own = {call for call in after.stale | self._names.keys() if self._home(call) is function} - given
        done = {approval for approval, calls in self.covers.items() if calls <= own}
        refused = (one if one in before.refused else told(one, frozenset({_ANY})) for one in after.refused)
        return replace(
            after,
            names={key: held for key, held in after.names.items() if key[0] is None or key[0].node is not function},
            asked=after.asked - done,
            refused=frozenset(one for one in refused if one.approval not in done),
            stale=after.stale - own,
            decided=after.decided & before.decided,
        )

    def _home(self, call: ast.Call) -> Function | None:
        if call not in self._homes:
            self._homes[call] = self._plan.function_around(call)
        return self._homes[call]

    def _built(self, call: ast.Call, state: State) -> tuple[State, Values]:
        """A tool call that is built again is another one: what was said of it before is of no use."""
        if call not in self._names:
            self._names[call] = frozenset(self._key(name) for name in walk(call) if isinstance(name, ast.Name))
        about = {approval for approval, calls in self.covers.items() if call in calls}
        refused = frozenset(one for one in state.refused if one.approval not in about)
        fresh = replace(state, stale=state.stale - {call}, asked=state.asked - about, refused=refused)
        return fresh, frozenset({Value("call", call)})

    def _done(self, call: ast.Call, state: State) -> tuple[State, Values]:
        given = next(iter([*call.args[1:2], *(one.value for one in call.keywords if one.arg == "call")]), None)
        done = state
        for after, values in self._quietly(given, state):
            self._seen(call, after, values)
            done = self._ran(call, values, done)
        self._raised[-1].append(Raised("", state))
        return done, NOTHING

    def _ran(self, do: ast.Call, values: Values, state: State) -> State:
        """What is known once a step has made a call: which approval it used, and that a question was about it."""
        used = state.used
        match [*values]:
            case [Value(kind="approved", node=ast.Call() as approval)]:
                used |= {(approval, do.lineno)}
        looked = all(isinstance(value.node, ast.Call) and self._only_reads(value.node) for value in values)
        return replace(state, used=used, silent=state.silent if looked else frozenset())

    def _only_reads(self, call: ast.Call) -> bool:
        names = self._plan.tool_names(call) or []
        return bool(names) and all((self._plan.tools or {}).get(name, {}).get("effect") == "read" for name in names)

    def _asking(self, call: ast.Call, state: State) -> tuple[State, Values]:
        given = next((one.value for one in call.keywords if one.arg == "call"), None)
        calls = {
            value.node
            for _, values in self._quietly(given, state)
            for value in values
            if value.kind in ("call", "some")
        }
        self.covers.setdefault(call, set()).update(one for one in calls if isinstance(one, ast.Call))
        return state, frozenset({Value("waiting", call)})

    def _quietly(self, node: ast.expr | None, state: State) -> Found:
        """What an expression gives that has been evaluated already."""
        return self._value(node, state) if node is not None else []

    def _awaited(self, node: ast.expr, state: State, values: Values) -> tuple[State, Values]:
        asked = {value.node for value in values if value.kind == "waiting" and isinstance(value.node, ast.Call)}
        certain = len(asked) == 1 and len(values) == 1 and self._plan.verb(node) != "race"
        for approval in asked:
            refused = replace(
                state, refused=state.refused | {Refusal(approval, frozenset())}, asked=state.asked - asked
            )
            self._raised[-1].append(
                Raised("ApprovalRejected", refused.on(f"a person refuses what line {approval.lineno} asks"))
            )
            self._raised[-1].append(
                Raised(
                    "ApprovalExpired",
                    replace(state, asked=state.asked - asked).on(f"nobody answers what line {approval.lineno} asks"),
                )
            )
        if certain or (asked and self._plan.is_gather(node)):
            state = self._agreed(state, asked)
        given = frozenset(Value("approval", value.node) if value.kind == "waiting" else value for value in values)
        return state, given

    def _agreed(self, state: State, given: set[ast.Call]) -> State:
        """A yes stands over what was refused before."""
        calls = {call for approval in given for call in self.covers[approval]}
        left = (one for one in state.refused if one.approval not in given and not self.covers[one.approval] & calls)
        silent = (one for one in given if not any(keyword.arg in ("call", None) for keyword in one.keywords))
        used = frozenset(one for one in state.used if one[0] not in given)
        asked, refused = state.asked | given, frozenset(left)
        return replace(state, asked=asked, refused=refused, silent=frozenset(silent), used=used)


def _part(values: Values, name: str) -> Values:
    """What an attribute holds: the approved call of an approval; of anything else, what it holds itself."""
    answers = {value for value in values if value.kind in ("approval", "approvals")}
    one: Kind = "approved" if name == "call" else "several"
    given = {Value(one if value.kind == "approval" else "several", value.node) for value in answers}
    return weak(values - answers) | (given if name in ("call", "calls") else NOTHING)


def names_in(node: ast.AST) -> frozenset[str]:
    return frozenset(one.id for one in walk(node) if isinstance(one, ast.Name) and one.id != "step")


def told(refusal: Refusal, names: frozenset[str]) -> Refusal:
    return Refusal(refusal.approval, refusal.names | names)
