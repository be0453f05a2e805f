# A letter of another alphabet makes two names that look the same.
# layer: policy
# stopped: AF001
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        amount = 1
        аmount = "ESCAPED the eye"
        return аmount
