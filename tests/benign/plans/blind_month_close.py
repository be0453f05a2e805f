import csv
from collections import defaultdict
from decimal import Decimal
from io import StringIO

from agentflow import Workflow, tools


class MonthClose(Workflow):
    """Sum the ledger of a month, move the travel costs, and write the report."""

    async def run(self, event, step):
        month = event.payload["month"]
        entries = await step.do(f"load the entries of {month}", tools.ledger.entries(month=month))

        totals: defaultdict[str, Decimal] = defaultdict(Decimal)
        for entry in entries:
            totals[entry["account"]] += entry["amount"]

        await step.do(
            "charge travel to the cost centre",
            tools.ledger.post(account="cost-centre-7", amount=-totals["travel"], text=f"travel {month}"),
        )

        report = StringIO()
        writer = csv.writer(report, lineterminator="\n")
        writer.writerow(["account", "total"])
        writer.writerows((account, f"{total:.2f}") for account, total in sorted(totals.items()))
        await step.do("write the report", tools.files.write(path=f"reports/{month}.csv", data=report.getvalue()))
        return {"total": f"{sum(totals.values(), Decimal(0)):.2f}"}
