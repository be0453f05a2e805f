# A tool that exists and was not granted is called by its name.
# layer: policy
# part: grants
# assume: host
# stopped: AF201
from agentflow import Workflow, tools


class Plan(Workflow):
    async def run(self, event, step):
        return await step.do("open", tools.vault.open(key="x"))
