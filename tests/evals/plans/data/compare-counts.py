from agentflow import Workflow, tools


class CompareCounts(Workflow):
    """Find tables of which rows are missing in the warehouse."""

    async def run(self, event, step):
        off = []
        for table in event.payload["tables"]:
            shop, warehouse = await step.gather(
                *[
                    step.do(f"count {table} in {system}", tools.tables.count(system=system, table=table))
                    for system in ("shop", "warehouse")
                ]
            )
            if abs(shop["rows"] - warehouse["rows"]) > 0.01 * shop["rows"]:
                off.append(f"{table} ({shop['rows']} and {warehouse['rows']})")
        if off:
            text = f"Row counts of shop and warehouse differ: {', '.join(off)}"
            await step.do("tell #data", tools.chat.post(channel="#data", text=text))
        return {"off": off}
