# One operation that is computed in C, where no signal of Python is heard.
# layer: watchdog
# stopped: turn_seconds
# seconds: 0.25
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        n = 8_000_000
        return "ESCAPED after " + str((3**n).bit_length())
