from functools import partial

from agentflow import WaitTimeout, Workflow, tools

LETTERS = (
    ("friendly", "A friendly reminder", "Perhaps you have overlooked invoice {id} of {amount} EUR, due on {due}."),
    ("firm", "Second reminder", "Invoice {id} of {amount} EUR was due on {due}. Pay it within a week."),
)


class Dunning(Workflow):
    """Remind customers of overdue invoices, twice, and then tell finance."""

    async def run(self, event, step):
        invoices = await step.do("list the open invoices", tools.invoices.list(status="open"))
        overdue = [invoice for invoice in invoices if invoice["due"] < event.payload["today"]]
        outcomes = await step.map(partial(self.remind, step), overdue)

        paid, unpaid = [], []
        for invoice, was_paid in zip(overdue, outcomes, strict=True):
            (paid if was_paid else unpaid).append(invoice["id"])
        return {"paid": sorted(paid), "unpaid": sorted(unpaid)}

    async def remind(self, step, invoice) -> bool:
        key = invoice["id"]
        customer = await step.do(f"load the customer of {key}", tools.customers.get(id=invoice["customer"]))
        for tone, subject, text in LETTERS:
            body = text.format(id=key, amount=invoice["amount"], due=invoice["due"])
            await step.do(
                f"{tone} mail about {key}",
                tools.mail.send(to=customer["email"].strip(), subject=subject, body=body),
            )
            try:
                await step.wait_for_event(f"payment of {key}", "invoice.paid", where={"invoice": key}, timeout="7 days")
            except WaitTimeout:
                continue
            return True
        await step.do(f"tell finance about {key}", tools.chat.post(channel="#finance", text=f"{key} unpaid"))
        return False
