# A tool that does not exist: the run would find out when half of its work is done.
# layer: policy
# stopped: AF201
from agentflow import Workflow, tools


class Plan(Workflow):
    async def run(self, event, step):
        await step.do("note", tools.shop.note(text="ESCAPED with half of it done"))
        return await step.do("buy", tools.shop.bye(what="x"), retries={"limit": 0})
