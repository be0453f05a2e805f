# The call that undoes a step is made when no plan runs any more.
# layer: host
# part: grants
# stopped: failed
from agentflow import PlanFailed, Workflow, tools

hidden = [tools][0]


class Plan(Workflow):
    async def run(self, event, step):
        await step.do("note", tools.shop.note(text="x"), rollback=lambda result: hidden.vault.open(key="x"))
        raise PlanFailed("now undo it")
