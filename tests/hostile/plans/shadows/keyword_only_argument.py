# A keyword-only argument takes the hook's name.
# layer: policy
# part: names
# stopped: AF002
from agentflow import Workflow, WorkflowError


def change(*, _write_):
    WorkflowError.text = "ESCAPED into a class of the plan API"
    return WorkflowError.text


class Plan(Workflow):
    async def run(self, event, step):
        return change(**{"_write_": lambda target: target})
