# A policy of retries that never ends.
# layer: host
# part: shapes
# assume: policy, guards
# stopped: GuestError
from agentflow import Workflow
from agentflow.guest.running import running


class Plan(Workflow):
    async def run(self, event, step):
        forged = '{"kind":"do","name":"ESCAPED the count","line":1,"occurrence":1,"call":{"tool":"shop.look","args":{"value":1},"approval":null},"retries":{"limit":99999999,"delay":0,"backoff":"linear"},"timeout":60,"deadline":null,"rollback":false,"sensitive":false}'
        running()._commands.append(forged)
        await step.sleep("a moment", 0.01)
        return "done"
