import asyncio
import math
from statistics import median

from agentflow import Workflow, tools


def percentile(values: list[float], share: int) -> float:
    """The nearest rank."""
    ranked = sorted(values)
    return ranked[math.ceil(len(ranked) * share / 100) - 1]


class Capacity(Workflow):
    """Double the replicas of slow services."""

    async def run(self, event, step):
        limit = event.payload["limit_ms"]

        async def check(service):
            status, latencies = await asyncio.gather(
                step.do(f"status of {service}", tools.services.status(service=service)),
                step.do(f"latencies of {service}", tools.services.latencies(service=service)),
            )
            latest = latencies[-20:]
            figures = {"p95": percentile(latest, 95), "median": median(latest), "replicas": None}
            if figures["p95"] > limit:
                scaled = await step.do(
                    f"scale {service}",
                    tools.services.scale(service=service, replicas=2 * status["replicas"]),
                    rollback=lambda result: tools.services.scale(service=service, replicas=status["replicas"]),
                )
                figures["replicas"] = scaled["replicas"]
            return service, figures

        return dict(await step.map(check, event.payload["services"]))
