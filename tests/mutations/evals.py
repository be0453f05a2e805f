"""Defects of measurements: plans judged too kindly, intervals that are too narrow, programs that anybody may run."""

from __future__ import annotations

from .defects import Defect

SCORING, RATES = "agentflow/evals/scoring.py", "agentflow/evals/rates.py"

EVALS = (
    Defect(
        "a person may agree afterwards",
        SCORING,
        "and asked.order < made.order",
        "and asked.order != made.order",
        ("tests/evals/test_scoring.py",),
    ),
    Defect(
        "a person may agree to other arguments",
        SCORING,
        "call.tool == made.tool and canonical(call.args) == canonical(made.args)",
        "call.tool == made.tool",
        ("tests/evals/test_scoring.py",),
    ),
    Defect(
        "the order of calls is not looked at",
        SCORING,
        "            place = found + 1",
        "            place = 0",
        ("tests/evals/test_scoring.py",),
    ),
    Defect(
        "of calls without an order the first that fits is taken",
        SCORING,
        "if j not in taken or place(taken[j], seen):",
        "if j not in taken:",
        ("tests/evals/test_scoring.py",),
    ),
    Defect(
        "a call of unknown outcome is not counted",
        SCORING,
        'count = sum(one.tool == tool and one.outcome != "failed"',
        'count = sum(one.tool == tool and one.outcome == "ok"',
        ("tests/evals/test_scoring.py",),
    ),
    Defect(
        "what is undone before it is done counts",
        SCORING,
        "max(0, open_ - 1) if one.tool == undoing",
        "open_ - 1 if one.tool == undoing",
        ("tests/evals/test_scoring.py",),
    ),
    Defect(
        "what waits may be left out",
        SCORING,
        "walk.seconds < expect.lasts",
        "walk.seconds > expect.lasts",
        ("tests/evals/test_scoring.py",),
    ),
    Defect(
        "a plan is blamed for a key that only the payload names",
        "agentflow/trial/verdicts.py",
        "MARK not in key and _is_written(key, source) and",
        "MARK not in key and",
        ("tests/trial/test_verdicts.py",),
    ),
    Defect(
        "events are made up without end",
        "agentflow/app/walking.py",
        "if step.command.occurrence > MOST_EVENTS:",
        "if step.command.occurrence > 1_000 * MOST_EVENTS:",
        ("tests/trial/test_exploring.py",),
    ),
    Defect(
        "repeats of a task are taken for tasks",
        RATES,
        "count / (1 + (count / len(groups) - 1) * _likeness(groups, share))",
        "count",
        ("tests/evals/test_rates.py",),
    ),
    Defect(
        "a list fits that is longer than what is wanted",
        "agentflow/evals/matching.py",
        "isinstance(value, list) and len(wanted) == len(value) and",
        "isinstance(value, list) and",
        ("tests/evals/test_matching.py",),
    ),
    Defect(
        "any command may be run",
        "agentflow/llm/command.py",
        "if command not in self._allowed:",
        "if not command:",
        ("tests/llm/test_command.py",),
    ),
    Defect(
        "what a program has started lives on",
        "agentflow/llm/command.py",
        "os.killpg(process.pid, signal.SIGKILL)",
        "os.kill(process.pid, signal.SIGKILL)",
        ("tests/llm/test_command.py",),
    ),
)
