# A function takes the name of the hook that writes go through.
# layer: policy
# part: names
# stopped: AF002
from agentflow import Workflow, WorkflowError


def _write_(target):
    return target


class Plan(Workflow):
    async def run(self, event, step):
        WorkflowError.text = "ESCAPED into a class of the plan API"
        return WorkflowError.text
