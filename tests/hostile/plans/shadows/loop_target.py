# The target of a loop takes the hook's name.
# layer: policy
# part: names
# stopped: AF002
from agentflow import Workflow, WorkflowError


class Plan(Workflow):
    async def run(self, event, step):
        for _write_ in [lambda target: target]:
            WorkflowError.text = "ESCAPED into a class of the plan API"
        return WorkflowError.text
