"""Each item of the list is tested or explained."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
ITEMS = range(1, 86)
PAGE = (HERE / "README.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^\| ([\d\-, ]+) \|.*\| `(test_\w+\.py)` \|$", PAGE, re.MULTILINE))
TOGETHER = {"test_completeness.py"}


def numbers(text: str) -> set[int]:
    """The numbers of `1-4, 67`."""
    found: set[int] = set()
    for part in text.split(", "):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def covered(file: Path) -> set[int]:
    """The items that a file has tests of."""
    text = file.read_text(encoding="utf-8")
    return {int(number) for number in re.findall(r"^(?:async )?def test_(\d\d)_", text, re.MULTILINE)}


def explained() -> set[int]:
    """The items that are left out or decided otherwise, each with what and why."""
    table = PAGE[PAGE.index("| Item | What is otherwise | Why |") :]
    return {int(number) for number in re.findall(r"^\| (\d+) \| [^|]+ \| [^|]+ \|$", table, re.MULTILINE)}


def test_every_item_is_tested_or_explained() -> None:
    found = set().union(*map(covered, HERE.glob("test_*.py")))
    assert found | explained() == set(ITEMS)
    assert explained() - found == {82, 83}, "no test, only an explanation"


def test_every_item_stands_in_the_file_of_its_chapter() -> None:
    assert {HERE / file for file in FILES.values()} == set(HERE.glob("test_*.py")) - {HERE / file for file in TOGETHER}
    for items, file in FILES.items():
        assert covered(HERE / file) <= numbers(items), file
