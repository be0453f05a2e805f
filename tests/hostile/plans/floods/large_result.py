# The result of the run is larger than what may be stored.
# layer: host
# part: sizes
# assume: guards
# stopped: GuestError
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return ["ESCAPED", "x" * 1_500_000]
