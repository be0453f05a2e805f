# The unbound method of `object` that reads attributes, past every hook of a class.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + object.__getattribute__(step, "__class__").__name__
