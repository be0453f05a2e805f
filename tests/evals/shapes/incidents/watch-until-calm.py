from agentflow import Workflow, tools


class Watch(Workflow):
    """One check in each generation, after the pause."""

    async def run(self, event, step):
        checks, calm = event.payload.get("checks", 0), event.payload.get("calm", 0)
        if checks == 24:
            page = tools.oncall.page(team=event.payload["team"], message="no calm within a day")
            return await step.do("page", page)
        await step.sleep("an hour", "1 hour")
        rate = (await step.do("check", tools.metrics.error_rate(service=event.payload["service"])))["rate"]
        calm = 0 if rate >= 0.01 else calm + 1
        if calm >= 3:
            return await step.do("close", tools.tickets.close(id=event.payload["ticket"], resolution="calm"))
        await step.continue_as_new({**event.payload, "checks": checks + 1, "calm": calm})
