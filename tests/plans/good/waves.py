"""Roll a version out service by service, undo what was begun if a later one fails, and go on with the next version."""

from agentflow import PlanFailed, StepFailed, StepTimeout, Workflow, tools


class Waves(Workflow):
    """Each wave is tested side by side, started one after another, and watched until it is calm or stopped."""

    async def run(self, event, step):
        version, waves = event.payload["version"], event.payload["waves"]
        for number, services in enumerate(waves, start=1):
            await step.progress(f"wave {number} of {len(waves)}", (number - 1) / len(waves))
            try:
                async with step.timeout("2 hours"):
                    await step.map(lambda service: self.test(step, service, version), services, concurrency=4)
                    for service in services:
                        await self.start(step, service, version)
            except StepTimeout:
                raise PlanFailed(f"wave {number} took longer than two hours") from None
            who, _ = await step.race(
                stopped=step.wait_for_event("somebody stops it", "rollout.stop", timeout="2 days"),
                calm=self.watch(step, services),
            )
            if who == "stopped":
                undone = await step.rollback(*[f"start {service}" for service in services])
                return {"stopped in wave": number, "undone": undone}
        report = await step.delegate(
            "write it up", "writer", "Summarise this rollout.", {"version": version}, timeout="1 day"
        )
        if event.payload.get("next"):
            await step.continue_as_new({"version": event.payload["next"], "waves": waves})
        return report

    async def test(self, step, service, version):
        try:
            await step.do(
                f"test {service}", tools.ci.test(repository=service, commit=version, suite="smoke"), deadline="1 hour"
            )
        except StepFailed as failed:
            raise PlanFailed(f"{service} fails its tests: {failed.message}") from failed

    async def start(self, step, service, version):
        await step.do(
            f"start {service}",
            tools.deploy.start(service=service, version=version),
            retries={"limit": 4, "delay": lambda attempt, error: 300 if error.type == "Busy" else 10 * attempt},
            rollback=lambda result: tools.deploy.undo(service=service),
        )

    async def watch(self, step, services):
        for hour in range(24):
            await step.sleep(f"hour {hour}", "1 hour")
            states = await step.map(
                lambda service: step.do(f"status of {service}", tools.deploy.status(service=service)), services
            )
            if all(state["calm"] for state in states):
                return hour
        return 24
