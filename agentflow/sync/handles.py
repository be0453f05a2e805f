"""The verbs and handles of a house for whoever cannot await, each before its own of the app or of a service.

`handles.pyi` is made of the app's source by `python -m tests.sync.stub`, and a test compares the two.
"""

from __future__ import annotations

from .. import app
from ..app import (
    agents,
    approvals,
    audit,
    doors,
    goals,
    keys,
    notices,
    recordings,
    runs,
    schedules,
    stage,
    tenants,
    trials,
)
from . import watching  # noqa: F401  # what `watch` gives has a front of its own
from .waiting import waiting

Doors = waiting(doors.Doors)
Agents = waiting(agents.Agents)
AgentHandle = waiting(app.AgentHandle)
Goals = waiting(goals.Goals)
GoalHandle = waiting(app.GoalHandle)
Runs = waiting(runs.Runs)
RunHandle = waiting(app.RunHandle)
RecordedRun = waiting(recordings.RecordedRun)
Approvals = waiting(approvals.Approvals)
ApprovalHandle = waiting(app.ApprovalHandle)
Schedules = waiting(schedules.Schedules)
ScheduleHandle = waiting(app.ScheduleHandle)
Trials = waiting(trials.Trials)
Stage = waiting(stage.Stage)
Keys = waiting(keys.Keys)
Tenants = waiting(tenants.Tenants)
Notices = waiting(notices.Notices)
Audit = waiting(audit.Audit)
