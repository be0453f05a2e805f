# For people the line is a comment; for Python a lone carriage return ends it.
# layer: policy
# stopped: AF001
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        # nothing happens here                return "ESCAPED from a comment"
