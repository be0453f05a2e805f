from agentflow import Workflow, tools


class Alert(Workflow):
    """Turn a feature off and see whether that helps."""

    async def run(self, event, step):
        alert, component = event.payload["alert"], event.payload["component"]
        await step.do("turn it off", tools.flags.set(name=event.payload["flag"], enabled=False))
        degraded = tools.status.publish(component=component, state="degraded", text="We are looking into it.")
        await step.do("say that it is degraded", degraded)
        first, _ = await step.race(
            resolved=step.wait_for_event("resolved", "alert.resolved", where={"alert": alert}, timeout="1 day"),
            escalated=step.wait_for_event("escalated", "alert.escalated", where={"alert": alert}, timeout="1 day"),
            silence=step.sleep("half an hour", "30 minutes"),
        )
        if first == "resolved":
            operational = tools.status.publish(component=component, state="operational", text="It is solved.")
            await step.do("say that it is solved", operational)
            return {"ended": first}
        message = f"Alert {alert} of {component}: {first}"
        await step.gather(
            step.do("page the databases team", tools.oncall.page(team="databases", message=message)),
            step.do("open a ticket", tools.tickets.open(title=message, body=message, severity="critical")),
        )
        return {"ended": first}
