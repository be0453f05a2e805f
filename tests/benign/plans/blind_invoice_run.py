from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from agentflow import Workflow, tools

CENT = Decimal("0.01")


@dataclass
class Line:
    text: str
    amount: Decimal


def due_date(today: date) -> date:
    due = today + timedelta(days=14)
    while due.weekday() >= 5:
        due += timedelta(days=1)
    return due


class InvoiceRun(Workflow):
    """Write one invoice for each customer."""

    async def run(self, event, step):
        lines: dict[str, list[Line]] = defaultdict(list)
        for work in event.payload["work"]:
            amount = Decimal(work["hours"]) * Decimal(work["rate"])
            lines[work["customer"]].append(Line(work["text"], amount.quantize(CENT, ROUND_HALF_UP)))

        due = due_date(step.now().date()).isoformat()
        invoices = {}
        total = Decimal("0.00")
        for number, (customer, items) in enumerate(lines.items(), start=1):
            invoice = await step.do(
                f"write the invoice of {customer}",
                tools.invoices.create(customer=customer, lines=[asdict(line) for line in items], due=due),
                rollback=lambda result: tools.invoices.void(id=result["id"]),
            )
            invoices[customer] = invoice["id"]
            total += invoice["total"]
            await step.progress(f"{number} of {len(lines)} invoices are written", number / len(lines))
        return {"invoices": invoices, "total": total}
