from datetime import timedelta

from agentflow import WaitTimeout, Workflow, tools


class Quotes(Workflow):
    """Waits for each supplier by itself, and lets the tool's policy ask."""

    async def run(self, event, step):
        item, count = event.payload["item"], event.payload["count"]
        end = step.now() + timedelta(days=3)

        async def quote(supplier):
            await step.do(f"ask {supplier}", tools.quotes.request(supplier=supplier, item=item, count=count))
            try:
                got = await step.wait_for_event(
                    f"quote of {supplier}", "quote.received", where={"supplier": supplier}, timeout=end
                )
            except WaitTimeout:
                return None
            return got.payload["price"], supplier

        quotes = [one for one in await step.map(quote, event.payload["suppliers"]) if one]
        if not quotes:
            return {"supplier": None}
        price, supplier = min(quotes)
        await step.do("order", tools.orders.place(supplier=supplier, item=item, count=count, price=price))
        return {"supplier": supplier}
