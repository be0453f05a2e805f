import json
import statistics

from agentflow import Workflow, tools


class Timesheets(Workflow):
    """Sum up working hours and name those who worked much."""

    limit = 23.5

    async def run(self, event, step):
        raw = await step.do("read the hours", tools.files.read(path=event.payload["file"]))
        hours: dict[str, list[float]] = json.loads(raw)
        summary = {person: self.summarise(days) for person, days in hours.items()}

        lines = [
            f"{person}: {figures['total']:g} h" for person, figures in summary.items() if figures["total"] > self.limit
        ]
        if lines:
            await step.do("write to ops", tools.chat.post(channel="#ops", text="\n".join(lines)))
        return summary

    def summarise(self, days):
        return {
            "total": sum(days),
            "mean": round(statistics.mean(days), 2) if days else None,
            "longest": max(days, default=None),
        }
