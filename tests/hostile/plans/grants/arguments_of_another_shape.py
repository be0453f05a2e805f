# Arguments that no schema has: the function of the tool is handed what it never expected.
# layer: host
# part: schemas
# assume: policy
# stopped: ToolRefused
from agentflow import Workflow, tools


class Plan(Workflow):
    async def run(self, event, step):
        hidden = [tools][0]
        return await step.do("note", hidden.shop.count(number=1000))
