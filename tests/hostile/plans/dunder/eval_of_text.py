# Source that no check has seen, made at run time.
# layer: policy
# assume: guards
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return eval("'ESCAPED by ' + 'eval'")
