# One question about fifteen thousand payments: each is checked before anybody is asked.
# layer: guards
# part: calls
# assume: host
# stopped: UsageError
# shows: blocked
from agentflow import Workflow, tools


class Plan(Workflow):
    async def run(self, event, step):
        calls = [tools.shop.look(value=number) for number in range(15_000)]
        return await step.wait_for_approval("agree", "All of these?", call=calls)
