# A field of the host's own knowledge: that the tool only reads.
# layer: host
# part: shapes
# assume: policy, guards
# stopped: GuestError
from agentflow import Workflow
from agentflow.guest.running import running


class Plan(Workflow):
    async def run(self, event, step):
        forged = '{"kind":"sleep","name":"ESCAPED with a fact","line":1,"occurrence":1,"seconds":60,"effect":"read"}'
        running()._commands.append(forged)
        await step.sleep("a moment", 0.01)
        return "done"
