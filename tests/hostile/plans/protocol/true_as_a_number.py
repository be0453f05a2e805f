# `true` where a number belongs: Python takes it for 1.
# layer: host
# part: shapes, occurrences
# assume: policy, guards
# stopped: GuestError
from agentflow import Workflow
from agentflow.guest.running import running


class Plan(Workflow):
    async def run(self, event, step):
        forged = '{"kind":"sleep","name":"ESCAPED by a truth","line":1,"occurrence":true,"seconds":60}'
        running()._commands.append(forged)
        await step.sleep("a moment", 0.01)
        return "done"
