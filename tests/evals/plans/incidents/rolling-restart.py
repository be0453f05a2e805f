from agentflow import Workflow, tools


class RollingRestart(Workflow):
    """Restart region by region, as long as each comes back."""

    async def run(self, event, step):
        service = event.payload["service"]
        done = []
        for region in await step.do("list the regions", tools.services.regions(service=service)):
            await step.do(f"restart {region}", tools.services.restart(service=service, region=region))
            await step.sleep(f"give {region} time", "2 minutes")
            health = await step.do(f"check {region}", tools.services.health(service=service, region=region))
            if not health["healthy"]:
                text = f"{service} does not come back in {region}: {health['detail']}"
                await step.do("tell #ops", tools.chat.post(channel="#ops", text=text))
                return {"restarted": done, "unhealthy": region}
            done.append(region)
        return {"restarted": done, "unhealthy": None}
