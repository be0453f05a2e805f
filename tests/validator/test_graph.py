"""The graph of a plan holds what its source does, in order; it is bounded, and every accepted plan has one."""

from __future__ import annotations

import ast
import json
import textwrap

import pytest

from agentflow.graph import MOST, read, walk
from agentflow.graph.words import abilities
from agentflow.validator import check
from agentflow.validator.drawing import DEEPEST
from agentflow.validator.graph import draw
from agentflow.validator.plan import Plan
from agentflow.validator.roles import Roles

from ..benign.scenario import PLANS
from ..graph.plans import drawn, outline, source
from ..plans.catalogue import TOOLS
from . import bad_runs, fine_modules, fine_runs
from .test_rules import GOOD, in_run, module

ACCEPTED = {
    **{path.stem: path.read_text(encoding="utf-8") for path in [*sorted(PLANS.rglob("*.py")), *GOOD]},
    **{name: in_run(body) for name, body in fine_runs.FINE.items()},
    **{name: module(text) for name, text in fine_modules.FINE.items()},
}

SHAPES = {
    "a step, and all that is said of it": (
        """
        await step.do("refund", tools.payments.refund(order_id="1", amount=5), retries={"limit": 3},
                      timeout="2 minutes", rollback=lambda result: tools.payments.cancel(reference=result["id"]))
        """,
        ["└─ do refund · payments.refund, at most 2 minutes, 3 retries, undone by payments.cancel"],
    ),
    "names that are made while it runs": (
        """
        who = event.id
        await step.sleep(f"wait for {who}", 90)
        await step.sleep("a" + who, 5400)
        await step.sleep(who.strip().lower().casefold(), 60 * 60)
        """,
        ["├─ sleep wait for {who} · 90 seconds", "├─ sleep a{who} · 90 minutes", "└─ sleep {…} · 1 hour"],
    ),
    "lengths that are known, and those that are not": (
        """
        from datetime import timedelta
        await step.sleep("a", timedelta(days=1, hours=12))
        await step.sleep("b", event.payload["days"])
        await step.sleep_until("c", event.timestamp)
        await step.sleep("e", timedelta(days=event.payload["days"]))
        await step.wait_for_event("d", ["x.y", "x.z"])
        """,
        [
            "├─ sleep a · 36 hours", "├─ sleep b · for event.payload['days']", "├─ sleep c · until event.timestamp",
            "├─ sleep e · for timedelta(days=event.payload['days'])",
            "└─ wait for d · x.y or x.z, at most 1 day",
        ],
    ),
    "a choice, its other way and an end before the end": (
        """
        if event.id:
            await step.sleep("a", 1)
        elif event.run:
            return 1
        else:
            raise PlanFailed("no")
        if event.agent:
            await step.sleep("b", 1)
        return 2
        """,
        [
            "├─ the first that holds", "│  ├─ event.id:", "│  │  └─ sleep a · 1 second", "│  ├─ event.run:",
            "│  │  └─ end", "│  └─ else:", "│     └─ raise PlanFailed", "└─ if event.agent", "   └─ sleep b · 1 second",
        ],
    ),
    "choices in expressions": (
        """
        one = await step.ask("a", "A?") if event.id else None
        two = one or await step.ask("b", "B?")
        """,
        [
            "├─ if event.id", "│  └─ ask people a · at most 1 week", "└─ if one", "   └─ no:",
            "      └─ ask people b · at most 1 week",
        ],
    ),
    "cases": (
        """
        match event.payload["kind"]:
            case "a" | "b":
                await step.sleep("a", 1)
            case {"x": 1} if event.id:
                pass
            case _:
                await step.sleep("b", 1)
        """,
        [
            "└─ depending on event.payload['kind']", "   ├─ 'a' | 'b':", "   │  └─ sleep a · 1 second",
            "   ├─ {'x': 1} if event.id: · goes on", "   └─ else:", "      └─ sleep b · 1 second",
        ],
    ),
    "loops, and what leaves them": (
        """
        for row in event.payload["rows"]:
            if not row:
                continue
            await step.sleep("a", 1)
        while True:
            if event.id:
                break
            await step.sleep("b", 1)
        done = [await step.ask(f"c {n}", "C?") for n in range(3)]
        """,
        [
            "├─ for row in event.payload['rows']", "│  ├─ if not row", "│  │  └─ next round",
            "│  └─ sleep a · 1 second", "├─ again and again", "│  ├─ if event.id",
            "│  │  └─ leave the loop", "│  └─ sleep b · 1 second", "└─ for n in range(3)",
            "   └─ ask people c {n} · at most 1 week",
        ],
    ),
    "what only computes is left out": (
        """
        total = 0
        for row in event.payload["rows"]:
            if row:
                total += 1
                continue
            if total > 3:
                break
        if total:
            total -= 1
        try:
            total += int("3")
        except ValueError:
            total = 0
        return sorted(event.payload, key=lambda one: -one)
        """,
        [],
    ),
    "errors, and what is done in any case": (
        """
        try:
            await step.do("a", tools.orders.get(id="1"))
        except StepFailed:
            pass
        except (StepTimeout, WaitTimeout) as error:
            raise
        finally:
            await step.progress("x")
            await step.sleep("b", 1)
        """,
        [
            "└─ watch for errors", "   ├─ do a · orders.get", "   ├─ error StepFailed: · goes on",
            "   ├─ error (StepTimeout, WaitTimeout):", "   │  └─ raise again", "   └─ finally:",
            "      └─ sleep b · 1 second",
        ],
    ),
    "errors of what only computes": (
        """
        try:
            number = int(event.payload["n"])
        except ValueError:
            await step.sleep("a", 1)
        """,
        ["└─ watch for errors", "   └─ error ValueError:", "      └─ sleep a · 1 second"],
    ),
    "a clean-up after what only computes": (
        """
        try:
            number = int(event.payload["n"])
        finally:
            await step.sleep("a", 1)
        """,
        ["└─ sleep a · 1 second"],
    ),
    "groups of all sorts": (
        """
        async def help():
            await step.sleep("a", 1)
            await step.sleep("b", 1)
        await step.gather(help(), *[step.sleep("c", 1) for n in range(2)], step.sleep("d", 1))
        """,
        [
            "└─ all at the same time", "   ├─ in help", "   │  ├─ sleep a · 1 second", "   │  └─ sleep b · 1 second",
            "   ├─ for n in range(2), at the same time", "   │  └─ sleep c · 1 second", "   └─ sleep d · 1 second",
        ],
    ),
    "blocks with a time": (
        """
        async with step.timeout("2 hours"):
            await step.sleep("a", 1)
        async with step.timeout(event.payload["most"]):
            await step.sleep("b", 1)
        """,
        [
            "├─ at most 2 hours", "│  └─ sleep a · 1 second", "└─ at most event.payload['most']",
            "   └─ sleep b · 1 second",
        ],
    ),
    "side by side": (
        """
        await step.gather(step.sleep("a", 1), asyncio.gather(step.sleep("b", 1), step.sleep("c", 1)))
        await step.gather(*[step.sleep(f"d {n}", 1) for n in range(2)])
        await step.map(lambda one: step.sleep(f"e {one}", 1), event.payload["rows"])
        await step.race(paid=step.wait_for_event("f", "paid"), late=step.sleep("g", 1))
        """,
        [
            "├─ all at the same time", "│  ├─ sleep a · 1 second", "│  └─ all at the same time",
            "│     ├─ sleep b · 1 second", "│     └─ sleep c · 1 second", "├─ for n in range(2), at the same time",
            "│  └─ sleep d {n} · 1 second", "├─ for each of event.payload['rows'], at the same time",
            "│  └─ sleep e {one} · 1 second", "└─ whichever is first", "   ├─ paid:",
            "   │  └─ wait for f · paid, at most 1 day", "   └─ late:", "      └─ sleep g · 1 second",
        ],
    ),
    "kept, and waited for later: shown where it is waited for": (
        """
        timer = step.sleep("timer", 60)
        first = [step.sleep("one", 1), step.sleep("two", 1)]
        second = []
        for row in event.payload["rows"]:
            second.append(step.sleep(f"row {row}", 1))
        await step.sleep("before", 1)
        await timer
        await step.gather(*first, *second)
        """,
        [
            "├─ sleep before · 1 second", "├─ sleep timer · 1 minute", "└─ all at the same time",
            "   ├─ sleep one · 1 second", "   ├─ sleep two · 1 second",
            "   └─ for row in event.payload['rows'], at the same time", "      └─ sleep row {row} · 1 second",
        ],
    ),
    "functions as steps": (
        """
        async def load(ctx):
            return await tools.orders.get(id=await tools.files.read(path="a"))

        @step.do("save")
        async def save():
            return await tools.files.write(path="a", text="b")

        await step.do("load", load)
        await save()
        await step.do("sum", lambda: 1 + 1)
        """,
        [
            "├─ do load · a function with orders.get or files.read",
            "├─ do save · a function with files.write",
            "└─ do sum · a function",
        ],
    ),
    "what people have approved": (
        """
        call = tools.payments.refund(order_id="1", amount=5)
        approval = await step.wait_for_approval("sure", "Sure?", call=call, timeout="3 days")
        await step.do("refund", approval.call)
        mail = tools.mail.send(to="a", subject="b", body="c")
        agreed = await step.wait_for_approval("both", "Sure?", call=[call, mail])
        await step.do("mail", agreed.calls[1])
        if event.id:
            mail = approval.call
        await step.do("either", mail)
        """,
        [
            "├─ ask for approval sure · of payments.refund, at most 3 days",
            "├─ do refund · payments.refund, as approved",
            "├─ ask for approval both · of payments.refund or mail.send, at most 1 week",
            "├─ do mail · payments.refund or mail.send, as approved",
            "└─ do either · mail.send or payments.refund",
        ],
    ),
    "the rest of the verbs": (
        """
        await step.delegate("write it", "writer", "a report", timeout="1 day")
        await step.rollback("a", event.id)
        await step.rollback()
        await step.continue_as_new({})
        """,
        [
            "├─ delegate write it · to agent writer", "├─ undo · a, event.id", "├─ undo · all that was done",
            "└─ begin anew",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "shown"), SHAPES.values(), ids=SHAPES.keys())
def test_a_plan_is_drawn_as_it_reads(body: str, shown: list[str]) -> None:
    assert outline(drawn(source(body))) == shown


def test_helpers_are_drawn_where_they_are_called_and_recursion_is_said() -> None:
    methods = """
    async def tell(self, step, who):
        if not who:
            return
        await step.do(f"tell {who}", tools.chat.post(channel=who, text="x"))
        await self.tell(step, who[1:])
    """
    graph = drawn(source(CALLS, methods=methods + EACH))
    assert outline(graph) == [
        "├─ in tell",
        "│  ├─ if not who",
        "│  │  └─ leave tell",
        "│  ├─ do tell {who} · chat.post",
        "│  └─ in tell · calls itself",
        "└─ for each of [1], at the same time",
        "   └─ in each",
        "      └─ sleep x · 1 second",
    ]


CALLS = """
    self.step = step
    await self.tell(step, "ab")
    await step.map(self.each, [1])
"""
EACH = """
    async def each(self, one):
        await self.step.sleep("x", 1)
"""


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_every_accepted_plan_has_a_graph_that_stays_the_same(text: str) -> None:
    answer = check(text, None)
    graph = read(json.loads(json.dumps(answer["graph"])))
    assert check(text, None)["graph"] == answer["graph"]
    assert graph is not None or "run from a mixin" in ACCEPTED
    for node in walk(graph.nodes) if graph else ():
        assert 1 <= node.line <= node.end <= len(text.splitlines())


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_no_tool_of_a_plan_is_left_unsaid(text: str) -> None:
    answer = check(text, None)
    graph = read(json.loads(json.dumps(answer["graph"])))
    said = "\n".join(abilities(graph, answer["tools"])) if graph else ""
    assert [tool for tool in answer["tools"] if graph and tool not in said] == []


def test_a_graph_is_cut_where_it_grows_too_large() -> None:
    many = "\n".join(f'await step.sleep("{n}", 1)' for n in range(MOST + 1))
    graph = drawn(source(many))
    assert (len(graph.nodes), graph.cut) == (MOST, True)
    assert outline(graph)[-1] == "... · more than is shown"


def test_helpers_in_helpers_multiply_only_up_to_a_bound() -> None:
    helpers = "\n".join(
        f"async def h{n}(step):\n" + "".join(f"    await h{n + 1}(step)\n" for _ in range(6)) for n in range(9)
    )
    last = 'async def h9(step):\n    await step.sleep("x", 1)\n'
    graph = drawn(source("await h0(step)", before=f"{last}\n{helpers}\n"))
    assert graph.cut
    assert sum(1 for _ in walk(graph.nodes)) == MOST


def test_what_stands_too_deep_is_cut_too() -> None:
    """Deeper than a source may be nested, by helpers that stand in each other."""
    deep = "\n".join(f"{'    ' * n}if event.id:" for n in range(12))
    helpers = "\n".join(
        f"async def h{n}(event, step):\n{textwrap.indent(deep, '    ')}\n{'    ' * 13}await h{n + 1}(event, step)\n"
        for n in range(5)
    )
    last = 'async def h5(event, step):\n    await step.sleep("x", 1)\n'
    graph = drawn(source("await h0(event, step)", before=f"{last}\n{helpers}\n"))
    assert graph.cut
    assert _depth(graph.nodes) == DEEPEST


def _depth(nodes: object) -> int:
    assert isinstance(nodes, tuple)
    return max((1 + max((_depth(part.nodes) for part in node.parts), default=0) for node in nodes), default=0)


def test_tools_carry_what_is_known_of_them() -> None:
    (node,) = drawn(source('await step.do("a", tools.payments.transfer(iban="x", amount=1, reference="y"))')).nodes
    (use,) = node.calls
    assert (use.tool, use.risk, use.effect, use.approval) == ("payments.transfer", "low", "once", "always")


def test_text_of_a_plan_is_made_readable() -> None:
    """Control characters, half of a pair and signs that turn the reading direction stand for themselves nowhere."""
    (node,) = drawn(source('await step.sleep("a\\u202eb\\ud800 \\n c" + 200 * "x", 1)')).nodes
    assert node.name.startswith("a\ufffdb\ufffd c")
    (long,) = drawn(source(f'await step.sleep("{"y" * 200}", 1)')).nodes
    assert (len(long.name), long.name[-1]) == (120, "…")


def test_a_refused_plan_has_no_graph() -> None:
    assert check(source('await step.do("a", tools.no.such())'), TOOLS)["graph"] is None


def test_where_only_a_methods_name_is_known_each_of_that_name_is_a_way() -> None:
    before = """
    class One:
        async def work(self, step):
            await step.sleep("one", 1)

    class Two:
        async def work(self, step):
            await step.sleep("two", 1)

        def quote(self):
            return 1

    """
    body = """
    kinds = {"one": One, "two": Two}
    await kinds[event.id]().work(step)
    """
    assert outline(drawn(source(body, before=before))) == [
        "└─ depending on kinds[event.id]().work",
        "   ├─ One:",
        "   │  └─ in work",
        "   │     └─ sleep one · 1 second",
        "   └─ Two:",
        "      └─ in work",
        "         └─ sleep two · 1 second",
    ]


def test_a_function_that_is_handed_on_may_run_any_number_of_times() -> None:
    methods = """
    async def again(self, function):
        await function()
        await function()
    """
    body = """
    await self.again(lambda: step.sleep("a", 1))
    await step.gather(*map(lambda one: step.sleep("b", 1), event.payload["rows"]))
    """
    assert outline(drawn(source(body, methods=methods))) == [
        "├─ whenever self.again calls it",
        "│  └─ in self.again",
        "│     └─ sleep a · 1 second",
        "└─ all at the same time",
        "   └─ for each of event.payload['rows']",
        "      └─ in map",
        "         └─ sleep b · 1 second",
    ]


def test_a_call_that_was_built_before_may_be_any_of_those_built() -> None:
    body = """
    calls = {}
    for row in event.payload["rows"]:
        calls[row] = tools.orders.get(id=row)
    for row, call in calls.items():
        await step.do(row, call)
    await step.do("b", tools.files.read(path="a"))
    """
    assert outline(drawn(source(body))) == [
        "├─ for row, call in calls.items()",
        "│  └─ do {row} · orders.get",
        "└─ do b · files.read",
    ]


@pytest.mark.parametrize("body", bad_runs.BAD.values(), ids=bad_runs.BAD.keys())
def test_a_plan_with_errors_is_drawn_without_harm(body: str) -> None:
    """A comment may silence an error, so that the plan is accepted after all."""
    tree = ast.parse(in_run(body))
    plan = Plan(tree, TOOLS)
    assert read(json.loads(json.dumps(draw(plan, Roles(plan))))) is not None


def test_what_is_nested_too_deeply_to_be_followed_has_no_graph() -> None:
    """Expressions in expressions, by helpers that stand in each other; the plan itself is fine."""
    helpers = "\n".join(
        f"async def h{n}(step):\n    return {'str(' * 30}await h{n + 1}(step){')' * 30}\n" for n in range(6)
    )
    last = 'async def h6(step):\n    await step.sleep("x", 1)\n'
    answer = check(source("await h0(step)", before=f"{last}\n{helpers}\n"), TOOLS)
    assert answer["blob"] is not None
    assert answer["graph"] is None


def test_a_function_may_wait_for_calls_that_were_built_outside_of_it() -> None:
    body = """
    call = tools.files.write(path="a", text="b")
    calls = [tools.files.read(path=path) for path in event.payload["paths"]]

    async def one():
        return await call

    async def all():
        return await asyncio.gather(*calls)

    async def self_made():
        return await self_made()

    await step.do("one", one)
    await step.do("all", all)
    await step.do("self", self_made)
    await step.do("each", lambda: asyncio.gather(*map(lambda id: tools.orders.get(id=id), event.payload["ids"])))
    """
    assert outline(drawn(source(body))) == [
        "├─ do one · a function with files.write",
        "├─ do all · a function with files.read or files.write",
        "├─ do self · a function",
        "└─ do each · a function with orders.get",
    ]
