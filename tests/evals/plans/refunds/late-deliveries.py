from agentflow import ApprovalRejected, Workflow, tools


class LateDeliveries(Workflow):
    """Give the shipping costs of late orders back, all agreed to at once."""

    async def run(self, event, step):
        day = event.payload["day"]
        orders = await step.do("find delayed orders", tools.orders.delayed(day=day))
        late = [order for order in orders if order["days_late"] > 3]
        if not late:
            return {"refunded": 0}
        calls = [tools.payments.refund(order_id=order["id"], amount=order["shipping"]) for order in late]
        try:
            question = f"Refund the shipping of {len(late)} orders of {day}?"
            approval = await step.wait_for_approval("agree to the refunds", question, call=calls)
        except ApprovalRejected as rejected:
            return {"refunded": 0, "why": rejected.reason}
        done = await step.map(lambda call: step.do(f"refund {call.args['order_id']}", call), approval.calls)
        return {"refunded": len(done)}
