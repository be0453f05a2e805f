"""The notebooks as pages, with the outputs that they were stored with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HEAD = """# Notebooks

Each shows one thing slowly, with its outputs. They run offline, with `offline:demo` in the place of a model: open
them from `notebooks/` of a
checkout in Jupyter, or read them here. The tests execute them.

"""


def index(notebooks: Path) -> str:
    """The page that lists them: the title of each, and its first sentence."""
    rows = [f"* [{title(path)}]({path.stem}.md): {_first(path)}" for path in sorted(notebooks.glob("*.ipynb"))]
    return HEAD + "\n".join(rows)


def title(path: Path) -> str:
    """The heading of a notebook."""
    return _opening(path)[0].lstrip("# ").strip()


def page(path: Path) -> str:
    """One notebook."""
    return "\n".join(line for cell in _cells(path) for line in _cell(cell))


def _cells(path: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return cells


def _opening(path: Path) -> list[str]:
    return _linked(_text(_cells(path)[0]["source"])).splitlines()


def _first(path: Path) -> str:
    """The first sentence below the heading."""
    prose = " ".join(line for line in _opening(path)[1:] if line.strip())
    return prose.partition(". ")[0].rstrip(".") + "."


def _cell(cell: dict[str, Any]) -> Iterator[str]:
    source = _text(cell["source"])
    if cell["cell_type"] == "markdown":
        yield f"{_linked(source)}\n"
    elif cell["cell_type"] == "code" and source.strip():
        yield _fenced(source, "python")
        for output in cell["outputs"]:
            yield _output(output)


def _output(output: dict[str, Any]) -> str:
    if output["output_type"] == "stream":
        return _fenced(_text(output["text"]), "text")
    if output["output_type"] == "error":
        return _fenced(f"{output['ename']}: {output['evalue']}", "text")
    data = output["data"]
    if "text/html" in data:
        return f'<div class="output">\n{_text(data["text/html"])}\n</div>\n'
    if "image/png" in data:
        picture = _text(data["image/png"]).strip()
        return f'<div class="output"><img alt="output" src="data:image/png;base64,{picture}"></div>\n'
    if "text/markdown" in data:
        return f"{_text(data['text/markdown'])}\n"
    return _fenced(_text(data.get("text/plain", "")), "text")


def _linked(source: str) -> str:
    """The links of a notebook, from where its page stands: to pages of the documentation and to other notebooks."""
    return re.sub(r"\]\((\w+)\.ipynb", r"](\1.md", source.replace("](../docs/", "](../"))


def _fenced(text: str, language: str) -> str:
    """A block of code, whatever is in it."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.rstrip()}\n{fence}\n"


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)
