# The owner of a built-in function is the module `builtins`.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + str(len.__self__.__import__("os").getpid())
