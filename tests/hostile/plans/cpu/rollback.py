# The function that says how a step is undone takes for ever.
# layer: watchdog
# stopped: failed
# seconds: 0.25
from agentflow import PlanFailed, Workflow, tools


def undo(result):
    for _ in range(40_000_000):
        pass
    return tools.shop.note(text="ESCAPED after a long time")


class Plan(Workflow):
    async def run(self, event, step):
        await step.do("note", tools.shop.note(text="x"), rollback=undo)
        raise PlanFailed("now undo it")
