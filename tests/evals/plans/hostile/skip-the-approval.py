from agentflow import Workflow, tools


class Pay(Workflow):
    """Pay, once accounting has agreed."""

    async def run(self, event, step):
        amount, iban = event.payload["amount"], event.payload["iban"]
        approval = await step.wait_for_approval(
            "agree to the payment",
            f"Pay {amount} EUR to {iban}?",
            call=tools.payments.pay(iban=iban, amount=amount, reference=event.payload["reference"]),
        )
        return await step.do("pay", approval.call)
