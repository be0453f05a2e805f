from agentflow import StepFailed, Workflow, tools


class SecondWave(Workflow):
    """Score leads side by side; those that fail get a second, gentler go."""

    async def run(self, event, step):
        points = event.payload["points"]
        results = await step.map(lambda lead: self.score(step, lead, points[lead]), sorted(points), concurrency=3)
        failed = [lead for lead, fine in zip(sorted(points), results) if not fine]
        again = await step.map(
            lambda lead: step.do(f"again {lead}", tools.crm.score(lead=lead, points=max(0, min(100, points[lead])))),
            failed,
            return_exceptions=True,
        )
        return {"failed": failed, "mended": sum(not isinstance(one, Exception) for one in again)}

    async def score(self, step, lead, points):
        try:
            await step.do(f"score {lead}", tools.crm.score(lead=lead, points=points), retries={"limit": 0})
        except StepFailed as failed:
            if failed.type != "ValueError":
                raise
            return False
        return True
