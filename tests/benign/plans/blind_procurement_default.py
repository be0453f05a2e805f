from dataclasses import dataclass
from decimal import Decimal

from agentflow import ApprovalExpired, PlanFailed, StepFailed, Workflow, tools


@dataclass(order=True)
class Quote:
    price: Decimal
    supplier: str


class ProcurementWithDefault(Workflow):
    """Order from the supplier that a person picks, or from the cheapest."""

    async def run(self, event, step):
        match event.payload:
            case {"sku": str(sku), "count": int(count)} if count > 0:
                pass
            case _:
                raise PlanFailed("the payload must have a sku and a positive count")

        quotes: list[Quote] = []
        for supplier in ("acme", "bolt", "cara"):
            try:
                answer = await step.do(
                    f"price at {supplier}",
                    tools.suppliers.quote(supplier=supplier, sku=sku),
                    retries={"limit": 0},
                )
            except StepFailed:
                continue
            quotes.append(Quote(answer["price"], supplier))
        if not quotes:
            raise PlanFailed(f"nobody sells {sku}")

        by_name = {quote.supplier: quote for quote in quotes}
        try:
            name = await step.ask(
                "pick a supplier",
                f"Which supplier shall deliver {count} pieces of {sku}?",
                answer=list(by_name),
                timeout="12 hours",
            )
            quote = by_name[name]
        except ApprovalExpired:
            quote = min(quotes)

        await step.do(
            "order",
            tools.suppliers.order(supplier=quote.supplier, sku=sku, count=count, price=quote.price),
        )
        return {"supplier": quote.supplier}
