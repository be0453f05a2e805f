# A verb of the plan API is a Python function: its globals hold the module's real builtins.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + str(step.now.__func__.__globals__["__builtins__"]["__import__"]("os").getpid())
