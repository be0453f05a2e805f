"""Writes the table in README.md: `python -m tests.hostile.table`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from .cards import LAYERS, Card, every_card

README = Path(__file__).with_name("README.md")
MARK = "<!-- made by `python -m tests.hostile.table` -->\n"


def table(cards: list[Card]) -> str:
    """Every idea with the layer that stops it, and how many each layer stops."""
    counts = Counter(card.layer for card in cards)
    layers = [f"| `{layer}` | {what} | {counts[layer]} |" for layer, what in LAYERS.items()]
    ideas = [f"| `{card.name}` | {card.idea} | {_layer(card)} |" for card in cards]
    head = f"{len(cards)} plans in {len({card.category for card in cards})} categories."
    return "\n".join(
        [
            MARK,
            head,
            "",
            "| Layer | | Plans |",
            "|---|---|---|",
            *layers,
            "",
            "| Plan | Idea | Layer |",
            "|---|---|---|",
            *ideas,
            "",
        ]
    )


def _layer(card: Card) -> str:
    return f"{card.layer} ({', '.join(card.parts)})" if card.layer == "host" else card.layer


def main() -> None:
    """Make the table anew."""
    before, _, _ = README.read_text(encoding="utf-8").partition(MARK)
    README.write_text(before + table(every_card()), encoding="utf-8")


if __name__ == "__main__":
    main()
