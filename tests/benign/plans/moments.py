import time
from datetime import UTC, date, datetime, timedelta, timezone

from agentflow import Workflow, tools


class Moments(Workflow):
    """Meetings as people write them, in all their ways."""

    async def run(self, event, step):
        began = time.time()
        today, now = date.today(), datetime.now(UTC)
        ages = [(today - date.fromisoformat(text)).days for text in event.payload["days"]]
        starts = [
            datetime.fromisoformat("2027-02-01T09:00:00+01:00"),
            datetime.strptime("02/02/2027 14:30 -0500", "%m/%d/%Y %H:%M %z"),
            datetime.fromtimestamp(began + 86_400 * 20, tz=timezone(timedelta(hours=9))),
        ]
        for number, start in enumerate(starts, 1):
            end = start + timedelta(minutes=45)
            await step.do(
                f"book {number}", tools.calendar.book(person="p-1", start=start, end=end, title=f"{start:%d.%m. %H:%M}")
            )
        busy = await step.do("busy", tools.calendar.busy(person="p-1", day=f"{now:%Y-%m-%d}"))
        free = timedelta(hours=8) - sum((span["end"] - span["start"] for span in busy), timedelta())
        await step.sleep_until(
            "tomorrow at eight", (now + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
        )
        return {
            "ages": ages,
            "free": str(free),
            "weekday": starts[0].strftime("%A"),
            "spans": [f"{(start.astimezone(UTC) - now) / timedelta(hours=1):.1f}" for start in starts],
            "slept": round(time.time() - began) // 3600,
            "same": now == event.timestamp,
            "end": datetime.now(UTC),
            "iso": starts[1].isoformat(timespec="minutes"),
        }
