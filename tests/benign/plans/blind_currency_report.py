from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from agentflow import Workflow, tools

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Expense:
    text: str
    amount: Decimal
    currency: str

    @classmethod
    def parse(cls, row: dict[str, Any]) -> "Expense":
        return cls(row["text"], Decimal(row["amount"]), row["currency"])

    def in_euros(self, rates: dict[str, Decimal]) -> Decimal:
        return (self.amount * rates[self.currency]).quantize(CENT, rounding=ROUND_HALF_UP)


class CurrencyReport(Workflow):
    """Convert expenses into EUR and mail them as a table."""

    async def run(self, event, step):
        expenses = [Expense.parse(row) for row in event.payload["expenses"]]
        currencies = sorted({expense.currency for expense in expenses})
        answers = await step.map(
            lambda currency: step.do(f"rate of {currency}", tools.fx.rate(currency=currency)), currencies
        )
        rates = dict(zip(currencies, answers, strict=True))

        euros = [expense.in_euros(rates) for expense in expenses]
        total = sum(euros, Decimal("0.00"))
        lines = [f"{expense.text:<12}{amount:>10}" for expense, amount in zip(expenses, euros, strict=True)]
        lines.append(f"{'total':<12}{total:>10}")
        await step.do(
            "mail the table",
            tools.mail.send(to=event.payload["to"], subject="Your expenses in EUR", body="\n".join(lines)),
        )
        return {"total": total}
