# A `nonlocal` statement reaches a hook that an outer function has.
# layer: policy
# part: names
# stopped: AF002
from agentflow import Workflow, WorkflowError


def outer():
    _write_ = None

    def inner():
        nonlocal _write_
        _write_ = lambda target: target

    inner()
    WorkflowError.text = "ESCAPED into a class of the plan API"
    return WorkflowError.text


class Plan(Workflow):
    async def run(self, event, step):
        return outer()
