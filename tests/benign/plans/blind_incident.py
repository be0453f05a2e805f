from agentflow import Workflow, tools

MAX_RESTARTS = 3


class Incident(Workflow):
    """Restart an ill service, and roll it back if that does not help."""

    async def run(self, event, step):
        service = event.payload["service"]

        def look():
            return step.do("look at the service", tools.services.status(service=service))

        restarts = 0
        status = await look()
        while not status["healthy"] and restarts < MAX_RESTARTS:
            restarts += 1
            await step.do(f"restart number {restarts}", tools.services.restart(service=service))
            await step.sleep("let it come up", "30 seconds")
            status = await look()

        if not status["healthy"]:
            approval = await step.wait_for_approval(
                "approve the roll-back",
                f"{service} is still ill after {restarts} restarts. Roll it back to {status['previous']}?",
                call=tools.services.roll_back(service=service, version=status["previous"]),
            )
            done = await step.do("roll it back", approval.call)
            await step.do(
                "tell ops",
                tools.chat.post(channel="#ops", text=f"{service} was rolled back to {done['version']}"),
            )
            status = await look()
        return {"healthy": status["healthy"], "restarts": restarts}
