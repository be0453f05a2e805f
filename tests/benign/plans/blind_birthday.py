from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from agentflow import Workflow, tools


def anniversary(hired: date, year: int) -> date:
    try:
        return hired.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


class Anniversary(Workflow):
    """Congratulate somebody on another full year with us."""

    async def run(self, event, step):
        hired = date.fromisoformat(event.payload["hired"])
        zone = ZoneInfo(event.payload["zone"])
        now = step.now()

        year = max(now.year, hired.year + 1)
        while (when := datetime.combine(anniversary(hired, year), time(9), tzinfo=zone)) <= now:
            year += 1
        years = year - hired.year

        await step.sleep_until("the day has come", when)
        await step.do(
            "congratulate",
            tools.chat.post(
                channel="#general",
                text=f"Congratulations, {event.payload['person']}: {years} year{'s' if years > 1 else ''} with us!",
            ),
        )
        return {"years": years, "posted_at": when.astimezone(UTC).isoformat()}
