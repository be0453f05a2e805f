# The name of a tool that nobody granted, from a table in which the rules cannot follow it.
# layer: host
# part: grants
# assume: policy
# stopped: ToolRefused
from agentflow import Workflow, tools


class Plan(Workflow):
    async def run(self, event, step):
        names = {"shop.look": "vault.open"}
        return await step.do("look", tools[names["shop" + ".look"]](key="x"))
