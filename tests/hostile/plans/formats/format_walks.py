# `str.format` reads attributes in C, where no rewritten source asks the policy.
# layer: guards
# stopped: AttributeError
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED {0.__class__.__base__}".format(event)
