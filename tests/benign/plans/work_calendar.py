import calendar
from datetime import date, datetime, timedelta

from agentflow import Workflow, tools


def work_days(year, month, holidays):
    for week in calendar.monthcalendar(year, month):
        for weekday, day in enumerate(week):
            if day and weekday < calendar.SATURDAY and date(year, month, day) not in holidays:
                yield date(year, month, day)


class WorkCalendar(Workflow):
    """Say which days of a month are worked, and post one line for each week."""

    async def run(self, event, step):
        first = datetime.strptime(event.payload["month"], "%B %Y")
        holidays = {date.fromisoformat(text) for text in event.payload["holidays"]}
        days = list(work_days(first.year, first.month, holidays))
        weeks = {}
        for day in days:
            weeks.setdefault(day.isocalendar().week, []).append(day)
        for week, of_week in weeks.items():
            names = ", ".join(f"{calendar.day_abbr[day.weekday()]} {day.day}" for day in of_week)
            await step.do(f"week {week}", tools.chat.post(channel="#plan", text=f"W{week:02d}: {names}"))
        start, length = calendar.monthrange(first.year, first.month)
        last = first.date() + timedelta(days=length - 1)
        return {
            "days": len(days),
            "weeks": sorted(weeks),
            "starts": calendar.day_name[start],
            "last": f"{last:%a %d %b %Y}",
            "leap": calendar.isleap(first.year),
            "quarter": (first.month - 1) // 3 + 1,
        }
