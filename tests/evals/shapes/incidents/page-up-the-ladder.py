from agentflow import PlanFailed, Workflow, tools


class Ladder(Workflow):
    """Races the acknowledgement against the clock."""

    async def run(self, event, step):
        message = event.payload["message"]
        for team in event.payload["ladder"]:
            await step.do("page", tools.oncall.page(team=team, message=message), retries={"delay": "5 seconds"})
            first, _ = await step.race(
                acknowledged=step.wait_for_event("acknowledged", "page.acknowledged", timeout="1 hour"),
                late=step.sleep("a quarter of an hour", "15 minutes"),
            )
            if first == "acknowledged":
                return {"acknowledged_by": team}
        await step.do("post", tools.chat.post(channel="#incidents", text=f"nobody: {message}"))
        raise PlanFailed("nobody acknowledges")
