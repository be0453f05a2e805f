from agentflow import ApprovalRejected, PlanFailed, StepFailed, Workflow, tools

SUITES = ("unit", "integration", "browser")
SHARES = [0.05, 0.25, 1.0]


class Release(Workflow):
    """Build, test side by side, roll out in shares, go back where the errors rise."""

    async def run(self, event, step):
        repository, commit = event.payload["repository"], event.payload["commit"]
        build = await step.do("build", tools.ci.build(repository=repository, commit=commit), timeout="30 minutes")
        await self.test(step, repository, commit)
        version = build["version"]
        try:
            await step.wait_for_approval("release", f"Release {version}?", details={"commit": commit}, timeout="2 days")
        except ApprovalRejected as no:
            raise PlanFailed(f"{', '.join(no.by)} said no: {no.reason}") from no
        for share in SHARES:
            if not await self.roll_out(step, repository, version, share):
                await step.do("go back", tools.deploy.undo(service=repository))
                return {"version": version, "released": False, "share": share}
        return {"version": version, "released": True}

    async def test(self, step, repository, commit):
        runs = []
        for suite in SUITES:
            call = tools.ci.test(repository=repository, commit=commit, suite=suite)
            runs.append(step.do(f"test {suite}", call))
        reports = await step.gather(*runs)
        bad = [suite for suite, report in zip(SUITES, reports, strict=True) if not report["passed"]]
        if bad:
            raise PlanFailed(f"tests failed: {', '.join(bad)}")

    async def roll_out(self, step, service, version, share):
        try:
            await step.do(f"deploy {share:.0%}", tools.deploy.start(service=service, version=version, share=share))
        except StepFailed:
            return False
        await step.sleep(f"watch {share:.0%}", 15 * 60)
        before, after = await step.gather(
            step.do("errors before", tools.metrics.query(query="errors", minutes=60)),
            step.do("errors after", tools.metrics.query(query="errors", minutes=15)),
        )
        return after["value"] <= max(before["value"] * 1.5, 0.01)
