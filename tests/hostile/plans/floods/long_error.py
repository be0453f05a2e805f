# An error whose message is a book.
# layer: guards
# part: shapes
# assume: host
# stopped: PlanFailed
from agentflow import PlanFailed, Workflow


class Plan(Workflow):
    async def run(self, event, step):
        raise PlanFailed("x" * 5000 + "ESCAPED")
