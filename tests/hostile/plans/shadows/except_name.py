# A caught error takes the hook's name, and can be called.
# layer: policy
# part: names
# stopped: AF002
from agentflow import Workflow, WorkflowError


class Hook(Exception):
    def __call__(self, target):
        return target


class Plan(Workflow):
    async def run(self, event, step):
        try:
            raise Hook()
        except Hook as _write_:
            WorkflowError.text = "ESCAPED into a class of the plan API"
        return WorkflowError.text
