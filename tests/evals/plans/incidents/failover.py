from agentflow import ApprovalExpired, ApprovalRejected, StepFailed, Workflow, tools


class Failover(Workflow):
    """Make the best replica the primary, read-only meanwhile."""

    async def run(self, event, step):
        cluster = event.payload["cluster"]
        replicas = await step.do("list replicas", tools.databases.replicas(cluster=cluster))
        healthy = [replica for replica in replicas if replica["healthy"]]
        if not healthy:
            await self.page(step, f"{cluster} has no healthy replica to fail over to")
            return {"primary": None}
        best = min(healthy, key=lambda replica: replica["lag_seconds"])
        await step.do("go read-only", tools.flags.set(name="read_only", enabled=True))
        primary = await self.move(step, cluster, best)
        await step.do("allow writes", tools.flags.set(name="read_only", enabled=False))
        return {"primary": primary}

    async def move(self, step, cluster, best):
        try:
            approval = await step.wait_for_approval(
                "go for the failover",
                f"Make {best['name']} the primary of {cluster}? It lags {best['lag_seconds']} s behind.",
                call=tools.databases.failover(cluster=cluster, to=best["name"]),
                timeout="1 hour",
            )
            done = await step.do("fail over", approval.call)
        except (ApprovalRejected, ApprovalExpired):
            return None
        except StepFailed as failed:
            await self.page(step, f"the failover of {cluster} to {best['name']} failed: {failed.message}")
            return None
        return done["primary"]

    async def page(self, step, message):
        await step.do("page the databases team", tools.oncall.page(team="databases", message=message))
