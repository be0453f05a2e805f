# Another agent does what this one may not.
# layer: host
# part: delegation
# stopped: ToolError
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        agent = "neigh" + "bour"
        return await step.delegate("ask", agent, payload={"value": "ESCAPED to another agent"})
