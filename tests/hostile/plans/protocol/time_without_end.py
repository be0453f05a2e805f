# A length of time that no calendar holds.
# layer: host
# part: shapes
# assume: policy, guards
# stopped: GuestError
from agentflow import Workflow
from agentflow.guest.running import running


class Plan(Workflow):
    async def run(self, event, step):
        forged = '{"kind":"sleep_until","name":"ESCAPED the calendar","line":1,"occurrence":1,"at":9e14}'
        running()._commands.append(forged)
        await step.sleep("a moment", 0.01)
        return "done"
