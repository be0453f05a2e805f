# The same way, where the source does not show which module is meant.
# layer: guards
# stopped: AttributeError
from agentflow import Workflow
import dataclasses


class Plan(Workflow):
    async def run(self, event, step):
        hidden = [dataclasses][0]
        return "ESCAPED " + hidden.sys.version
