from datetime import datetime
from zoneinfo import ZoneInfo

from agentflow import Workflow, tools


class OffboardingUnlessStopped(Workflow):
    """Close the accounts on the last day, unless the leaver stays."""

    async def run(self, event, step):
        evening = datetime.fromisoformat(event.payload["last_day"]).replace(
            hour=18, tzinfo=ZoneInfo("America/New_York")
        )
        name, value = await step.race(
            stopped=step.wait_for_event("the leaver stays", "leaver.cancelled", timeout="365 days"),
            over=step.sleep_until("the last day is over", evening),
        )
        closed = []
        match name:
            case "stopped":
                why = value.payload.get("why", "no reason was given")
                await step.do("tell HR", tools.chat.post(channel="#hr", text=f"Nothing was closed: {why}"))
            case "over":
                for account in event.payload["accounts"]:
                    await step.do(f"close {account}", tools.accounts.close(account=account))
                    closed.append(account)
        return {"closed": closed}
