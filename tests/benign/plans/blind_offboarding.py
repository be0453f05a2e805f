from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agentflow import WaitTimeout, Workflow, tools

BERLIN = ZoneInfo("Europe/Berlin")


class Offboarding(Workflow):
    """Close the accounts of a leaver after the last day, unless they stay."""

    async def run(self, event, step):
        day_after = date.fromisoformat(event.payload["last_day"]) + timedelta(days=1)
        midnight = datetime.combine(day_after, time.min, BERLIN)
        try:
            await step.wait_for_event("perhaps they stay", "leaver.cancelled", timeout=midnight)
        except WaitTimeout:
            accounts = event.payload["accounts"]
            await step.map(lambda a: step.do(f"close {a}", tools.accounts.close(account=a)), accounts)
            return {"closed": accounts}
        return {"closed": []}
