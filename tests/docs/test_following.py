"""A page that lies is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from .following import Reader

PLAN = """```python
from agentflow import Workflow


class Wait(Workflow):
    async def run(self, event, step):
        {line}
```
"""


def page(*blocks: tuple[str, str]) -> str:
    return "\n".join(f"```{language}\n{text}\n```\n" for language, text in blocks)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (page(("python", "print(1)"), ("text", "2")), "it printed:\n1"),
        (page(("python", "1 / 0")), "division by zero"),
        (page(("sh", "agentflow run show run_none")), "ended with 3"),
        (page(("sh", "agentflow --version # exit status 3")), "ended with 0"),
        (page(("sh", "false")), "ended with 1"),
        (page(("toml", "[serve]\nrat = 5")), "Extra inputs are not permitted"),
        (page(("json", "{")), "Expecting property name"),
        (page(("ruby", "puts 1")), "nobody knows what to do with a block of 'ruby'"),
        (PLAN.format(line="step.sleep('a while', 5)"), "line 6"),
        (page(("python", "await step.sleep('a while')")), "sleep"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"^line \d+: ") as found:
        Reader(tmp_path).follow(text)
    assert why in str(found.value)


def test_what_varies_is_not_compared_and_dots_stand_for_anything(tmp_path: Path) -> None:
    told = 'print("run_0123456789ab", "12:00:01", "in 0.4 s", "a", "b", "c")'
    text = page(("python", told), ("text", "run_cdefghjkmnpq 23:59:59 in 12 seconds a ... c"))
    assert Reader(tmp_path).follow(text) == 2


def test_files_are_saved_and_can_be_imported_while_the_page_is_read(tmp_path: Path) -> None:
    text = '```python title="shelf.py"\nWIDTH = 80\n```\n' + page(
        ("python", "import shelf\nprint(shelf.WIDTH)"), ("text", "80")
    )
    assert Reader(tmp_path).follow(text) == 3
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(AssertionError, match="No module named 'shelf'"):
        Reader(tmp_path / "elsewhere").follow(page(("python", "import shelf")))
