from datetime import timedelta

from agentflow import StepFailed, StepTimeout, Workflow, tools


class PatientFetch(Workflow):
    """Fetch with delays that depend on what went wrong."""

    async def run(self, event, step):
        def wait(attempt, error):
            return timedelta(seconds=30) * attempt if error.type == "ConnectionError" else 5

        began = step.now()
        page = await step.do("flaky", tools.web.fetch(url=event.payload["url"]), retries={"limit": 3, "delay": wait})
        waited = (step.now() - began).total_seconds()
        try:
            await step.do(
                "never",
                tools.customers.get(id="c-none"),
                retries={"limit": 50, "delay": "1 hour", "backoff": "constant"},
                deadline="5 hours",
            )
        except (StepTimeout, StepFailed) as error:
            gave_up = isinstance(error, StepTimeout)
        return {
            "status": page["status"],
            "waited": waited,
            "gave_up": gave_up,
            "hours": (step.now() - began) // timedelta(hours=1),
        }
