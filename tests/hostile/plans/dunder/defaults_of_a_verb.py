# The defaults of a function of the library are the same for all runs, and can be set.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        step.sleep.__func__.__wrapped__.__defaults__ = ("ESCAPED",)
        return step.sleep.__func__.__wrapped__.__defaults__
