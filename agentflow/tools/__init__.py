"""Tools: Python functions with type hints that plans may ask for, and what others may know of them."""

from __future__ import annotations

from .context import ToolContext
from .decorator import Tool, tool
from .toolbox import Toolbox

__all__ = ["Tool", "ToolContext", "Toolbox", "tool"]
