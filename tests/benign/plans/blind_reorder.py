from agentflow import ApprovalRejected, StepFailed, Workflow, tools

SUPPLIERS = ["acme", "bolt", "cara"]


class Reorder(Workflow):
    """Order what runs low from the supplier that asks least."""

    async def run(self, event, step):
        self.step = step
        minimum = event.payload["minimum"]
        levels = await step.map(
            lambda sku: step.do(f"count {sku}", tools.stock.level(sku=sku)),
            event.payload["skus"],
            concurrency=3,
        )
        low = {level["sku"]: level["count"] for level in levels if level["count"] < minimum}

        small, large = {}, {}
        for sku, count in low.items():
            quotes = [quote for supplier in SUPPLIERS if (quote := await self.quote(supplier, sku))]
            if not quotes:
                continue
            best = min(quotes, key=lambda quote: quote["price"])
            order = tools.suppliers.order(
                supplier=best["supplier"], sku=sku, count=2 * minimum - count, price=best["price"]
            )
            if order.args["price"] * order.args["count"] > 500:
                large[sku] = order
            else:
                small[sku] = order

        agreed = dict(small)
        if large:
            try:
                approval = await step.wait_for_approval(
                    "approve the large orders", f"Order {', '.join(large)}?", call=list(large.values())
                )
                agreed |= zip(large, approval.calls)
            except ApprovalRejected:
                await step.progress(f"{len(large)} large orders were rejected")

        orders, suppliers = {}, {}
        for sku, call in agreed.items():
            answer = await step.do(f"order {sku}", call)
            orders[sku] = answer["order"]
            suppliers[sku] = call.args["supplier"]
        return {"orders": orders, "suppliers": suppliers}

    async def quote(self, supplier, sku):
        try:
            return await self.step.do(
                f"price of {sku} at {supplier}",
                tools.suppliers.quote(supplier=supplier, sku=sku),
                retries={"limit": 1, "delay": "5 seconds"},
            )
        except StepFailed as failed:
            if failed.type == "LookupError":
                return None
            raise
