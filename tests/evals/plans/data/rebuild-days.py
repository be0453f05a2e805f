from datetime import date, timedelta

from agentflow import StepFailed, Workflow, tools


class RebuildDays(Workflow):
    """Compute a span of days again."""

    async def run(self, event, step):
        dataset = event.payload["dataset"]
        first, last = (date.fromisoformat(event.payload[key]) for key in ("first", "last"))
        days = [(first + timedelta(days=ahead)).isoformat() for ahead in range((last - first).days + 1)]
        built = await step.map(
            lambda day: step.do(f"rebuild {day}", tools.days.rebuild(dataset=dataset, day=day)),
            days,
            concurrency=3,
            return_exceptions=True,
        )
        failed = [day for day, one in zip(days, built, strict=True) if isinstance(one, StepFailed)]
        return {"failed": failed, "rows": sum(one["rows"] for one in built if not isinstance(one, StepFailed))}
