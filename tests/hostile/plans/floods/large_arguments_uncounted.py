# The same from a guest that does not weigh its commands any more.
# layer: host
# part: sizes
# assume: guards
# stopped: GuestError
from agentflow import Workflow, tools


class Plan(Workflow):
    async def run(self, event, step):
        long = "ESCAPED" + "x" * 1_500_000
        return len(await step.do("look", tools.shop.look(value=[long]), retries={"limit": 0}))
