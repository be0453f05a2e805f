from agentflow import Workflow, tools


class LongMarch(Workflow):
    """Sixty stations one after the other, with a rest every twentieth."""

    async def run(self, event, step):
        total, best = 0, None
        stations = event.payload["stations"]
        for number in range(1, stations + 1):
            level = await step.do(f"station {number}", tools.stock.level(sku=("pen", "ink", "lamp")[number % 3]))
            total += level["count"]
            if best is None or level["count"] > best["count"]:
                best = level
            if number % 20 == 0:
                await step.progress(f"{number} of {stations}", number / stations)
                await step.sleep("rest", "1 hour")
        return {"total": total, "best": best["sku"]}
