# An error without its traceback hides from the host which line it came from.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + str(ValueError("x").with_traceback(None))
