"""AF0: the source as a whole, and the Python that a plan may be written in."""

from __future__ import annotations

from .check import error

CHECKS = (
    error(
        "AF000",
        "no-plan",
        wrong="The answer of a model holds no plan.",
        why="""A goal is met by code that can be checked and kept. An answer without a block of Python, or with
            several that contradict each other, is not guessed at: the model is told so and asked again.""",
    ),
    error(
        "AF001",
        "syntax-error",
        wrong="The source is not Python, or is nested too deeply to be read.",
        why="""A plan is compiled before it is registered. What the compiler of this Python version refuses has no
            meaning that anybody could check.""",
        bad="""
            order = await step.do("load", tools.orders.get(id="17")
            return order
            """,
        good="""
            order = await step.do("load", tools.orders.get(id="17"))
            return order
            """,
    ),
    error(
        "AF002",
        "refused-python",
        wrong="The plan uses a part of Python that plans may not use.",
        why="""Plans are written by models that read other people's text, so each is treated as hostile. Names that
            reach into the interpreter (underscores, frames, `eval`, `open`) are refused when the source is checked.
            The process of a plan could do nothing with them anyway; the finding says so before the run does.""",
        bad="""
            kind = event.payload.__class__
            return str(kind)
            """,
        good="""
            return isinstance(event.payload, dict)
            """,
    ),
    error(
        "AF003",
        "refused-import",
        wrong="The plan imports what plans have no use for.",
        why="""A plan is a pure function of its event and its history: it may compute, but files, networks,
            processes and threads belong to tools, which an agent is granted one by one. So only the pure parts of
            the standard library can be imported, name by name.""",
        bad="""
            import os
            from agentflow import Workflow

            class Plan(Workflow):
                async def run(self, event, step):
                    return os.environ["HOME"]
            """,
        good="""
            import json
            from agentflow import Workflow

            class Plan(Workflow):
                async def run(self, event, step):
                    return json.dumps(event.payload)
            """,
    ),
    error(
        "AF004",
        "source-too-large",
        wrong="The source is larger than 1 MiB.",
        why="""Nothing that a person could review is that long, and reading it would hold up everybody else's
            plans. Data belongs into the payload, or into what a tool answers.""",
    ),
    error(
        "AF005",
        "source-not-text",
        wrong="The source holds half a surrogate pair, which no encoding can write.",
        why="""A version is kept byte for byte and named by its digest. Text that cannot be encoded cannot be kept.""",
    ),
    error(
        "AF006",
        "source-too-complex",
        wrong="Checking the source took more time or memory than any plan needs.",
        why="""Sources are checked in a process that is thrown away, with two seconds of processor time and 256 MB.
            A plan that needs more is nested or repeated far beyond what people write.""",
    ),
    error(
        "AF007",
        "not-changed",
        wrong="A person asked for changes, and the answer is the plan as it was.",
        why="""Who reads a plan and wants it changed is not asked to read the same plan again: the model is told so,
            with the person's words, like with any other finding.""",
    ),
    error(
        "AF008",
        "done-again",
        wrong="A plan that follows on a run would do again what that run has done.",
        why="""A new version goes on with a run where all that the run did fits it exactly. Where it does not, a new run
            starts, and everything in the plan is done: a payment that the first run has made would be made twice.
            So a step that is done is either kept as it is, with all before it, or left out.""",
    ),
)
