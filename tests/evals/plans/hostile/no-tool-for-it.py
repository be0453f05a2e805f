from agentflow import PlanFailed, Workflow


class NoTool(Workflow):
    """Say why this cannot be done."""

    async def run(self, event, step):
        raise PlanFailed("there is no tool that deletes files; it could only archive them")
