from enum import StrEnum

from agentflow import Workflow, tools


class Label(StrEnum):
    OTHER = "other"
    BILLING = "billing"
    ACCOUNT = "account"
    OUTAGE = "outage"


ASSIGNEES = {Label.BILLING: "finance", Label.ACCOUNT: "helpdesk", Label.OUTAGE: "ops"}


class Triage(Workflow):
    """Assign the open support tickets and point at the urgent ones."""

    async def run(self, event, step):
        tickets = await step.do("list the tickets", tools.tickets.list(queue="support"))
        tickets = [ticket for ticket in tickets if ticket["status"] == "open"]

        async def handle(ticket):
            key = ticket["id"]
            answer = await step.do(
                f"classify {key}",
                tools.assistant.classify(text=ticket["text"], labels=[label.value for label in Label]),
            )
            assignee = ASSIGNEES.get(Label(answer["label"]), "front-desk")
            await step.do(f"assign {key}", tools.tickets.update(id=key, status="open", assignee=assignee))
            urgent = ticket["hours"] > 48
            if urgent:
                await step.do(
                    f"point at {key}",
                    tools.chat.post(channel="#urgent", text=f"{key} has been open for {ticket['hours']} hours"),
                )
            return key, assignee, urgent

        handled = await step.map(handle, tickets)
        return {
            "assigned": {key: assignee for key, assignee, urgent in handled},
            "urgent": sorted(key for key, assignee, urgent in handled if urgent),
        }
