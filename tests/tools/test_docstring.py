from __future__ import annotations

import pytest

from agentflow.tools.docstring import split

GOOGLE = """Find orders.

    Newest first.

    Args:
        id: the number,
            as on the bill
        limit (int): how many

        *rest: more
    Returns:
        the orders
    """


def test_the_args_section_describes_parameters_and_the_rest_is_the_description() -> None:
    text, notes = split(GOOGLE)
    assert text == "Find orders.\n\nNewest first.\n\nReturns:\n    the orders"
    assert notes == {"id": "the number, as on the bill", "limit": "how many", "rest": "more"}


@pytest.mark.parametrize(
    ("docstring", "text", "notes"),
    [
        (None, "", {}),
        ("Only text.", "Only text.", {}),
        ("Text.\n\nArgs:", "Text.", {}),
        ("Text.\n\nArgs:\n    no entry at all", "Text.", {}),
        ("Args: none", "Args: none", {}),
        ("Text.\n\nParameters:\n    a: b", "Text.", {"a": "b"}),
    ],
)
def test_other_forms_are_taken_as_they_come(docstring: str | None, text: str, notes: dict[str, str]) -> None:
    assert split(docstring) == (text, notes)
