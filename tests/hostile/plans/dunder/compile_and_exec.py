# A module of its own, compiled by the plan without the policy.
# layer: policy
# assume: guards
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        found = {}
        exec(compile("import os\ntext = 'ESCAPED ' + os.name", "x", "exec"), found)
        return found["text"]
