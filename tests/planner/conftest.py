"""The planner is tested with real clients against the fake server of models."""

from __future__ import annotations

from ..llm.conftest import models, no_network, patience, server, waits

__all__ = ["models", "no_network", "patience", "server", "waits"]
