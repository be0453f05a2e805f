# The path to the tool goes through a list, in which the rules do not look for it.
# layer: host
# part: grants
# stopped: ToolRefused
from agentflow import Workflow, tools


class Plan(Workflow):
    async def run(self, event, step):
        hidden = [tools][0]
        return await step.do("open", hidden.vault.open(key="x"))
