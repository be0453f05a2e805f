# An import inside a function happens when nobody checks any more.
# layer: policy
# assume: guards
# stopped: AF003
from agentflow import Workflow


def later():
    from subprocess import run

    return run


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + later().__name__
