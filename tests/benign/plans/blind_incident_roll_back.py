from datetime import timedelta

from agentflow import ApprovalExpired, ApprovalRejected, Workflow, tools


class RollBackNow(Workflow):
    """Roll a service back if people agree within a quarter of an hour."""

    patience = timedelta(minutes=15)

    async def run(self, event, step):
        service = event.payload["service"]
        status = await step.do("look at the service", tools.services.status(service=service))
        previous = status["previous"]
        try:
            approval = await step.wait_for_approval(
                "approve the roll-back",
                f"Roll {service} back from {status['version']} to {previous}?",
                call=tools.services.roll_back(service=service, version=previous),
                timeout=self.patience,
            )
        except ApprovalExpired:
            await step.do("tell ops", tools.chat.post(channel="#ops", text=f"nobody decides about {service}"))
            return {"rolled_back": False}
        except ApprovalRejected:
            return {"rolled_back": False}
        done = await step.do("roll it back", approval.call)
        return {"rolled_back": True, "version": done["version"]}
