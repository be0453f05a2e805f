# The plan's own namespace as a dict: the hooks of the policy lie in it.
# layer: policy
# assume: guards
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        globals()["_write_"] = lambda target: target
        return "ESCAPED with another hook" if globals()["_write_"](1) == 1 else "no"
