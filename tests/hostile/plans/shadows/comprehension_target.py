# The target of a comprehension takes the name of the hook inside of it.
# layer: policy
# part: names
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return [_getattr_(None, "ESCAPED by a comprehension") for _getattr_ in [lambda value, name: name]]
