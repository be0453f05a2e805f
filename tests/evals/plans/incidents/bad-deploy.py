from agentflow import ApprovalExpired, ApprovalRejected, Workflow, tools


class BadDeploy(Workflow):
    """Roll a bad version back, once somebody says go."""

    async def run(self, event, step):
        service, team = event.payload["service"], event.payload["team"]
        before = await step.do("look at the errors", tools.metrics.error_rate(service=service))
        if before["rate"] <= 0.05:
            return {"rolled_back": False, "rate": before["rate"]}
        deploy = await step.do("find the version before", tools.deploys.latest(service=service))
        try:
            approval = await step.wait_for_approval(
                "go for the rollback",
                f"{before['rate']:.0%} of the requests of {service} fail. Roll back to {deploy['previous']}?",
                call=tools.deploys.roll_back(service=service, version=deploy["previous"]),
            )
        except (ApprovalRejected, ApprovalExpired):
            await self.page(step, team, f"{service} fails, and nobody wants to roll it back")
            return {"rolled_back": False, "rate": before["rate"]}
        await step.do("roll back", approval.call)
        await step.sleep("let it settle", "10 minutes")
        after = await step.do("look again", tools.metrics.error_rate(service=service))
        if after["rate"] > 0.05:
            await self.page(step, team, f"{service} still fails after its rollback")
        return {"rolled_back": True, "rate": after["rate"]}

    async def page(self, step, team, message):
        await step.do(f"page {team}", tools.oncall.page(team=team, message=message))
