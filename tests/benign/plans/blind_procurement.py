from agentflow import PlanFailed, StepTimeout, Workflow, tools

SUPPLIERS = ("acme", "bolt", "cara")


class Procurement(Workflow):
    """Compare the suppliers, let a person choose, and order."""

    async def run(self, event, step):
        sku = event.payload["sku"]
        try:
            async with step.timeout("1 hour"):
                answers = await step.gather(
                    *(
                        step.do(
                            f"ask {supplier}",
                            tools.suppliers.quote(supplier=supplier, sku=sku),
                            retries={"limit": 2, "delay": "20 seconds", "backoff": "constant"},
                        )
                        for supplier in SUPPLIERS
                    ),
                    return_exceptions=True,
                )
        except StepTimeout:
            raise PlanFailed("the suppliers did not answer within an hour")

        prices = {answer["supplier"]: answer["price"] for answer in answers if not isinstance(answer, Exception)}
        if not prices:
            raise PlanFailed(f"no supplier sells {sku}")

        chosen = await step.ask(
            "choose a supplier",
            f"Which supplier shall deliver {event.payload['count']} {sku}?",
            list(prices),
            default=min(prices, key=prices.get),
            details={supplier: f"{price} EUR each" for supplier, price in prices.items()},
            timeout="2 days",
        )
        answer = await step.do(
            f"order from {chosen}",
            tools.suppliers.order(supplier=chosen, sku=sku, count=event.payload["count"], price=prices[chosen]),
        )
        return {"supplier": chosen, "order": answer["order"]}
