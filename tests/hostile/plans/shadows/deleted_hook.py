# The hook's name is deleted, so that the builtins are asked for it.
# layer: policy
# part: names
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        try:
            del _types_
        except UnboundLocalError:
            return "ESCAPED without a hook"
