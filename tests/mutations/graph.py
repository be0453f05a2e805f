"""Defects of the graph of a plan: it leaves out what may happen, promises too much, or is no safe picture."""

from __future__ import annotations

from .defects import Defect

COUNTING = "agentflow/graph/counting.py"
NODES = "agentflow/validator/nodes.py"
WORDS = ("tests/graph/test_words.py",)
DRAWN = ("tests/validator/test_graph.py",)

GRAPH = (
    Defect("a loop goes one round", COUNTING, "math.inf if node.times is None else node.times", "1", WORDS),
    Defect(
        "what an error handler does replaces what was tried", COUNTING, "_then(Ways(failed), handler)", "handler", WORDS
    ),
    Defect("one of several side by side counts", COUNTING, "total = _sum(total,", "total = _highest(total,", WORDS),
    Defect(
        "a helper that calls itself is counted once",
        COUNTING,
        "if any(inner.detail == RECURSION for",
        "if any(inner.detail == RECURSION * 2 for",
        WORDS,
    ),
    Defect(
        "one approved call approves the others",
        NODES,
        "bool(found) and all(approved for",
        "bool(found) and any(approved for",
        DRAWN,
    ),
    Defect(
        "what cannot be followed calls nothing",
        NODES,
        "return [] if isinstance(leaf, ast.Constant) else [(name, False) for name in self._built]",
        "return []",
        DRAWN,
    ),
    Defect(
        "a handler of what only computes is left out",
        "agentflow/validator/graph.py",
        "for one in (*tried, *statement.handlers)",
        "for one in tried",
        DRAWN,
    ),
    Defect("a graph has no end", "agentflow/validator/drawing.py", "if self._depth == DEEPEST:", "if False:", DRAWN),
    Defect(
        "a plan's text is markup",
        "agentflow/graph/svg.py",
        'return escape("".join(sign if',
        'return ("".join(sign if',
        ("tests/graph/test_svg.py",),
    ),
    Defect(
        "the host believes every id",
        "agentflow/graph/__init__.py",
        'and bool(_ID.fullmatch(document["id"]))',
        'and bool(document["id"])',
        ("tests/graph/test_reading.py",),
    ),
    Defect(
        "what a run did not come to is not told",
        "agentflow/graph/progress.py",
        "_skip(graph.nodes, marks, reached=True)",
        "pass",
        ("tests/graph/test_progress.py",),
    ),
)
