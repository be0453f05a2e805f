"""`python -m agentflow.checks` prints docs/checks.md."""

from __future__ import annotations

from .page import page

if __name__ == "__main__":
    print(page())
