"""Rules for what nobody should read: secrets in the source, and what a sensitive step gives."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from math import log2

from ..guest.trees import walk
from .findings import Report
from .plan import Plan, returned
from .scopes import FUNCTIONS, Function, Scope

_KNOWN = re.compile(
    r"\b(?:AKIA[0-9A-Z]{16}|sk-[\w-]{20,}|gh[pousr]_\w{30,}|github_pat_\w{30,}|glpat-[\w-]{20}|xox[abprs]-[\w-]{10,}"
    r"|AIza[\w-]{35}|eyJ[\w-]{10,}\.eyJ[\w-]{10,})|-----BEGIN [A-Z ]*PRIVATE KEY-----|://[^/\s:@{}]+:[^/\s@{}]+@",
    re.ASCII,
)
"""As services write their keys: AWS, OpenAI, Anthropic, GitHub, GitLab, Slack, Google, JWT; a URL with a password."""
_NAMED = re.compile(r"(?:^|_)(?:password|passwd|passphrase|secret|api_?key|access_token|private_key)$", re.IGNORECASE)
_RANDOM = re.compile(r"[A-Za-z0-9+/_=-]{32,200}", re.ASCII)
_VALUE = re.compile(r"[^\s<>{}$*.]{6,}")
_BITS = 4.3
"""Of a character, from which a text without words looks like chance; that of hexadecimal is at most 4."""
_EACH = 3
"""Of digits, small and capital letters that there are at least in a text of chance."""
_ROUNDS = 4
"""How often all assignments and calls are looked at: what is worked out from what is worked out later is not."""
_UNTOLD = frozenset({"len", "bool", "isinstance", "type"})
_TELLING = {"progress": ("message",), "wait_for_approval": ("question", "details"), "ask": ("question", "details")}


def secrets_in_source(plan: Plan, report: Report) -> None:
    """AF822: a literal that looks like a password or a key."""
    for node, name in _texts(plan):
        if _looks_secret(str(node.value), name):
            problem = (
                "this text looks like a secret: it is stored with the plan, and everybody who reads the plan sees it"
            )
            advice = "leave it out: a tool has its key in agentflow.toml, and no plan needs to know it"
            report.warning("AF822", node, problem, advice)


def sensitive_values(plan: Plan, report: Report) -> None:
    """AF823: what a step with `sensitive=True` gives, in a place that everybody can read."""
    flow = _Flow(plan)
    for node, place in _open_places(plan) if flow.steps else ():
        built = plan.only_value(node) if isinstance(node, ast.Name) and place.startswith("the call") else None
        for name, line in flow.told(built or node):
            problem = f"{name} comes from the sensitive step in line {line}, and {place} is shown to everybody"
            report.warning("AF823", node, problem, _repair(place))


def _repair(place: str) -> str:
    if place.startswith("the call"):
        return "add sensitive=True to this step, too"
    return "name something else that tells it apart, such as an id; hand the value to sensitive steps alone"


def _texts(plan: Plan) -> Iterator[tuple[ast.Constant, str]]:
    """The texts of a plan, each with the name that it is given."""
    for node in plan.of(ast.Constant):
        if isinstance(node.value, str) and len(node.value) >= 6:
            yield node, _name_of(plan, node)


def _name_of(plan: Plan, node: ast.Constant) -> str:
    match plan.scopes.parent(node):
        case ast.keyword(arg=str(name)):
            return name
        case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)]):
            return name
        case ast.Dict(keys=keys, values=values) if node in values:
            key = keys[values.index(node)]
            return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
    return ""


def _looks_secret(text: str, name: str) -> bool:
    if _KNOWN.search(text):
        return True
    if _NAMED.search(name) and _VALUE.fullmatch(text):
        return True
    return any(_is_random(part) for part in _RANDOM.findall(text))


def _is_random(text: str) -> bool:
    """Letters of both cases and digits, evenly mixed."""
    kinds = (str.islower, str.isupper, str.isdigit)
    if any(sum(map(kind, text)) < _EACH for kind in kinds) or text.count("/") > 2:
        return False
    counts = Counter(text)
    return -sum(n / len(text) * log2(n / len(text)) for n in counts.values()) >= _BITS


def _open_places(plan: Plan) -> Iterator[tuple[ast.expr, str]]:
    """What people see: names of steps, progress, questions, the run's result; calls of steps that are not sensitive."""
    for call in plan.calls:
        verb = plan.verb(call)
        if verb is None:
            continue
        if call.args and verb not in ("gather", "map", "timeout", "continue_as_new", "progress"):
            yield call.args[0], "a step's name"
        for at, part in enumerate(_TELLING.get(verb, ()), start=0 if verb == "progress" else 1):
            given = [one.value for one in call.keywords if one.arg == part]
            if part != "details":
                given += call.args[at : at + 1]
            yield from ((one, f"the {part}") for one in given)
        if verb == "do" and not _is_sensitive(call):
            yield from ((one, "the call of this step") for one in _work(plan, call))


