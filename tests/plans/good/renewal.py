from datetime import UTC, datetime, timedelta
from typing import ClassVar

from agentflow import ApprovalExpired, ApprovalRejected, WaitTimeout, Workflow, tools


class Renewal(Workflow):
    """Remind a customer three times, then ask a person what to do."""

    reminders: ClassVar = {30: "Your plan ends in a month", 7: "Your plan ends in a week", 1: "Your plan ends tomorrow"}

    async def run(self, event, step):
        customer = event.payload["customer"]
        ends = datetime.fromisoformat(event.payload["ends"]).replace(tzinfo=UTC)
        paid = None
        for days, subject in self.reminders.items():
            await step.sleep_until(f"{days} days before", ends - timedelta(days=days))
            mail = tools.mail.send(to=customer["email"], subject=subject, body=self.body(ends))
            await step.do(f"remind {days}", mail)
            paid = await self.payment(step, customer, until=ends - timedelta(days=days - 1))
            if paid is not None:
                break
        if paid is None:
            paid = await self.decide(step, customer)
        return {"renewed": paid is not None, "payment": paid}

    def body(self, ends):
        left = (ends - datetime.now(UTC)).days
        return f"{left} days left, until {ends:%d.%m.%Y}."

    async def payment(self, step, customer, *, until):
        try:
            mine = {"customer": customer["id"]}
            event = await step.wait_for_event("payment", "payment.received", where=mine, timeout=until)
        except WaitTimeout:
            return None
        return event.payload["reference"]

    async def decide(self, step, customer):
        disable = tools.accounts.disable(email=customer["email"])
        try:
            approval = await step.wait_for_approval("disable", f"Disable {customer['email']}?", call=disable)
        except (ApprovalRejected, ApprovalExpired):
            return "kept"
        await step.do("disable", approval.call)
        return None
