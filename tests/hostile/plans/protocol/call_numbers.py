# A step's function numbers its calls as it likes: two of one number would share an answer.
# layer: host
# part: shapes
# assume: policy, guards
# stopped: GuestError
from agentflow import Workflow, tools
from agentflow.guest.running import running


async def work():
    running().body.last = 6
    return await tools.shop.look(value="ESCAPED by a number")


class Plan(Workflow):
    async def run(self, event, step):
        return await step.do("work", work, retries={"limit": 0})
