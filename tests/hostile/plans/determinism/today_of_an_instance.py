# A date knows which day it is for the machine, whatever the run's clock says.
# layer: guards
# stopped: AttributeError
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        day = event.timestamp.date().replace(year=2001)
        hidden = [day][0]
        await step.sleep("x", 0)
        return "ESCAPED into real time" if hidden.today() else "the run's time"
