from agentflow import WaitTimeout, Workflow, tools


class Review(Workflow):
    """Get a pull request reviewed, and do what the verdict says."""

    async def run(self, event, step):
        number = event.payload["number"]
        for reviewer in (event.payload["reviewer"], event.payload["backup"]):
            await step.do(f"ask {reviewer}", tools.reviews.request(number=number, reviewer=reviewer))
            try:
                review = await step.wait_for_event(
                    f"a review, since {reviewer} was asked",
                    "review.submitted",
                    where={"number": number},
                    timeout="2 days",
                )
            except WaitTimeout:
                continue
            if review.payload["verdict"] == "approved":
                await step.do("merge it", tools.repo.merge(number=number))
                return {"ended": "merged"}
            return await self.label(step, number, "changes")
        return await self.label(step, number, "stuck")

    async def label(self, step, number, name):
        await step.do(f"label it {name}", tools.repo.label(number=number, name=name))
        return {"ended": name}
