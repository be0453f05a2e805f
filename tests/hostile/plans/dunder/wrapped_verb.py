# A decorator of the library leaves the function that it wraps in an attribute.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + step.do.__wrapped__.__module__
