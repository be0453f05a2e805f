from agentflow import WaitTimeout, Workflow, tools


class Alert(Workflow):
    """One wait for both events."""

    async def run(self, event, step):
        component = event.payload["component"]
        await step.gather(
            step.do("off", tools.flags.set(name=event.payload["flag"], enabled=False)),
            step.do("degraded", tools.status.publish(component=component, state="degraded", text="Sorry.")),
        )
        resolved = False
        try:
            heard = await step.wait_for_event(
                "what comes",
                ["alert.resolved", "alert.escalated"],
                where={"alert": event.payload["alert"]},
                timeout="30 minutes",
            )
            resolved = heard.type == "alert.resolved"
        except WaitTimeout:
            await step.progress("silence")
        if resolved:
            fine = tools.status.publish(component=component, state="operational", text="All is well.")
            return await step.do("operational", fine)
        await step.do("ticket", tools.tickets.open(title=component, body="It is not resolved.", severity="critical"))
        await step.do("page", tools.oncall.page(team="databases", message=f"{component} is degraded"))
