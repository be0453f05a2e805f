# A form feed counts as a column for some tools, and for others it begins a new page.
# layer: policy
# stopped: AF001
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        if event.payload:
            return "ESCAPED between the pages"
