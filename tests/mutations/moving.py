"""Defects of a house that moves: two places that can be worked on, or something that is lost on the way."""

from __future__ import annotations

from .defects import Defect

LEAVING, MOVING = "agentflow/store/leaving.py", "agentflow/store/moving.py"
TESTS = ("tests/store/test_moving.py",)

MOVES = (
    Defect(
        "a file that somebody works on is moved",
        LEAVING,
        "if workers := living():",
        "if workers := living()[:0]:",
        TESTS,
    ),
    Defect("who has the file open writes on", LEAVING, '("INSERT", "UPDATE", "DELETE")', '("UPDATE", "DELETE")', TESTS),
    Defect(
        "a commit that was cut off gives the file back",
        MOVING,
        "                sure = False\n",
        "                sure = True\n",
        TESTS,
    ),
    Defect(
        "a move that goes on and cannot look gives the file back", MOVING, "sure=begun is None)", "sure=True)", TESTS
    ),
    Defect(
        "a move that goes on carries everything again", MOVING, "if not await there.arrived(mark):", "if mark:", TESTS
    ),
    Defect(
        "a move is taken back though everything has arrived",
        MOVING,
        "if mark.done_at or await there.arrived(mark):",
        "if mark.done_at:",
        TESTS,
    ),
    Defect(
        "a move is taken back at another place than it goes to",
        MOVING,
        "if place is not None and shown(place) != mark.place:",
        "if place is not None and not shown(place):",
        TESTS,
    ),
    Defect(
        "what has arrived is counted and not looked at",
        MOVING,
        "if (got.rows, got.digest) != (sent.rows, sent.digest):",
        "if got.rows != sent.rows:",
        TESTS,
    ),
    Defect("numbers begin anew", MOVING, "count_on(table, source.counted(table))", "count_on(table, 0)", TESTS),
)
