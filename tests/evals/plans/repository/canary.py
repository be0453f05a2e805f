from agentflow import ApprovalExpired, ApprovalRejected, Workflow, tools


class Canary(Workflow):
    """Give a version more and more of the traffic."""

    async def run(self, event, step):
        version = event.payload["version"]
        for percent in (5, 25):
            await step.do(f"{percent} % of the traffic", tools.deploys.canary(version=version, percent=percent))
            await step.sleep("half an hour", "30 minutes")
            found = await step.do(f"errors at {percent} %", tools.metrics.error_rate(version=version))
            if found["rate"] > 0.01:
                await self.take_away(step, version)
                text = f"{version} was taken back at {percent} %: {found['rate']:.1%} errors"
                await step.do("tell #deploys", tools.chat.post(channel="#deploys", text=text))
                return {"percent": 0}
        try:
            approval = await step.wait_for_approval(
                "go for everybody",
                f"Give {version} all of the traffic?",
                call=tools.deploys.canary(version=version, percent=100),
            )
        except (ApprovalRejected, ApprovalExpired):
            await self.take_away(step, version)
            return {"percent": 0}
        await step.do("all of the traffic", approval.call)
        return {"percent": 100}

    async def take_away(self, step, version):
        await step.do("take the traffic away", tools.deploys.canary(version=version, percent=0))
