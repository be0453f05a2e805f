"""The style of what is shown in a notebook: below one class, which is said twice, so that it holds against the styles
that notebooks have for tables and lists of anybody. Light or dark, as the reader's system or the notebook has it."""

from __future__ import annotations

import re
from pathlib import Path

from ..graph.style import DARK as PICTURE_DARK
from ..graph.style import LIGHT as PICTURE_LIGHT
from ..graph.style import VARIABLES as PICTURE

ROOT = "agentflow-shown"
_COLOURS = {
    "card": ("#ffffff", "#181d27"), "raised": ("#eef1f7", "#212837"), "text": ("#1a2130", "#e7ebf3"),
    "quiet": ("#566074", "#a4afc3"), "rule": ("#d7dce6", "#333d50"), "accent": ("#1f54c4", "#8ab0ff"),
    "good": ("#17723d", "#63d391"), "good-fill": ("#e4f5ea", "#163424"), "bad": ("#b3232f", "#ff8d96"),
    "bad-fill": ("#fdeaec", "#43202a"), "warn": ("#8a5a00", "#f2bd55"), "warn-fill": ("#fff3d9", "#3a2f14"),
    "who": ("#6a3fc0", "#c3a4ff"), "who-fill": ("#f1eafe", "#30254a"), "rest": ("#2c5f9e", "#8fbdf5"),
    "rest-fill": ("#e6f0fb", "#1b2f47"), "keyword": ("#8a2be2", "#c9a2ff"), "string": ("#17723d", "#7fd6a3"),
    "number": ("#9a4a00", "#f0b06a"), "tool": ("#a02070", "#ff9fd0"), "verb": ("#0b6a80", "#6fd3ea"),
}  # fmt: skip
"""By meaning, in light and in dark."""
_IN_LIGHT = (
    '[data-jp-theme-light="true"]', "body.vscode-light", "body.light", '[data-md-color-scheme="default"]',
)  # fmt: skip
_IN_DARK = (
    '[data-jp-theme-light="false"]', "body.vscode-dark", "body.vscode-high-contrast", ".dark",
    '[data-md-color-scheme="slate"]',
)  # fmt: skip
"""How JupyterLab (and pages made with its templates), VS Code, marimo and sites of Material say which they are."""
_RULES = Path(__file__).with_name("shown.css").read_text("utf-8")


def _sheet() -> str:
    root = f".{ROOT}.{ROOT}"
    pairs = _COLOURS | {name: (PICTURE_LIGHT[name], PICTURE_DARK[name]) for name in PICTURE_LIGHT}
    colours = "".join(f"--{name}:light-dark({light},{dark});" for name, (light, dark) in pairs.items())
    themes = (
        f"{','.join(f'{one} {root}' for one in ones)}{{color-scheme:{scheme}}}"
        for ones, scheme in ((_IN_LIGHT, "light"), (_IN_DARK, "dark"))
    )
    rules = re.sub(r"\s*([{};,])\s*", r"\1", f"{_RULES}{PICTURE}")
    return f"{root}{{color-scheme:light dark;{colours}{rules.strip()}}}{''.join(themes)}"


STYLE = _sheet()
