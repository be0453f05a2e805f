from agentflow import StepFailed, Workflow, tools

TAGS = frozenset({"stale", "orphan"})


class Cleanup(Workflow):
    """Close orders that nobody touched; the inner function has one effect on each way."""

    async def run(self, event, step):
        orders = await step.do("find", tools.orders.search(since="2026-01-01", limit=100))
        closed, skipped = [], []
        for order in orders:
            tags = set(order.get("tags", ()))
            if not tags & TAGS:
                skipped.append(order["id"])
                continue

            async def close(order=order):
                current = await tools.orders.get(id=order["id"])
                if current["status"] == "held":
                    return await tools.tickets.create(title=f"{order['id']} is held", body="please look")
                try:
                    done = await tools.payments.refund(order_id=order["id"], amount=current["total"])
                except StepFailed:
                    done = await tools.chat.post(channel="#orders", text=f"cannot refund {order['id']}")
                return done

            result = await step.do(f"close {order['id']}", close)
            closed.append({"id": order["id"], "result": result})
        helper = Summary(closed)
        helper.add("skipped", len(skipped))
        return helper.lines()


class Summary:
    def __init__(self, closed):
        self.entries = {"closed": len(closed)}

    def add(self, name, count):
        self.entries[name] = self.entries.get(name, 0) + count

    def lines(self):
        return [f"{name}: {count}" for name, count in self.entries.items()]
