# An error that ends the interpreter, where nobody catches it.
# layer: policy
# assume: guards
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        try:
            raise SystemExit(3)
        except SystemExit:
            return "ESCAPED with the interpreter's own error"
