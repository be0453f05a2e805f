from decimal import Decimal

from agentflow import Workflow, tools

NEEDS_A_PERSON = Decimal(1000)


class VendorPayment(Workflow):
    """Pay a supplier and post the payment."""

    async def run(self, event, step):
        iban, reference = event.payload["iban"], event.payload["reference"]
        amount = Decimal(event.payload["amount"])
        payment = tools.payments.pay(iban=iban, amount=amount, reference=reference)
        if amount >= NEEDS_A_PERSON:
            approval = await step.wait_for_approval(
                "approve the payment", f"Pay {amount:,.2f} EUR to {iban} for {reference}?", call=payment
            )
            payment = approval.call
        paid = await step.do("pay the supplier", payment, timeout="2 minutes")
        posted = await step.do(
            "post the payment",
            tools.ledger.post(account="payables", amount=paid["amount"], text=f"{reference} ({paid['id']})"),
            retries={"limit": 8, "delay": "1 minute", "backoff": "linear"},
        )
        return {"payment": paid["id"], "entry": posted["entry"]}
