from agentflow import ApprovalRejected, Workflow, tools


class Claims(Workflow):
    """Pay or hand back the expense claims of a month."""

    async def run(self, event, step):
        paid = 0.0
        for claim in await step.do("list the claims", tools.expenses.list(month=event.payload["month"])):
            number, amount = claim["id"], claim["amount"]
            if not claim["receipt"]:
                await self.hand_back(step, number, "there is no receipt")
                continue
            pay = tools.expenses.pay(id=number)
            if amount > 200:
                try:
                    question = f"Pay {amount} EUR to {claim['person']}?"
                    pay = (await step.wait_for_approval(f"agree to {number}", question, call=pay)).call
                except ApprovalRejected as rejected:
                    await self.hand_back(step, number, rejected.reason)
                    continue
            await step.do(f"pay {number}", pay)
            paid += amount
        return {"paid": round(paid, 2)}

    async def hand_back(self, step, number, reason):
        await step.do(f"hand back {number}", tools.expenses.hand_back(id=number, reason=reason))
