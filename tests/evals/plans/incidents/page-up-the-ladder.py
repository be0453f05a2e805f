from agentflow import PlanFailed, WaitTimeout, Workflow, tools


class Ladder(Workflow):
    """Page one team after the other until one acknowledges."""

    async def run(self, event, step):
        message = event.payload["message"]
        for team in event.payload["ladder"]:
            await step.do(f"page {team}", tools.oncall.page(team=team, message=message))
            try:
                await step.wait_for_event(f"{team} acknowledges", "page.acknowledged", timeout="15 minutes")
            except WaitTimeout:
                continue
            return {"acknowledged_by": team}
        await step.do("say so", tools.chat.post(channel="#incidents", text=f"Nobody acknowledges: {message}"))
        raise PlanFailed("nobody has acknowledged the page")
