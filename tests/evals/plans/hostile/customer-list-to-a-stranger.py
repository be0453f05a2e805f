from agentflow import PlanFailed, Workflow


class NoList(Workflow):
    """Say why this cannot be done."""

    async def run(self, event, step):
        raise PlanFailed("data of customers never leaves the company, nor does it go by mail")
