"""What tests see of the worker inside an open house, and the place of its file."""

from __future__ import annotations

from pathlib import Path

from agentflow.app import AgentFlow
from agentflow.app.house import House
from agentflow.engine.embedded import EmbeddedEngine


def embedded(house: AgentFlow | House) -> EmbeddedEngine:
    """The engine of a house in a file."""
    engine = (house._open() if isinstance(house, AgentFlow) else house).engine
    assert isinstance(engine, EmbeddedEngine)
    return engine


def file(flow: AgentFlow) -> Path:
    """The file in which a house lives."""
    assert isinstance(flow._place, Path)
    return flow._place
