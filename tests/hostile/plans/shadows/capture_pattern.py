# A pattern that captures binds a name that the grammar holds as a raw string.
# layer: policy
# part: names
# stopped: AF002
from agentflow import Workflow, WorkflowError


class Plan(Workflow):
    async def run(self, event, step):
        match (lambda target: target):
            case _write_:
                WorkflowError.text = "ESCAPED into a class of the plan API"
        return WorkflowError.text