def _work(plan: Plan, call: ast.Call) -> Iterator[ast.expr]:
    given = [*call.args[1:2], *(one.value for one in call.keywords if one.arg == "call")]
    for one in given:
        built = plan.only_value(one) if isinstance(one, ast.Name) else one
        if built is not None and plan.tool_names(built) is not None:
            yield one


def _is_sensitive(call: ast.Call) -> bool:
    flags = [one.value for one in call.keywords if one.arg == "sensitive"]
    return any(not (isinstance(flag, ast.Constant) and not flag.value) for flag in flags)


class _Flow:
    """The sensitive steps of a plan, and the names that hold what one gave, or what was worked out from it, with the
    line of the step; also those of the plan's own functions, by what they are given and what they return."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.steps = {call for call in plan.calls if plan.verb(call) == "do" and _is_sensitive(call)}
        self.found: dict[tuple[Scope | None, str], int] = {}
        self._given: dict[Function, int] = {}
        if self.steps:
            self._follow_all()

    def told(self, node: ast.expr) -> Iterator[tuple[str, int]]:
        """What in an expression tells something of a sensitive value: names, results of steps and of functions."""
        waiting: list[ast.AST] = [node]
        for one in waiting:
            match one:
                case ast.Name():
                    yield from self._known(one.id, self.found.get(self._key(one)))
                case ast.Call() if self._plan.verb(one):  # what it is given, it does not give back
                    yield from self._known("a result", one.lineno if one in self.steps else None)
                case ast.Call(func=func) if own := self._plan.functions(func):
                    lines = [line for function in own if (line := self._given.get(function))]
                    yield from self._known(f"{ast.unparse(func)}()", next(iter(lines), None))
                case ast.Compare() | ast.Lambda():
                    pass
                case _ if not _is_count(one):
                    waiting += ast.iter_child_nodes(one)

    def _known(self, name: str, line: int | None) -> Iterator[tuple[str, int]]:
        if line is not None:
            yield name, line

    def _follow_all(self) -> None:
        nodes = self._plan.nodes
        given = [node for node in nodes if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.For)]
        functions = [node for node in nodes if isinstance(node, FUNCTIONS)]
        for _ in range(_ROUNDS):
            before = len(self.found) + len(self._given)
            for node in given:
                self._follow(node)
            for call in self._plan.calls:
                self._hand_over(call)
            for function in functions:
                lines = [line for value in returned(function) for line in self._lines(value)]
                if lines:
                    self._given.setdefault(function, lines[0])
            if len(self.found) + len(self._given) == before:
                return

    def _follow(self, node: ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.For) -> None:
        lines = self._lines(node.iter if isinstance(node, ast.For) else node.value)
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for name in (one for target in targets for one in walk(target) if isinstance(one, ast.Name)):
            if lines and isinstance(name.ctx, ast.Store):
                self.found.setdefault(self._key(name), lines[0])

    def _lines(self, value: ast.expr | None) -> list[int]:
        """The lines of the steps of which an expression tells something."""
        return [line for _, line in self.told(value)] if value is not None else []

    def _hand_over(self, call: ast.Call) -> None:
        """What a function of the plan is given, its parameters hold."""
        for function in self._plan.functions(call.func):
            known = self._plan.places(function)
            named = {keyword.arg: keyword.value for keyword in call.keywords}
            places = dict(zip([one.arg for one in known], call.args, strict=False))
            for one in known:
                if lines := self._lines(places.get(one.arg) or named.get(one.arg)):
                    self.found.setdefault((self._plan.scopes.of(one), one.arg), lines[0])

    def _key(self, name: ast.Name) -> tuple[Scope | None, str]:
        return self._plan.scopes.of(name).owner(name.id), name.id


def _is_count(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _UNTOLD
