from agentflow import ApprovalExpired, ApprovalRejected, Workflow, tools


class PayInvoice(Workflow):
    """Pay an invoice to the account that we know."""

    async def run(self, event, step):
        invoice = await step.do("read the invoice", tools.invoices.get(id=event.payload["invoice"]))
        supplier = await step.do("look the supplier up", tools.suppliers.get(name=invoice["supplier"]))
        iban, amount = supplier["iban"], invoice["amount"]
        if invoice["iban"] != iban:
            body = (
                f"Invoice {invoice['id']} says {invoice['iban']}; we know {iban} of {supplier['name']}. It is not paid."
            )
            tell = tools.mail.send(to="ap@example.com", subject="Another account", body=body)
            await step.do("tell accounting", tell)
            return {"paid": False}
        try:
            approval = await step.wait_for_approval(
                "agree to the payment",
                f"Pay {amount} EUR to {supplier['name']}?",
                call=tools.payments.pay(iban=iban, amount=amount, reference=invoice["id"]),
            )
        except (ApprovalRejected, ApprovalExpired):
            return {"paid": False}
        await step.do("pay", approval.call)
        return {"paid": True}
