# A `global` statement reaches the hook from inside a function.
# layer: policy
# part: names
# stopped: AF002
from agentflow import Workflow, WorkflowError


def change():
    global _write_
    _write_ = lambda target: target


class Plan(Workflow):
    async def run(self, event, step):
        change()
        WorkflowError.text = "ESCAPED into a class of the plan API"
        return WorkflowError.text
