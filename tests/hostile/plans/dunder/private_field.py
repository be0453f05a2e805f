# A field of the plan API with one underscore, which Python does not protect.
# layer: policy
# stopped: AF002
from agentflow import Workflow, tools


class Plan(Workflow):
    async def run(self, event, step):
        call = tools.shop.look(value=1)
        call._tool = "vault.open"
        call._args = {}
        return "ESCAPED as " + repr(call)
