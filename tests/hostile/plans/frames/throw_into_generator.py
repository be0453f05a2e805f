# An error is raised inside a generator that is suspended, as the scheduler does it.
# layer: policy
# stopped: AF002
from agentflow import Workflow


def careful():
    try:
        yield 1
    except ValueError:
        yield "ESCAPED inside"


class Plan(Workflow):
    async def run(self, event, step):
        running = careful()
        next(running)
        return running.throw(ValueError())
