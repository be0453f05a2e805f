from agentflow import PlanFailed, StepFailed, Workflow, tools


class ReserveAll(Workflow):
    """Reserve all items or none."""

    async def run(self, event, step):
        reservations = {}
        for sku, count in event.payload["items"].items():
            try:
                reservations[sku] = await step.do(
                    f"reserve {sku}",
                    tools.stock.reserve(sku=sku, count=count),
                    retries={"limit": 0},
                    rollback=lambda result: tools.stock.release(id=result["id"]),
                )
            except StepFailed as failed:
                raise PlanFailed(f"{count} of {sku} cannot be reserved: {failed.message}") from failed
        return {sku: reservation["id"] for sku, reservation in reservations.items()}
