# A date that is none: it would raise an error in the room that reads it.
# layer: host
# part: shapes
# assume: policy, guards
# stopped: GuestError
from agentflow import Workflow
from agentflow.guest.running import running


class Plan(Workflow):
    async def run(self, event, step):
        forged = '{"kind":"do","name":"ESCAPED with a date","line":1,"occurrence":1,"call":{"tool":"shop.look","args":{"value":{"$datetime":"today"}},"approval":null},"retries":{"limit":0,"delay":0,"backoff":"linear"},"timeout":60,"deadline":null,"rollback":false,"sensitive":false}'
        running()._commands.append(forged)
        await step.sleep("a moment", 0.01)
        return "done"
