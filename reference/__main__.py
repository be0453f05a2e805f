"""Builds the site: `python -m reference [FOLDER]`."""

from __future__ import annotations

import sys
from pathlib import Path

from .site import ROOT, build

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "site"
build(folder)
print(f"{folder / 'index.html'} is the site")
