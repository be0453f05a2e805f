# The payload says which tool is called.
# layer: policy
# part: grants
# assume: host
# stopped: AF206
from agentflow import Workflow, tools


class Plan(Workflow):
    async def run(self, event, step):
        hidden = event.payload
        return await step.do("open", tools[hidden["vault"]](key="x"))
