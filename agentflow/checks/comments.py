"""AF9: comments that silence a finding: `# agentflow: ignore[AF604] the reason`."""

from __future__ import annotations

from .check import warning

CHECKS = (
    warning(
        "AF901",
        "suppression-without-reason",
        wrong="A comment silences a finding and does not say why.",
        why="""Whoever reads the plan next must decide again whether the finding matters. The reason is kept with
            the version, and shown to those who review it. Without one the comment silences nothing.""",
        bad="""
            try:
                await step.do("look", tools.orders.get(id="17"))
            except Exception:  # agentflow: ignore[AF604]
                pass
            """,
        good="""
            try:
                await step.do("look", tools.orders.get(id="17"))
            except Exception:  # agentflow: ignore[AF604] the order is only for the log
                pass
            """,
        suppressible=False,
    ),
    warning(
        "AF902",
        "suppression-impossible",
        wrong="A comment would silence a code that does not exist, or one that cannot be silenced.",
        why="""An error protects the run, its replay, or people: no comment may talk it away. A code that does not
            exist is a slip of the pen, and the finding that was meant is still there.""",
        bad="""
            await step.sleep("a day", "1 day")  # agentflow: ignore[AF302] it is awaited
            """,
        good="""
            await step.sleep("a day", "1 day")
            """,
        suppressible=False,
    ),
    warning(
        "AF903",
        "suppression-unused",
        wrong="A comment silences a finding that is not there.",
        why="""It would silence the next one, which nobody has thought about.""",
        bad="""
            await step.sleep("a day", "1 day")  # agentflow: ignore[AF604] nothing can fail here
            """,
        good="""
            await step.sleep("a day", "1 day")
            """,
        suppressible=False,
    ),
)
