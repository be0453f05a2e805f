# A function's code can be exchanged for code with other constants and names.
# layer: policy
# stopped: AF002
from agentflow import Workflow


def wanted():
    return "harmless"


class Plan(Workflow):
    async def run(self, event, step):
        wanted.__code__ = wanted.__code__.replace(co_consts=(None, "ESCAPED by other constants"))
        return wanted()
