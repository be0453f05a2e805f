from collections import Counter

from agentflow import Workflow, tools


class StockWave(Workflow):
    """Look at two hundred articles, twenty at a time, and say which are scarce."""

    async def run(self, event, step):
        kinds = event.payload["kinds"]
        wanted = [f"{kinds[n % len(kinds)]}" for n in range(200)]
        numbered = list(enumerate(wanted, start=1))

        async def look(item):
            number, sku = item
            found = await step.do(f"look at {number}: {sku}", tools.stock.level(sku=sku))
            return found["sku"], found["count"]

        levels = await step.map(look, numbered, concurrency=20)
        counts = Counter(sku for sku, count in levels if count < 20)
        return {"looked": len(levels), "scarce": counts.most_common(2), "all": dict(sorted(counts.items()))}
