from agentflow import ApprovalExpired, ApprovalRejected, PlanFailed, StepFailed, Workflow, tools


class Failover(Workflow):
    """Asks first, and goes read-only only then."""

    async def run(self, event, step):
        cluster = event.payload["cluster"]
        replicas = await step.do("replicas", tools.databases.replicas(cluster=cluster))
        replicas = sorted((one for one in replicas if one["healthy"]), key=lambda one: one["lag_seconds"])
        if not replicas:
            await step.do("page", tools.oncall.page(team="databases", message="no healthy replica"))
            raise PlanFailed("no healthy replica")
        move = tools.databases.failover(cluster=cluster, to=replicas[0]["name"])
        try:
            agreed = await step.wait_for_approval("go", f"Fail {cluster} over?", call=move)
        except (ApprovalRejected, ApprovalExpired):
            return {"done": False}
        await step.do("on", tools.flags.set(name="read_only", enabled=True))
        error = None
        try:
            await step.do("failover", agreed.call)
        except StepFailed as failed:
            error = failed.message
        await step.do("off", tools.flags.set(name="read_only", enabled=False))
        if error:
            await step.do("page", tools.oncall.page(team="databases", message=error))
            raise PlanFailed(error)
        return {"done": True}
