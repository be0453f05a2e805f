# A schema for an answer that is larger than any form.
# layer: host
# part: aside
# stopped: ToolRefused
# shows: blocked
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        fields = {f"field{number}": {"type": "string"} for number in range(2000)}
        fields["last"] = {"$ref": "#"}
        return await step.ask("fill in", "All of it, please", {"type": "object", "properties": fields})
