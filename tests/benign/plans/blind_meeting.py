from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from agentflow import PlanFailed, Workflow, tools

HOUR = timedelta(hours=1)


def starts(day):
    start = datetime.combine(day, time(8), tzinfo=UTC)
    while start.time() <= time(17):
        yield start
        start += HOUR / 2


def is_free(start, spans):
    return all(start + HOUR <= span["start"] or span["end"] <= start for span in spans)


class Meeting(Workflow):
    """Find the first free hour for everybody and book it."""

    async def run(self, event, step):
        people, title = event.payload["people"], event.payload["title"]
        day = date.fromisoformat(event.payload["day"])

        busy = await step.map(
            lambda person: step.do(f"calendar of {person}", tools.calendar.busy(person=person, day=day.isoformat())),
            people,
        )
        spans = list(chain.from_iterable(busy))
        start = next((start for start in starts(day) if is_free(start, spans)), None)
        if start is None:
            raise PlanFailed(f"there is no common hour on {day:%d %B %Y}")

        async def book(person):
            return await step.do(
                f"book {person}",
                tools.calendar.book(person=person, start=start, end=start + HOUR, title=title),
                rollback=lambda booked: tools.calendar.unbook(id=booked["id"]),
            )

        await step.gather(*map(book, people))
        zone = ZoneInfo(event.payload["zone"])
        return {"start": start.isoformat(), "local": start.astimezone(zone).strftime("%H:%M")}
