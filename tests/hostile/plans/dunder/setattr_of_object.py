# Frozen and slotted objects can be set by the method of `object`.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        object.__setattr__(event, "payload", "ESCAPED from frozen")
        return event.payload
