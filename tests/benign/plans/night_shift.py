from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agentflow import Workflow, tools


class NightShift(Workflow):
    """Wake the people on duty at ten in the evening of their own time zone, over a change to summer time."""

    async def run(self, event, step):
        told = []
        for row in event.payload["duty"]:
            zone = ZoneInfo(row["zone"])
            day = datetime.strptime(row["day"], "%d.%m.%Y").date()
            at = datetime.combine(day, time(22, 0), tzinfo=zone)
            if at < step.now():
                continue
            await step.sleep_until(f"until {at:%H:%M} in {row['zone']}", at)
            woken = datetime.now(zone)
            offset = woken.utcoffset() / timedelta(hours=1)
            await step.do(
                f"wake {row['name']}",
                tools.chat.post(
                    channel="#duty", text=f"{row['name']}: it is {woken:%A %d %B, %H:%M} ({offset:+.0f} h)"
                ),
            )
            told.append({"name": row["name"], "at": woken.astimezone(UTC).isoformat(), "zone": woken.tzname()})
        return {"told": told}
