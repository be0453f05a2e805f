# An import is given the hook's name.
# layer: policy
# part: names
# stopped: AF002
from agentflow import Workflow
from collections import namedtuple as _getattr_


class Plan(Workflow):
    async def run(self, event, step):
        return "Made".format("ESCAPED by an alias")
