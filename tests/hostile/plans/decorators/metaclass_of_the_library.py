# `dataclass`, called as a function, rebuilds a class that all runs share.
# layer: guards
# stopped: TypeError
from agentflow import StepFailed, Workflow
from dataclasses import dataclass


class Plan(Workflow):
    async def run(self, event, step):
        dataclass(StepFailed)
        return "ESCAPED into the plan API"
