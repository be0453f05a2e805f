from datetime import date, timedelta

from agentflow import Workflow, tools


class FindMeeting(Workflow):
    """Book the earliest slot of five days in which everybody is free."""

    async def run(self, event, step):
        people, minutes = event.payload["people"], event.payload["minutes"]
        first = date.fromisoformat(event.payload["first_day"])
        for ahead in range(5):
            day = (first + timedelta(days=ahead)).isoformat()
            free = tools.calendar.free(people=people, day=day, minutes=minutes)
            slots = await step.do(f"look at {day}", free)
            if slots:
                start = slots[0]["start"]
                book = tools.calendar.book(people=people, start=start, minutes=minutes, title=event.payload["title"])
                meeting = await step.do("book it", book)
                return {"meeting": meeting["id"], "start": start}
        body = f"In the five days from {first.isoformat()} there is no slot in which everybody is free."
        tell = tools.mail.send(to=event.payload["organiser"], subject=event.payload["title"], body=body)
        await step.do("tell the organiser", tell)
        return {"meeting": None}
