# An integer of so many digits that writing it down takes seconds.
# layer: guards
# stopped: UsageError
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        bits = 10_000
        return ["ESCAPED", 1 << bits]
