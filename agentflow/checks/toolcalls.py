"""AF2: calls of tools: the tool is known, and its arguments are what its schema says."""

from __future__ import annotations

from .check import error

CHECKS = (
    error(
        "AF201",
        "unknown-tool",
        wrong="The plan names a tool that its agent does not have.",
        why="""An agent reaches exactly the tools that it was granted. A call of another one would be refused when
            the step runs, after everything before it has been done.""",
        bad="""
            await step.do("tell", tools.mail.sned(to="ada@example.com", subject="Hello", body="There."))
            """,
        good="""
            await step.do("tell", tools.mail.send(to="ada@example.com", subject="Hello", body="There."))
            """,
        tools=True,
    ),
    error(
        "AF202",
        "unknown-argument",
        wrong="A tool is given an argument that it does not have.",
        why="""Arguments are checked against the tool's schema again when the step runs. A name that is not in it
            fails the step, however often it is tried.""",
        bad="""
            await step.do("load", tools.orders.get(id="17", verbose=True))
            """,
        good="""
            await step.do("load", tools.orders.get(id="17"))
            """,
        tools=True,
    ),
    error(
        "AF203",
        "missing-argument",
        wrong="A tool is called without an argument that it requires.",
        why="""The call is refused when the step runs, and a retry changes nothing.""",
        bad="""
            await step.do("tell", tools.mail.send(to="ada@example.com", subject="Hello"))
            """,
        good="""
            await step.do("tell", tools.mail.send(to="ada@example.com", subject="Hello", body="There."))
            """,
        tools=True,
    ),
    error(
        "AF204",
        "argument-against-schema",
        wrong="An argument's literal value is not what the tool's schema allows.",
        why="""The value can be read in the source, so it is known today that the call would be refused. Values
            that are known only in the run are checked there.""",
        bad="""
            await step.do("load", tools.orders.get(id=17))
            """,
        good="""
            await step.do("load", tools.orders.get(id="17"))
            """,
        tools=True,
    ),
    error(
        "AF205",
        "positional-argument",
        wrong="A tool is given an argument by position.",
        why="""A tool call is data: names and values, which people see before they approve it, and which are
            compared on replay. A position says nothing to them, and tools have no order of arguments.""",
        bad="""
            await step.do("load", tools.orders.get("17"))
            """,
        good="""
            await step.do("load", tools.orders.get(id="17"))
            """,
    ),
    error(
        "AF206",
        "tool-not-literal",
        wrong="Which tool is called cannot be read in the plan.",
        why="""People and policies decide on a plan by the tools that it may call. A tool named by a payload, or by
            what another tool answered, would be chosen by whoever wrote that text.""",
        bad="""
            await step.do("act", tools[event.payload["tool"]](id="17"))
            """,
        good="""
            ways = {"look": "deploy.status", "back": "deploy.undo"}
            await step.do("act", tools[ways[event.payload["way"]]](service="shop"))
            """,
    ),
)
