# `super()` may be asked for methods with two underscores: also for those that read any attribute.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + super().__getattribute__("__class__").__name__
