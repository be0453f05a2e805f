# An attribute whose name is put together at run time is seen by no check of the source.
# layer: policy
# assume: guards
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + getattr((), "__cl" + "ass__").__name__
