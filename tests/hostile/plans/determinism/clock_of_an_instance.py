# A moment that the run was given knows the function for the present one.
# layer: guards
# stopped: AttributeError
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        hidden = [event.timestamp][0]
        first = hidden.now()
        for _ in range(100_000):
            if hidden.now() != first:
                return "ESCAPED into real time"
        return "the run's time"
