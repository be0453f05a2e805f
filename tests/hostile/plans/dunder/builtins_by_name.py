# The name under which every frame finds its builtins.
# layer: policy
# assume: guards
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + str(__builtins__["__import__"]("os").getpid())
