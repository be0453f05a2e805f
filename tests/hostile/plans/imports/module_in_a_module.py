# A module of the library leads to those that it has imported itself.
# layer: policy
# assume: guards
# stopped: AF002
from agentflow import Workflow
import json


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + json.codecs.open.__name__
