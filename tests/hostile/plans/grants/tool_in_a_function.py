# A step's function calls the tool: its calls are not commands, and go another way.
# layer: host
# part: grants
# stopped: ToolError
from agentflow import Workflow, tools

hidden = [tools][0]


async def work():
    return await hidden.vault.open(key="x")


class Plan(Workflow):
    async def run(self, event, step):
        return await step.do("work", work, retries={"limit": 0})
