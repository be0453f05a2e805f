# The library has a context manager that swallows errors.
# layer: policy
# assume: guards
# stopped: AF003
from agentflow import Workflow
import contextlib


class Plan(Workflow):
    async def run(self, event, step):
        with contextlib.suppress(ZeroDivisionError):
            1 / 0
        return "ESCAPED " + contextlib.suppress.__name__
