# The bound method is handed to `map`, which calls it from C.
# layer: guards
# stopped: AttributeError
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return list(map("ESCAPED {0.__class__}".format, [event]))
