"""What `agentflow init` writes: a first agentflow.toml, tools.py and .gitignore."""

from __future__ import annotations

from .starter import write

__all__ = ["write"]
