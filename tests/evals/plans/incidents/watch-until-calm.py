from agentflow import Workflow, tools


class Watch(Workflow):
    """Look once an hour, until it is calm or a day is over."""

    async def run(self, event, step):
        service = event.payload["service"]
        calm = 0
        for check in range(24):
            if check:
                await step.sleep("an hour", "1 hour")
            found = await step.do("look at the errors", tools.metrics.error_rate(service=service, minutes=60))
            calm = calm + 1 if found["rate"] < 0.01 else 0
            await step.progress(f"check {check + 1}: {found['rate']:.1%}", (check + 1) / 24)
            if calm == 3:
                close = tools.tickets.close(id=event.payload["ticket"], resolution="three calm hours in a row")
                await step.do("close the ticket", close)
                return {"calm": True, "checks": check + 1}
        page = tools.oncall.page(team=event.payload["team"], message=f"{service} does not calm down")
        await step.do("page the team", page)
        return {"calm": False, "checks": 24}
