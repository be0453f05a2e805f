# A pattern that is tried in every way there is.
# layer: watchdog
# stopped: turn_seconds
# seconds: 0.25
from agentflow import Workflow
import re


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED after " + str(re.fullmatch("(a+)+b", "a" * 26))
