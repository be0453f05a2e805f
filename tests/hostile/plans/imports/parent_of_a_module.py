# A dotted import gives the parent package.
# layer: guards
# assume: policy
# stopped: ImportError
from agentflow import Workflow
import json.decoder


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + json.decoder.__name__
