# The library's own formatter gives live objects, not only text.
# layer: policy
# assume: guards
# stopped: AF002
from agentflow import Workflow
import string


class Plan(Workflow):
    async def run(self, event, step):
        found, _ = string.Formatter().get_field("0.__class__", [event], {})
        return "ESCAPED " + str(found)
