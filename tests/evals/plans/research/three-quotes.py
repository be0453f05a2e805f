from agentflow import ApprovalExpired, ApprovalRejected, StepTimeout, Workflow, tools


class ThreeQuotes(Workflow):
    """Order from whoever makes the best quote."""

    async def run(self, event, step):
        suppliers, item, count = (event.payload[key] for key in ("suppliers", "item", "count"))
        for supplier in suppliers:
            ask = tools.quotes.request(supplier=supplier, item=item, count=count)
            await step.do(f"ask {supplier}", ask)
        quotes = {}
        try:
            async with step.timeout("3 days"):
                while len(quotes) < len(suppliers):
                    quote = await step.wait_for_event("a quote", "quote.received", timeout="3 days")
                    quotes[quote.payload["supplier"]] = quote.payload["price"]
        except StepTimeout:
            await step.progress(f"{len(quotes)} of {len(suppliers)} quotes have come")
        if not quotes:
            return {"supplier": None}
        best = min(quotes, key=quotes.get)
        order = tools.orders.place(supplier=best, item=item, count=count, price=quotes[best])
        try:
            question = f"Order {count} {item} from {best} for {quotes[best]} EUR?"
            approval = await step.wait_for_approval("agree to the order", question, call=order)
        except (ApprovalRejected, ApprovalExpired):
            return {"supplier": None}
        await step.do("order", approval.call)
        return {"supplier": best}
