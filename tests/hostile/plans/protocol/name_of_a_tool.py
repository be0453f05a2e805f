# A name that is no tool's, but a path, or a line of a log.
# layer: host
# part: shapes
# assume: policy, guards
# stopped: GuestError
from agentflow import Workflow
from agentflow.guest.running import running


class Plan(Workflow):
    async def run(self, event, step):
        forged = '{"kind":"do","name":"ESCAPED with a path","line":1,"occurrence":1,"call":{"tool":"../../vault\\nopen","args":{},"approval":null},"retries":{"limit":0,"delay":0,"backoff":"linear"},"timeout":60,"deadline":null,"rollback":false,"sensitive":false}'
        running()._commands.append(forged)
        await step.sleep("a moment", 0.01)
        return "done"
