# The error before the error was never meant for the plan.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        try:
            step.sleep("x", "no duration")
        except Exception as error:
            return "ESCAPED " + str([error.__context__])
