import asyncio

from agentflow import Workflow, tools


class FamilyTree(Workflow):
    """Deal with several orders side by side, in several steps each, some of them side by side again."""

    async def run(self, event, step):
        results = await asyncio.gather(*(self.order(step, id) for id in event.payload["orders"]))
        return {"lines": results, "count": sum(line["goods"] for line in results)}

    async def order(self, step, id):
        order = await step.do(f"order {id}", tools.orders.get(id=id))
        customer, levels = await step.gather(
            step.do(f"customer of {id}", tools.customers.get(id=order["customer"])),
            self.levels(step, id, order["items"]),
        )
        await step.sleep(f"rest after {id}", len(levels) * 60)
        return {"id": id, "who": customer["name"].split()[0].casefold(), "goods": sum(levels.values())}

    async def levels(self, step, id, items):
        counts = await step.gather(*[step.do(f"{sku} for {id}", tools.stock.level(sku=sku)) for sku in sorted(items)])
        return {level["sku"]: min(level["count"], items[level["sku"]]) for level in counts}
