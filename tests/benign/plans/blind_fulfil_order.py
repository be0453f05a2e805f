from agentflow import Workflow, tools


class FulfilOrder(Workflow):
    """Reserve, label and announce an order; undo all of it if something fails."""

    async def run(self, event, step):
        order = await step.do("load the order", tools.orders.get(id=event.payload["order_id"]))
        customer = await step.do("load the customer", tools.customers.get(id=order["customer"]))

        await step.gather(
            *[
                step.do(
                    f"reserve {count} {sku}",
                    tools.stock.reserve(sku=sku, count=count),
                    retries={"limit": 2, "delay": "5 seconds"},
                    rollback=lambda reserved: tools.stock.release(id=reserved["id"]),
                )
                for sku, count in order["items"].items()
            ]
        )

        rates = await step.do(
            "compare the carriers",
            tools.shipping.rates(country=customer["country"], weight_kg=event.payload["weight_kg"]),
        )
        cheapest = min(rates, key=lambda rate: rate["price"])
        label = await step.do(
            f"buy a label of {cheapest['carrier']}",
            tools.shipping.label(order_id=order["id"], carrier=cheapest["carrier"]),
            rollback=lambda bought: tools.shipping.void(label=bought["label"]),
        )
        await step.do(
            "tell the customer",
            tools.mail.send(
                to=customer["email"].strip(),
                subject=f"Order {order['id']} is on its way",
                body=f"Your tracking number is {label['tracking']}.",
            ),
        )
        return {"tracking": label["tracking"]}
