from agentflow import ApprovalExpired, ApprovalRejected, Workflow, tools


class PrivacyRequest(Workflow):
    """Delete a customer's personal data once a person has confirmed, with weekly reminders."""

    async def run(self, event, step):
        customer = event.payload["customer"]
        reminders = 0

        async def remind():
            nonlocal reminders
            while True:
                await step.sleep("a week passes", "7 days")
                text = f"The request of {customer} to delete their data is still undecided."
                await step.do("remind legal", tools.chat.post(channel="#legal", text=text))
                reminders += 1

        deletion = tools.customers.update(id=customer, fields={"name": "deleted", "email": "deleted"})
        try:
            winner, approval = await step.race(
                decision=step.wait_for_approval(
                    "confirm the deletion",
                    f"Delete the personal data of customer {customer}?",
                    call=deletion,
                    timeout="30 days",
                ),
                reminders=remind(),
            )
        except (ApprovalRejected, ApprovalExpired):
            return {"deleted": False, "reminders": reminders}
        await step.do("delete the data", approval.call, sensitive=True)
        return {"deleted": True, "reminders": reminders}
