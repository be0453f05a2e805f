from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import ClassVar

from agentflow import Workflow, tools


class Verdict(Enum):
    PAY = "pay"
    CAP = "cap"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Claim:
    """One line of an expense claim."""

    LIMITS: ClassVar[dict[str, Decimal]] = {"meal": Decimal("40"), "taxi": Decimal("60")}

    kind: str
    amount: Decimal
    notes: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, row: dict) -> "Claim":
        return cls(row["kind"], Decimal(row["amount"]), list(row.get("notes", [])))

    @property
    def limit(self) -> Decimal | None:
        return self.LIMITS.get(self.kind)

    def judged(self) -> tuple[Verdict, Decimal]:
        match self:
            case Claim() if self.amount <= 0:
                return Verdict.REFUSE, Decimal(0)
            case Claim() if self.limit is None:
                return Verdict.REFUSE, Decimal(0)
            case Claim() if self.amount > self.limit:
                return Verdict.CAP, self.limit
        return Verdict.PAY, self.amount


class ExpensePolicy(Workflow):
    """Pay what the travel policy allows, and say why the rest is not paid."""

    async def run(self, event, step):
        claims = [Claim.read(row) for row in event.payload["claims"]]
        judged = [(claim, *claim.judged()) for claim in claims]
        total = sum((amount for _, _, amount in judged), start=Decimal(0))
        total = total.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        payment = await step.do(
            "pay what is allowed",
            tools.payments.pay(iban=event.payload["iban"], amount=total, reference=f"claim {event.payload['id']:05d}"),
        )
        lines = [
            f"{claim.kind:<8}{claim.amount:>10.2f} -> {amount:>10.2f} {verdict.value}"
            for claim, verdict, amount in judged
        ]
        await step.do("tell", tools.mail.send(to=event.payload["mail"], subject="Your claim", body="\n".join(lines)))
        return {"payment": payment["id"], "total": total, "verdicts": [verdict.value for _, verdict, _ in judged]}
