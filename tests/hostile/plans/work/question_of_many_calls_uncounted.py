# The same from a guest that does not count them.
# layer: host
# part: calls
# assume: guards
# stopped: GuestError
# shows: blocked
from agentflow import Workflow, tools


class Plan(Workflow):
    async def run(self, event, step):
        notes = []
        for number in range(12_000):
            notes.append(tools.shop.note(text=f"note {number}"))
        await step.wait_for_approval("agree", "All of these notes?", call=notes)
