import csv
import io
import re
from decimal import Decimal

from agentflow import Workflow, tools


class BankMatch(Workflow):
    """Match incoming payments on a bank statement with open invoices."""

    async def run(self, event, step):
        raw = await step.do("read the statement", tools.files.read(path=event.payload["file"]))
        invoices = await step.do("list the open invoices", tools.invoices.list(status="open"))
        waiting = {invoice["id"]: invoice for invoice in invoices}

        matched = 0
        unmatched = []
        fees = Decimal("0.00")
        for row in csv.DictReader(io.StringIO(raw.decode("utf-8"))):
            amount = Decimal(row["amount"])
            if amount < 0:
                fees += amount
                continue
            if invoice := self.find(waiting.values(), row["text"], amount):
                del waiting[invoice["id"]]
                matched += 1
                await step.do(
                    f"book {invoice['id']} as paid",
                    tools.invoices.mark_paid(id=invoice["id"], reference=row["date"]),
                )
            else:
                unmatched.append(row["text"])
        return {"matched": matched, "unmatched": unmatched, "fees": str(fees)}

    @staticmethod
    def find(invoices, text, amount):
        for invoice in invoices:
            pattern = rf"(?<![\w-]){re.escape(invoice['id'])}(?![\w-])"
            if invoice["amount"] == amount and re.search(pattern, text, re.IGNORECASE):
                return invoice
        return None
