from decimal import Decimal

from agentflow import Workflow, tools

COLUMNS = ("id", "customer", "status", "total")


class OrderExport(Workflow):
    """Export all orders as CSV, the largest first."""

    async def run(self, event, step):
        async def all_orders():
            found, page = [], 1
            while page is not None:
                answer = await tools.orders.list(page=page)
                found.extend(answer["orders"])
                page = answer["next"]
            return found

        orders = await step.do("load all orders", all_orders, timeout="30 minutes")
        await step.progress(f"{len(orders)} orders are loaded", 0.5)

        orders.sort(key=lambda order: order["total"], reverse=True)
        rows = [COLUMNS, *((o["id"], o["customer"], o["status"], f"{o['total']:.2f}") for o in orders)]
        data = "".join(",".join(row) + "\n" for row in rows)
        await step.do("write the export", tools.files.write(path="out/orders.csv", data=data))
        return {"orders": len(orders), "sum": sum((order["total"] for order in orders), Decimal())}
