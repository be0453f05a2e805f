# The fifth step of a name that was never started.
# layer: host
# part: occurrences
# assume: policy, guards
# stopped: GuestError
from agentflow import Workflow
from agentflow.guest.running import running


class Plan(Workflow):
    async def run(self, event, step):
        forged = '{"kind":"sleep","name":"fifth","line":1,"occurrence":5,"seconds":60}'
        running()._commands.append(forged)
        await step.sleep("a moment", 0.01)
        return "ESCAPED by counting"
