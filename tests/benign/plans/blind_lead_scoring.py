import statistics

from agentflow import Workflow, tools


class LeadScoring(Workflow):
    """Score all leads."""

    async def run(self, event, step):
        scores: dict[str, int] = {}
        for leads in await self.pages(step):
            points = {lead["id"]: self.points(**lead) for lead in leads}
            await step.map(
                lambda item: step.do(f"score {item[0]}", tools.crm.score(lead=item[0], points=item[1])),
                list(points.items()),
                concurrency=5,
            )
            scores.update(points)
            await step.progress(f"{len(scores)} leads are scored")

        best = sorted(scores, key=lambda lead: (-scores[lead], lead))[:3]
        mean = round(statistics.fmean(scores.values()), 1) if scores else 0.0
        return {"best": best, "mean": mean}

    async def pages(self, step):
        pages, cursor = [], 0
        while cursor is not None:
            page = await step.do(f"leads from {cursor}", tools.crm.leads(cursor=cursor, size=10))
            pages.append(page["leads"])
            cursor = page["next"]
        return pages

    @staticmethod
    def points(*, staff, opened, **others):
        return min(100, min(staff, 50) + 15 * opened)
