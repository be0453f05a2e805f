"""Defects of what is shown in a notebook: of its borders to whoever wrote what is shown, and to whoever looks."""

from __future__ import annotations

from .defects import Defect

SHOWN = ("tests/notebook/test_markup.py", "tests/notebook/test_told.py")
LOOKED = ("tests/app/test_looking.py",)
CORNERS = ("tests/notebook/test_corners.py",)

NOTEBOOK = (
    Defect(
        "what a model wrote is markup",
        "agentflow/notebook/markup.py",
        'return Html(escape(visible(said, "\\n\\t")))',
        'return Html(visible(said, "\\n\\t"))',
        SHOWN,
    ),
    Defect(
        "a quote ends an attribute",
        "agentflow/notebook/markup.py",
        "return f' {name}=\"{text(str(value))}\"'",
        "return f' {name}=\"{value}\"'",
        SHOWN,
    ),
    Defect(
        "what a plan calls sensitive is stored with the notebook",
        "agentflow/notebook/approvals.py",
        "    if not approval.sensitive:\n        return approval\n    calls",
        "    if approval.sensitive:\n        return approval\n    calls",
        SHOWN,
    ),
    Defect(
        "whoever shows something sees what the house's own principal may see",
        "agentflow/app/looking.py",
        "self._opened if who is None else self._opened.acting_as(who)",
        "self._opened",
        LOOKED,
    ),
    Defect(
        "a closed house shows what was so long ago",
        "agentflow/notebook/asking.py",
        "found = known() if seen is None or",
        "found = known() if seen is None and",
        CORNERS,
    ),
)
